"""Leave by the link in a letter, and come back where it was a mistake (RFC 8058)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from outreach import addresses, tokens
from outreach.model import Suppression
from outreach.store import Database, atomic, signing_keys, stored_keys
from outreach.supporters import consent, preferences
from outreach.tokens import Purpose
from outreach.workflow.bearers import Bearer, leaver_of

#: so long a mistake can be undone on the page that tells of it
UNDO_WITHIN: Final = timedelta(minutes=30)
#: suppressions that mean: nothing more comes, as they wished
_GONE: Final = frozenset({Suppression.UNSUBSCRIBED, Suppression.COMPLAINT})
_ASKED_BY: Final = "unsubscribe page"
#: behind the source of a suppression in whose place another stood
_NOT_FIRST: Final = ", in place of another reason"
_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"


class Standing(StrEnum):
    """How the bearer of a link stands to us."""

    #: gets letters
    HERE = "here"
    #: gets none, as they wished
    GONE = "gone"
    #: we don't know them any more, so nothing comes
    UNKNOWN = "unknown"
    #: the link is from a copy of somebody's letter and does nothing
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Leaving:
    """What the page says."""

    standing: Standing
    #: BCP 47; '' where it isn't known
    language: str = ""
    #: masked; '' where there is none
    address: str = ""
    #: what proves that it may be undone: when it was done, and our seal; '' where it may not
    done_at: str = ""
    seal: str = ""


def look(db: Database, token: str) -> Leaving:
    """Tell how the bearer of a link stands; changes nothing, whoever follows it.

    Raises:
        NotFound: it is no link of ours.
    """
    if tokens.is_harmless(stored_keys(db), token):
        return Leaving(Standing.COPY)
    return _standing(db, leaver_of(db, token))


def unsubscribe(db: Database, token: str, now: datetime) -> Leaving:
    """Never write again to the bearer of a link. One transaction; safe to call again.

    Works for everybody who ever got a letter: with the keys of years ago, and for those whose
    record was erased, to whom nothing goes anyway.

    Raises:
        NotFound: it is no link of ours.
        StoreError: it could not be written down, so it is not done.
    """
    if tokens.is_harmless(stored_keys(db), token):
        return Leaving(Standing.COPY)
    bearer = leaver_of(db, token)
    standing = _standing(db, bearer)
    if not bearer.email:
        return standing
    left = standing.standing is Standing.GONE
    if not left or consent.is_unproven(db, bearer.email):
        with atomic(db):
            # one who was not written to before, for whatever reason, has nothing to be undone;
            # but what nothing proved is proved now
            before = consent.suppression_of(db, bearer.email)
            source = _source(bearer) + (_NOT_FIRST if before else "")
            consent.suppress(db, bearer.email, Suppression.UNSUBSCRIBED, source, now)
            if not left:
                _note(db, bearer, "yes", "no", now)
    gone = Leaving(Standing.GONE, bearer.language, standing.address)
    # also by a second press, or where the page is loaded again
    done_at = consent.suppressed_at(db, bearer.email, Suppression.UNSUBSCRIBED, _source(bearer))
    if not done_at or now - _moment(done_at) > UNDO_WITHIN:
        return gone
    key, _ = signing_keys(db, now)
    seal = tokens.seal(key, Purpose.UNDO, f"{bearer.letter} {done_at}")
    return replace(gone, done_at=done_at, seal=seal)


def undo(db: Database, token: str, done_at: str, seal: str, now: datetime) -> Leaving:
    """Take back what was done a moment ago, by whoever has the page that told of it.

    Nothing happens where it is too late, or anything else was said since. One transaction; safe to
    call again.

    Raises:
        NotFound: it is no link of ours.
        StoreError: it could not be written down.
    """
    bearer = leaver_of(db, token)
    sealed = f"{bearer.letter} {done_at}"
    if not bearer.email or not tokens.is_sealed(stored_keys(db), Purpose.UNDO, sealed, seal):
        return _standing(db, bearer)
    moment = _moment(done_at)
    if now - moment <= UNDO_WITHIN:
        with atomic(db):
            reason, source = Suppression.UNSUBSCRIBED, _source(bearer)
            if consent.take_back(db, bearer.email, reason, source, moment):
                _note(db, bearer, "no", "yes", now)
    return _standing(db, bearer)


def _note(db: Database, bearer: Bearer, old: str, new: str, now: datetime) -> None:
    if bearer.person is not None:
        number = bearer.person.supporter_id
        preferences.note(db, number, "letters", old, new, _ASKED_BY, now)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)


def _source(bearer: Bearer) -> str:
    return f"{_ASKED_BY}, {bearer.letter}"


def _standing(db: Database, bearer: Bearer) -> Leaving:
    if not bearer.email:
        return Leaving(Standing.UNKNOWN, bearer.language)
    email = bearer.email
    gone = consent.suppression_of(db, email) in _GONE
    standing = Standing.GONE if gone else Standing.HERE
    return Leaving(standing, bearer.language, addresses.masked(email))
