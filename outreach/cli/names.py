"""Names that the shell completes: campaigns, segments, messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import click

from outreach import wiring
from outreach.cli.face import named_workspace
from outreach.segments import segment_names
from outreach.wiring import Workspace
from outreach.workflow import campaigns, templates

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def _completing(names: Callable[[Workspace], Iterable[str]]) -> Complete:
    """Make what gives the names that begin so; none where the workspace can't be used."""

    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
        try:
            with wiring.opened(named_workspace(ctx)) as desk:
                return sorted(name for name in names(desk) if name.startswith(incomplete))
        except Exception:
            # somebody is typing: an error would be written into their line
            return []

    return complete


CAMPAIGN: Final = _completing(lambda desk: campaigns.campaign_names(desk.db))
SEGMENT: Final = _completing(lambda desk: segment_names(desk.settings.segments_dir))
MESSAGE: Final = _completing(lambda d: (m.name for m in templates.list_templates(d.settings)))
