"""What a person can ask of the library of messages. Changes no table."""

from __future__ import annotations

from outreach import compose
from outreach.compose import MessageInfo
from outreach.compose.manifest import shown_path
from outreach.settings import Settings


def list_templates(settings: Settings) -> tuple[MessageInfo, ...]:
    """List the workspace's messages by name, those that can't be used with the reason."""
    return tuple(compose.list_messages(settings.templates_dir))


def message_files(settings: Settings, name: str) -> dict[str, str]:
    """Give the own files of a message by the paths that findings name, as far as they can be read.

    Raises:
        NotFound: there is no such message.
    """
    frozen = compose.read_draft(settings.templates_dir, name, settings.letterhead).frozen
    own = {path: text for path, text in frozen.files.items() if path.startswith(f"{name}/")}
    return {shown_path(path): text for path, text in sorted(own.items())}


def message_mark(settings: Settings, name: str) -> str:
    """Give what changes when any file does that a message is made of, or the letterhead.

    Raises:
        NotFound: there is no such message.
    """
    draft = compose.read_draft(settings.templates_dir, name, settings.letterhead)
    return draft.frozen.content_hash + "".join(sorted(draft.unread))
