"""What waits for its address to be confirmed. Writes: signups.

Anybody can type anybody's address into a form, so nothing follows from it before its owner pressed
the button behind a link that only they got. Each form is kept until then, whoever sent it and
however many there are: one letter asks for all that were filled in for a mailbox with one purpose,
and its owner says on the page behind the link which of them is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from outreach import addresses
from outreach.store import Database, utc_text

#: so long a link in a letter of ours confirms; what wasn't confirmed is deleted then
EXPIRES: Final = timedelta(days=7)
#: one letter of a purpose to a mailbox within this time, however often somebody asks in its name
APART: Final = timedelta(hours=12)
#: of one mailbox, that its owner is asked about; the newest
_MOST_SHOWN: Final = 20

_COLUMNS: Final = "purpose, email, name, country, language, words, delivery_id"
#: what was asked for in the name of one mailbox and is not confirmed
_OF_MAILBOX: Final = """
    mailbox = :mailbox AND purpose = :purpose AND confirmed_at = '' AND asked_at > :since
"""


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """A form that was taken in."""

    signup_id: int
    said: Signup


def ask(db: Database, signup: Signup, now: datetime) -> int:
    """Let something wait; give its id. Runs inside the caller's transaction."""
    (signup_id,) = db.conn.execute(
        f"INSERT INTO signups ({_COLUMNS}, asked_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING signup_id",
        [
            *(signup.purpose, signup.email, signup.name, signup.country, signup.language),
            *(signup.words, signup.delivery_id, utc_text(now)),
        ],
    ).fetchone()
    return int(signup_id)


def new(db: Database) -> list[int]:
    """Give the forms that nobody looked at, those first that a letter of ours led to."""
    rows = db.conn.execute(
        "SELECT signup_id FROM signups WHERE looked_at = '' ORDER BY delivery_id IS NULL, signup_id"
    )
    return [signup_id for (signup_id,) in rows]


def any_new(db: Database) -> bool:
    """Whether `new` has any; takes no lock."""
    row = db.conn.execute("SELECT 1 FROM signups WHERE looked_at = '' LIMIT 1").fetchone()
    return row is not None


def is_new(db: Database, signup_id: int) -> bool:
    """Whether nobody looked at it yet."""
    row = db.conn.execute(
        "SELECT 1 FROM signups WHERE signup_id = ? AND looked_at = ''", [signup_id]
    ).fetchone()
    return row is not None


def note_looked_at(db: Database, signup_id: int, now: datetime, *, written: bool = False) -> None:
    """Say that somebody looked at a form; `written`: and that a letter asks for it.

    Runs inside the caller's transaction.
    """
    moment = utc_text(now)
    db.conn.execute(
        "UPDATE signups SET looked_at = ?, written_at = ? WHERE signup_id = ?",
        [moment, moment if written else "", signup_id],
    )


def is_asked(db: Database, said: Signup, now: datetime) -> bool:
    """Whether a letter of a short time ago asks the same mailbox for the same, unanswered.

    By its link whatever was asked for since is confirmed too.
    """
    found = db.conn.execute(
        f"SELECT 1 FROM signups WHERE {_OF_MAILBOX} AND written_at > :apart LIMIT 1",
        {**_names(said, now), "apart": utc_text(now - APART)},
    ).fetchone()
    return found is not None


def written_since(db: Database, since: datetime) -> int:
    """Count the forms of strangers that letters were written for since a moment."""
    (count,) = db.conn.execute(
        "SELECT count(*) FROM signups WHERE written_at > ? AND delivery_id IS NULL",
        [utc_text(since)],
    ).fetchone()
    return int(count)


def forget(db: Database, signup_id: int) -> None:
    """Delete what nobody has to confirm. Runs inside the caller's transaction."""
    db.conn.execute("DELETE FROM signups WHERE signup_id = ?", [signup_id])


def asked_with(db: Database, said: Signup, now: datetime) -> list[Waiting]:
    """Give the forms for the mailbox of this one with its purpose, the newest first.

    Of those that say the same only the newest, and not more than somebody may be asked about.
    """
    rows = db.conn.execute(
        f"SELECT signup_id, {_COLUMNS} FROM signups WHERE {_OF_MAILBOX} ORDER BY signup_id DESC",
        _names(said, now),
    )
    told: dict[tuple[str, ...], Waiting] = {}
    for row in rows:
        form = _waiting(row)
        one = form.said
        told.setdefault((one.name, one.country, one.words), form)
    return list(told.values())[:_MOST_SHOWN]


def read(db: Database, signup_id: int, now: datetime) -> tuple[Signup, bool] | None:
    """Read a form, and whether it was confirmed already; None where it came too late."""
    row = db.conn.execute(
        f"SELECT signup_id, {_COLUMNS}, confirmed_at <> '' FROM signups"
        " WHERE signup_id = ? AND asked_at > ?",
        [signup_id, utc_text(now - EXPIRES)],
    ).fetchone()
    return None if row is None else (_waiting(row[:-1]).said, bool(row[-1]))


def confirm(db: Database, said: Signup, now: datetime) -> None:
    """Note that an address was confirmed, by the one form that its owner says is theirs.

    The links of all letters that asked for it lead to that form from now on; the others are
    deleted. Runs inside the caller's transaction.
    """
    names = _names(said, now)
    db.conn.execute(f"DELETE FROM signups WHERE {_OF_MAILBOX} AND written_at = ''", names)
    db.conn.execute(
        "UPDATE signups SET email = :email, name = :name, country = :country,"
        " language = :language, words = :words, delivery_id = :delivery_id, confirmed_at = :now"
        f" WHERE {_OF_MAILBOX}",
        {
            **names,
            "email": said.email,
            "name": said.name,
            "country": said.country,
            "language": said.language,
            "words": said.words,
            "delivery_id": said.delivery_id,
            "now": utc_text(now),
        },
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


def _names(said: Signup, now: datetime) -> dict[str, object]:
    return {
        "mailbox": addresses.mailbox(said.email),
        "purpose": said.purpose,
        "since": utc_text(now - EXPIRES),
    }


def _waiting(row: tuple[object, ...]) -> Waiting:
    signup_id, purpose, *said = row
    return Waiting(int(str(signup_id)), Signup(SignupPurpose(str(purpose)), *said))  # type: ignore[arg-type]
