"""Check a message before anybody gets it. Changes no table."""

from __future__ import annotations

from datetime import date, datetime

from outreach import compose
from outreach.compose import lint
from outreach.compose.lint import Checked
from outreach.compose.used import used_values
from outreach.errors import TemplateError
from outreach.settings import Settings
from outreach.store import Database
from outreach.supporters import roll
from outreach.workflow.freezing import freeze_message


def check_template(
    db: Database, settings: Settings, name: str, *, day: date | None = None, now: datetime
) -> Checked:
    """Say what is wrong with the message `name`, as it would be sent on `day`.

    Without a day, that of `now` (UTC). Composes it for made-up readers only. Of the people on the
    list nothing is read but which further columns they have, where the message names one.

    Raises:
        NotFound: there is no such message.
        TemplateError: message.toml or a facts sheet can't be read, or a file is no text.
        SettingsError: the sender's addresses or the web address can't be used.
    """
    day = day or now.date()
    frozen = compose.freeze(settings.templates_dir, name, settings.letterhead)
    uncounted: TemplateError | None = None
    try:
        frozen = freeze_message(db, settings, name, day=day)
    except TemplateError as error:
        # the rest of the message can be checked all the same
        uncounted = error
    columns = roll.columns(db) if used_values(frozen).columns else None
    return lint.check_message(frozen, day=day, moment=now, uncounted=uncounted, columns=columns)
