"""Freeze a message with all that it states, and what else a campaign is planned with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Final

from outreach.compose import FrozenMessage, freeze
from outreach.compose.library import Draft, read_draft
from outreach.compose.manifest import FILE_NAME, shown_path
from outreach.compose.references import references
from outreach.errors import TemplateError
from outreach.facts import counting
from outreach.segments.files import with_foundations
from outreach.settings import Settings
from outreach.store import Database


def freeze_message(db: Database, settings: Settings, name: str, *, day: date) -> FrozenMessage:
    """Freeze the message `name`, and count the actions that it tells of as they stood on `day`.

    From here on it is made without the database: the same frozen message and day always give the
    same text. Reads only.

    Raises:
        NotFound: there is no such message.
        TemplateError: a file can't be read, a tally can't be understood, or nothing was done for a
            campaign that it counts.
    """
    return counted(db, freeze(settings.templates_dir, name, settings.letterhead), day)


def counted(db: Database, frozen: FrozenMessage, day: date) -> FrozenMessage:
    """Count the actions that a message tells of, as they stood on `day`. Reads only.

    Raises:
        TemplateError: as `freeze_message`.
    """
    asks = references(frozen).asks
    return replace(frozen, tallies=counting.count(db, asks, day)) if asks else frozen


def draft_message(db: Database, settings: Settings, name: str, *, day: date) -> Draft:
    """Do as `freeze_message` does, and go on where a file can't be used, or counts can't be made.

    What is wrong with a file is raised once somebody's message is made of it.

    Raises:
        NotFound: there is no such message.
        TemplateError: message.toml can't be used.
    """
    draft = read_draft(settings.templates_dir, name, settings.letterhead)
    frozen, unread = draft.frozen, dict(draft.unread)
    for path in (frozen.name, f"{frozen.name}/{FILE_NAME}"):
        if path in unread:
            raise unread[path]
    while True:
        sound = {path: "" if path in unread else text for path, text in frozen.files.items()}
        try:
            tallies = counted(db, replace(frozen, files=sound), day).tallies
        except TemplateError as error:
            path = (error.file or "").removeprefix(shown_path(""))
            if path not in sound or path in unread or path.endswith(FILE_NAME):
                raise
            unread[path] = error
        else:
            return Draft(replace(frozen, tallies=tallies), unread)


#: sections of outreach.toml that say how a campaign leaves; others stand in its message
_SECTIONS: Final = ("delivery", "pacing", "cap", "sender")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a campaign is planned with besides its message."""

    #: `delivery.transport` -> value, as text
    settings: Mapping[str, str]
    #: its segment and those that it builds on, name -> SQL
    segments: Mapping[str, str]

    @property
    def content(self) -> str:
        """The whole as JSON."""
        whole = {"settings": dict(self.settings), "segments": dict(self.segments)}
        return json.dumps(whole, ensure_ascii=False, sort_keys=True)

    @classmethod
    def thaw(cls, content: str) -> Circumstances:
        """Read `content` again; a campaign that was planned without has none."""
        whole = json.loads(content)
        return cls(whole.get("settings", {}), whole.get("segments", {}))


def circumstances(settings: Settings, segment: str) -> Circumstances:
    """Gather what a campaign for `segment` would be planned with now. No secret is among it.

    Raises:
        NotFound: there is no such segment.
        SegmentError: it can't be read.
    """
    sections = {name: getattr(settings, name) for name in _SECTIONS}
    return Circumstances(
        {
            f"{name}.{key.name}": str(getattr(section, key.name))
            for name, section in sections.items()
            for key in fields(section)
        },
        {found.name: found.sql for found in with_foundations(settings.segments_dir, segment)},
    )
