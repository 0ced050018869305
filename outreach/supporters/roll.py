"""The roll of supporters: find people, read them, add one. Writes: supporters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from outreach import addresses
from outreach.errors import AlreadyExists, InputError, NotFound
from outreach.model import Consent, Safety, Supporter
from outreach.store import Database, utc_text
from outreach.supporters.cells import attributes_json, tags_json


@dataclass(frozen=True, slots=True)
class Origin:
    """The import with which a person came onto the roll."""

    file: str
    source: str
    #: UTC
    imported_at: str


#: ids bound in one query
BATCH: Final = 500
#: SQLite has no numbers of more
_MOST_DIGITS: Final = 18

#: of `supporters AS s`
COLUMNS: Final = (
    "s.supporter_id, s.email, s.given_name, s.family_name, s.country, s.language, s.timezone,"
    " s.joined, s.tags, s.attributes, s.consent, s.consent_ground, s.consent_at, s.tracking,"
    " s.safety"
)
#: of those who were erased a number stays, which is on no list
ON_THE_LIST: Final = "instr(email, '@') > 0"
#: one person's row as the database gives it: cheap to get, and to compare with an earlier one
Record = tuple[Any, ...]

_CONSENTS: Final = {word.value: word for word in Consent}
_SAFETIES: Final = {word.value: word for word in Safety}


def get(db: Database, supporter_id: int) -> Supporter:
    """Read one person.

    Raises:
        NotFound: nobody has that id.
    """
    for supporter in _select(db, "WHERE supporter_id = ?", [supporter_id]):
        return supporter
    raise NotFound("no supporter has this id", value=supporter_id)


def is_on_the_list(person: Supporter) -> bool:
    """Whether it is somebody: of those who were erased a number stays."""
    return "@" in person.email


def find(db: Database, email: str) -> Supporter | None:
    """Find a person by address, written in any ASCII case; `email` is otherwise normalised."""
    return next(_select(db, "WHERE email = ?", [email]), None)


def origin_of(db: Database, supporter_id: int) -> Origin | None:
    """Tell which import a person came with, None where none."""
    row = db.conn.execute(
        "SELECT file_name, source, imported_at FROM imports WHERE import_id ="
        " (SELECT import_id FROM supporters WHERE supporter_id = ?)",
        [supporter_id],
    ).fetchone()
    return None if row is None else Origin(*row)


def named(db: Database, who: str) -> Supporter:
    """Give the supporter whom a person named by id, or by address in any form that people write.

    Raises:
        InputError: it is neither.
        NotFound: nobody on the list has it.
    """
    if who.isascii() and who.isdigit():
        if len(who.lstrip("0")) > _MOST_DIGITS:
            raise NotFound(
                "no supporter has this id", value=who, next_step="see `outreach supporters list`"
            )
        return get(db, int(who))
    address = addresses.of_mailbox(who)
    if not address:
        raise InputError("this is no email address, and no id", value=who)
    supporter = find(db, address)
    if supporter is None:
        raise NotFound(
            "nobody on the list has this address",
            value=who,
            next_step="see `outreach supporters list`",
            at_desk="look for them by name or address",
        )
    return supporter


def fetch(db: Database, ids: Sequence[int]) -> dict[int, Supporter]:
    """Read many people, one query for each 500; ids that nobody has are left out."""
    found: dict[int, Supporter] = {}
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        marks = ",".join("?" * len(batch))
        for person in _select(db, f"WHERE supporter_id IN ({marks})", batch):
            found[person.supporter_id] = person
    return found


def columns(db: Database) -> tuple[str, ...] | None:
    """Give the further columns that anybody on the roll has, by name; None where nobody is on it.

    Reads the whole roll: a million people take some seconds.
    """
    if not db.conn.execute("SELECT EXISTS (SELECT 1 FROM supporters)").fetchone()[0]:
        return None
    found = db.conn.execute(
        "SELECT DISTINCT key FROM supporters, json_each(attributes)"
        " WHERE attributes != '{}' ORDER BY key"
    )
    return tuple(str(key) for (key,) in found)


def list_supporters(
    db: Database, *, country: str = "", language: str = "", tag: str = "", limit: int = 100
) -> list[Supporter]:
    """List the first `limit` people, by id, of whom all that is asked is true; '' asks nothing."""
    where = (
        f"WHERE {ON_THE_LIST} AND (:country = '' OR country = :country)"
        " AND (:language = '' OR language = :language)"
        " AND (:tag = '' OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :tag))"
        " ORDER BY supporter_id LIMIT :limit"
    )
    asked = {"country": country, "language": language, "tag": tag, "limit": limit}
    return list(_select(db, where, asked))


def search(db: Database, text: str, limit: int) -> list[Supporter]:
    """Find the first `limit` people, by id, in whose name or address `text` stands, in any case.

    Reads the whole roll where few have it: a million people take about a second. Of letters other
    than ASCII the case counts.
    """
    where = (
        f"WHERE {ON_THE_LIST} AND (instr(lower(given_name || ' ' || family_name), lower(:text))"
        " OR instr(lower(email), lower(:text))) ORDER BY supporter_id LIMIT :limit"
    )
    return list(_select(db, where, {"text": text, "limit": limit}))


def add(db: Database, person: Supporter, now: datetime) -> Supporter:
    """Put one person on the roll, inside the caller's transaction; their id is given by us.

    Raises:
        AlreadyExists: somebody has this address.
    """
    if find(db, person.email) is not None:
        raise AlreadyExists(
            "this address is on the list already",
            value=person.email,
            next_step=f"see `outreach supporters show {person.email}`",
            at_desk="look at that supporter",
        )
    stated = person.consent is not Consent.UNKNOWN
    db.conn.execute(
        "INSERT INTO supporters (email, given_name, family_name, country, language, timezone,"
        " joined, tags, attributes, consent, consent_ground, consent_at, tracking, safety)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(person.email, person.given_name, person.family_name, person.country),
            *(person.language, person.timezone, person.joined, tags_json(set(person.tags))),
            *(attributes_json(person.attributes), person.consent, person.consent_ground),
            *(utc_text(now) if stated else "", person.tracking, person.safety),
        ],
    )
    return next(_select(db, "WHERE email = ?", [person.email]))


def amend(db: Database, supporter_id: int, **changed: str) -> None:
    """Set a person's own words: `language` or `tracking`. Runs inside the caller's transaction."""
    for column in ("language", "tracking"):
        if column in changed:
            db.conn.execute(
                f"UPDATE supporters SET {column} = ? WHERE supporter_id = ?",
                [changed[column], supporter_id],
            )


def agree(db: Database, supporter_id: int, ground: str, now: datetime) -> None:
    """Write down that a person themself agreed to be written to, whatever was said before.

    Runs inside the caller's transaction.
    """
    say_consent(db, supporter_id, Consent.GRANTED, ground, now)


def take_care(db: Database, supporter_id: int) -> None:
    """See that a person gets discreet messages only. Runs inside the caller's transaction."""
    db.conn.execute(
        "UPDATE supporters SET safety = ? WHERE supporter_id = ? AND safety = ?",
        [Safety.DISCREET, supporter_id, Safety.STANDARD],
    )


def say_consent(
    db: Database, supporter_id: int, consent: Consent, ground: str, now: datetime
) -> None:
    """Write down what a person says of being written to, whatever was said before.

    Runs inside the caller's transaction.
    """
    db.conn.execute(
        "UPDATE supporters SET consent = ?, consent_ground = ?, consent_at = ?"
        " WHERE supporter_id = ?",
        [consent, ground, utc_text(now), supporter_id],
    )


def supporter_of(record: Record) -> Supporter:
    """Make a person of their record; what stands behind its columns is left alone."""
    tags, attributes, consent, ground, stated_at, tracking, safety = record[8:15]
    values: tuple[Any, ...] = (
        *record[:8],
        tuple(json.loads(tags)) if tags != "[]" else (),
        json.loads(attributes) if attributes != "{}" else {},
        *(_CONSENTS[consent], ground, stated_at, _CONSENTS[tracking], _SAFETIES[safety]),
    )
    return Supporter(*values)


def _select(
    db: Database, where: str, values: Sequence[object] | dict[str, object]
) -> Iterator[Supporter]:
    for row in db.conn.execute(f"SELECT {COLUMNS} FROM supporters AS s {where}", values):
        yield supporter_of(row)
