"""What a person can ask of the library of messages. Changes no table."""

from __future__ import annotations

from outreach import compose
from outreach.compose import MessageInfo
from outreach.settings import Settings


def list_templates(settings: Settings) -> tuple[MessageInfo, ...]:
    """List the workspace's messages by name, those that can't be used with the reason."""
    return tuple(compose.list_messages(settings.templates_dir))
