"""Names that the shell completes: campaigns, segments, messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import click

from outreach.cli.face import named_workspace

if TYPE_CHECKING:
    from outreach.wiring import Workspace

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def _completing(names: Callable[[Workspace], Iterable[str]]) -> Complete:
    """Make what gives the names that begin so; none where the workspace can't be used."""

    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
        from outreach import wiring

        try:
            with wiring.opened(named_workspace(ctx)) as desk:
                return sorted(name for name in names(desk) if name.startswith(incomplete))
        except Exception:
            # somebody is typing: an error would be written into their line
            return []

    return complete


# every command that names one of these would import them all


def _campaigns(desk: Workspace) -> Iterable[str]:
    from outreach.workflow import campaigns

    return campaigns.campaign_names(desk.db)


def _segments(desk: Workspace) -> Iterable[str]:
    from outreach.segments import segment_names

    return segment_names(desk.settings.segments_dir)


def _messages(desk: Workspace) -> Iterable[str]:
    from outreach.workflow import templates

    return (message.name for message in templates.list_templates(desk.settings))


CAMPAIGN: Final = _completing(_campaigns)
SEGMENT: Final = _completing(_segments)
MESSAGE: Final = _completing(_messages)
