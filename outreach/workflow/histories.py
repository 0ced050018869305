"""Look into one supporter's whole history, and change on what ground they are written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.errors import InputError
from outreach.model import Consent
from outreach.reports.histories import Part, history_of
from outreach.store import Database, atomic, snapshot
from outreach.supporters import preferences, roll
from outreach.supporters.cells import text
from outreach.workflow.supporters import Shown, show_supporter

#: what staff may write down of somebody's consent
CONSENTS: Final = (Consent.GRANTED, Consent.DENIED)
_LONGEST_SOURCE: Final = 500


@dataclass(frozen=True, slots=True)
class Whole:
    """One supporter with everything that happened."""

    shown: Shown
    #: deliveries, events, replies, ... -> the oldest first
    parts: Mapping[str, Part]


def whole_history(db: Database, supporter_id: int) -> Whole:
    """Read one supporter whole.

    Raises:
        NotFound: nobody on the list has this id.
    """
    with snapshot(db):
        shown = show_supporter(db, str(supporter_id))
        return Whole(shown, history_of(db, supporter_id, shown.supporter.email))


def change_consent(
    db: Database, supporter_id: int, consent: Consent, source: str, *, by: str, now: datetime
) -> bool:
    """Write down that a supporter agreed to be written to, or no more; `source` is how we know.

    What stands against their address stays. It is kept among their choices. One transaction.

    Returns:
        whether anything stands against writing to their address all the same.

    Raises:
        NotFound: nobody on the list has this id.
        InputError: no source is given, or it is too long; or it is neither a yes nor a no.
    """
    if consent not in CONSENTS:
        raise InputError("it is either a yes or a no", value=consent)
    source = _source(source)
    with atomic(db):
        shown = show_supporter(db, str(supporter_id))
        before = shown.supporter
        roll.say_consent(db, supporter_id, consent, source, now)
        old, new = (_said(before.consent, before.consent_ground), _said(consent, source))
        preferences.note(db, supporter_id, "consent", old, new, by, now)
        return shown.suppression is not None


def refuse_tracking(
    db: Database, supporter_id: int, source: str, *, by: str, now: datetime
) -> None:
    """Write down that a supporter wants no openings and clicks counted; `source` is how we know.

    It is kept among their choices. One transaction.

    Raises:
        NotFound: nobody on the list has this id.
        InputError: no source is given, or it is too long.
    """
    source = _source(source)
    with atomic(db):
        before = show_supporter(db, str(supporter_id)).supporter
        roll.amend(db, supporter_id, tracking=Consent.DENIED)
        new = _said(Consent.DENIED, source)
        preferences.note(db, supporter_id, "tracking", before.tracking, new, by, now)


def _source(said: str) -> str:
    """Read how we know.

    Raises:
        InputError: nothing is said of it, or too much.
    """
    source = text(said)
    if not source:
        raise InputError(
            "nothing says how we know", next_step="name the source, as in: by telephone, 3 May"
        )
    if len(source) > _LONGEST_SOURCE:
        raise InputError(f"a source has at most {_LONGEST_SOURCE} characters", value=source[:40])
    return source


def _said(consent: Consent, ground: str) -> str:
    return f"{consent}: {ground}" if ground else consent.value
