"""Staff: names, roles, addresses. Writes: staff.

A name is a person: it is compared as names in campaigns' histories and in outreach.toml are,
without regard to case and spaces. Whoever is removed keeps their row, as what they did names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.errors import AlreadyExists, NotFound
from outreach.staff.roles import MAY, May, Role
from outreach.store import Database, utc_text

_COLUMNS: Final = "staff_id, name, role, email, added_at, removed_at"


@dataclass(frozen=True, slots=True)
class Person:
    """One of the staff."""

    staff_id: int
    name: str
    role: Role
    #: '' where nobody said
    email: str
    #: UTC
    added_at: str
    #: UTC; '' for who is there
    removed_at: str = ""

    def may(self, what: May) -> bool:
        """Whether their role allows something."""
        return not self.removed_at and what in MAY[self.role]


def key_of(name: str) -> str:
    """Give what names are compared by."""
    return " ".join(name.split()).casefold()


def find(db: Database, name: str) -> Person | None:
    """Find somebody by name, also who was removed."""
    return _one(db, "name_key = ?", key_of(name))


def get(db: Database, name: str) -> Person:
    """Find one of the staff by name.

    Raises:
        NotFound: nobody of this name is there.
    """
    found = find(db, name)
    if found is None or found.removed_at:
        raise NotFound(
            "nobody of the staff has this name", value=name, next_step="see `outreach staff list`"
        )
    return found


def by_id(db: Database, staff_id: int) -> Person | None:
    """Find somebody by number, also who was removed."""
    return _one(db, "staff_id = ?", staff_id)


def known_as(db: Database, said: str) -> Person | None:
    """Find one of the staff by what a single-sign-on proxy calls them: an address, or the name."""
    said = said.strip()
    found = _one(db, "removed_at = '' AND email <> '' AND email = ?", said) if said else None
    found = found or find(db, said)
    return None if found is None or found.removed_at else found


def list_all(db: Database) -> list[Person]:
    """List the staff by name, without those who were removed."""
    rows = db.conn.execute(f"SELECT {_COLUMNS} FROM staff WHERE removed_at = '' ORDER BY name_key")
    return [_person(row) for row in rows]


def put(db: Database, name: str, role: Role, email: str, now: datetime) -> Person:
    """Add somebody, or back who was removed.

    Raises:
        AlreadyExists: somebody has this name or address.
    """
    there = find(db, name)
    if there is not None and not there.removed_at:
        raise AlreadyExists(
            f"{there.name} is of the staff already, as {there.role}",
            next_step=f'to change their role, `outreach staff remove "{there.name}"` first',
        )
    taken = _one(db, "removed_at = '' AND email <> '' AND email = ?", email)
    if taken is not None:
        raise AlreadyExists(f"this is the address of {taken.name}", value=email)
    db.conn.execute(
        "INSERT INTO staff (name, name_key, role, email, added_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (name_key) DO UPDATE SET name = excluded.name, role = excluded.role,"
        " email = excluded.email, added_at = excluded.added_at, removed_at = ''",
        [" ".join(name.split()), key_of(name), role, email, utc_text(now)],
    )
    return get(db, name)


def take_away(db: Database, person: Person, now: datetime) -> None:
    """Write down that somebody is of the staff no longer."""
    db.conn.execute(
        "UPDATE staff SET removed_at = ? WHERE staff_id = ?", [utc_text(now), person.staff_id]
    )


def _one(db: Database, condition: str, value: object) -> Person | None:
    row = db.conn.execute(f"SELECT {_COLUMNS} FROM staff WHERE {condition}", [value]).fetchone()
    return None if row is None else _person(row)


def _person(row: tuple[int, str, str, str, str, str]) -> Person:
    staff_id, name, role, email, added_at, removed_at = row
    return Person(staff_id, name, Role(role), email, added_at, removed_at)
