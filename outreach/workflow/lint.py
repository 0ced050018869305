"""Check a message before anybody gets it. Changes no table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from outreach import compose
from outreach.compose import lint
from outreach.compose.lint import Checked
from outreach.compose.used import used_values
from outreach.dispatch import campaigns
from outreach.errors import TemplateError
from outreach.settings import Settings
from outreach.store import Database
from outreach.supporters import roll
from outreach.workflow.freezing import counted


def check_template(
    db: Database, settings: Settings, name: str, *, day: date | None = None, now: datetime
) -> Checked:
    """Say what is wrong with the message `name`, as it would be sent on `day`.

    Without a day, that of `now` (UTC). Composes it for made-up readers only. Of the people on the
    list nothing is read but which further columns they have, where the message names one.

    What can't be read is a finding too, and the rest is checked all the same.

    Raises:
        NotFound: there is no such message.
        SettingsError: the sender's addresses or the web address can't be used.
    """
    day = day or now.date()
    draft = compose.read_draft(settings.templates_dir, name, settings.letterhead)
    frozen, sound = draft.frozen, lint.mended(draft.frozen, draft.unread).message
    uncounted: TemplateError | None = None
    columns: tuple[str, ...] | None = None
    if sound is not None:
        try:
            frozen = replace(frozen, tallies=counted(db, sound, day).tallies)
        except TemplateError as error:
            uncounted = error
        columns = roll.columns(db) if used_values(sound).columns else None
    return lint.check_message(
        frozen, day=day, moment=now, unread=draft.unread, uncounted=uncounted, columns=columns
    )


def check_planned(db: Database, campaign: str, *, now: datetime) -> Checked:
    """Say what is wrong with the message of a campaign as it is planned, whatever its files say.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet.
    """
    found = campaigns.get(db, campaign)
    frozen = compose.FrozenMessage.thaw(campaigns.frozen_content(db, found))
    return lint.check_message(frozen, day=date.fromisoformat(found.day), moment=now)
