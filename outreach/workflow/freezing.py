"""Freeze a message with all that it states: its files, its facts and what was counted for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from outreach.compose import FrozenMessage, freeze
from outreach.compose.references import references
from outreach.facts import counting
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
    frozen = freeze(settings.templates_dir, name, settings.letterhead)
    asks = references(frozen).asks
    return replace(frozen, tallies=counting.count(db, asks, day)) if asks else frozen
