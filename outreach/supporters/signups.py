"""What waits for its address to be confirmed. Writes: signups.

Anybody can type anybody's address into a form, so nothing follows from it before its owner pressed
the button behind a link that only they got.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from outreach.store import Database, utc_text

#: so long a link in a letter of ours confirms; what wasn't confirmed is deleted then
EXPIRES: Final = timedelta(days=7)
#: one letter to an address within this time, however often somebody asks in its name
APART: Final = timedelta(hours=12)


class SignupPurpose(StrEnum):
    """What somebody asked for."""

    SUBSCRIBE = "subscribe"
    TAKE_PART = "take_part"


@dataclass(frozen=True, slots=True)
class Signup:
    """What somebody asked for in the name of an address."""

    purpose: SignupPurpose
    #: normalised
    email: str
    name: str
    #: ISO 3166-1 alpha-2, or ''
    country: str
    #: of the page on which they asked
    language: str
    #: what they have in mind
    words: str = ""
    #: the letter that led them to the page; None where none did
    delivery_id: int | None = None


def ask(db: Database, signup: Signup, now: datetime) -> int:
    """Let something wait; give its id. Runs inside the caller's transaction."""
    (signup_id,) = db.conn.execute(
        "INSERT INTO signups (purpose, email, name, country, language, words, delivery_id,"
        " asked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING signup_id",
        [
            *(signup.purpose, signup.email, signup.name, signup.country, signup.language),
            *(signup.words, signup.delivery_id, utc_text(now)),
        ],
    ).fetchone()
    return int(signup_id)


def is_again(db: Database, signup_id: int, now: datetime) -> bool:
    """Whether its address was asked a short time ago already, and has not answered."""
    found = db.conn.execute(
        "SELECT 1 FROM signups AS one JOIN signups AS other USING (email)"
        " WHERE one.signup_id = ? AND other.signup_id < one.signup_id AND other.asked_at > ?"
        " AND other.confirmed_at = ''",
        [signup_id, utc_text(now - APART)],
    ).fetchone()
    return found is not None


def forget(db: Database, signup_id: int) -> None:
    """Delete what nobody has to confirm. Runs inside the caller's transaction."""
    db.conn.execute("DELETE FROM signups WHERE signup_id = ?", [signup_id])


def waiting(db: Database, signup_id: int, now: datetime) -> tuple[Signup, bool] | None:
    """Read what waits, and whether it was confirmed already; None where it came too late."""
    row = db.conn.execute(
        "SELECT purpose, email, name, country, language, words, delivery_id, confirmed_at <> ''"
        " FROM signups WHERE signup_id = ? AND asked_at > ?",
        [signup_id, utc_text(now - EXPIRES)],
    ).fetchone()
    if row is None:
        return None
    purpose, *said, confirmed = row
    return Signup(SignupPurpose(purpose), *said), bool(confirmed)


def confirm(db: Database, signup_id: int, now: datetime) -> None:
    """Note that the address was confirmed. Runs inside the caller's transaction."""
    db.conn.execute(
        "UPDATE signups SET confirmed_at = ? WHERE signup_id = ? AND confirmed_at = ''",
        [utc_text(now), signup_id],
    )


def any_old(db: Database, now: datetime) -> bool:
    """Whether `forget_old` would delete anything; takes no lock."""
    found = db.conn.execute(
        "SELECT 1 FROM signups WHERE asked_at <= ? LIMIT 1", [utc_text(now - EXPIRES)]
    ).fetchone()
    return found is not None


def forget_old(db: Database, now: datetime) -> int:
    """Delete what can't be confirmed any more, and of the rest what is no longer needed.

    Runs inside the caller's transaction. Safe to call again. Gives how many rows.
    """
    return db.conn.execute(
        "DELETE FROM signups WHERE asked_at <= ?", [utc_text(now - EXPIRES)]
    ).rowcount
