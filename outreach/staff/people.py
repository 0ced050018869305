"""Staff: names, roles, addresses. Writes: staff.

A name is a person: it is compared as names in campaigns' histories and in outreach.toml are, see
`names`. Whoever is removed keeps their row, as what they did names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.errors import AlreadyExists, IllegalMove, NotFound
from outreach.names import name_key
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


def find(db: Database, name: str) -> Person | None:
    """Find somebody by name, also who was removed."""
    wanted = name_key(name)
    rows = db.conn.execute(f"SELECT {_COLUMNS} FROM staff ORDER BY removed_at <> '', staff_id")
    # there are few, and the keys of some may be from an earlier version
    return next((p for p in map(_person, rows) if name_key(p.name) == wanted), None)


def get(db: Database, name: str) -> Person:
    """Find one of the staff by name.

    Raises:
        NotFound: nobody of this name is there.
    """
    found = find(db, name)
    if found is None or found.removed_at:
        raise NotFound(
            "nobody of the staff has this name",
            value=name,
            next_step="see `outreach staff list`",
            at_desk="look at the list: somebody may have removed them",
        )
    return found


def by_id(db: Database, staff_id: int) -> Person | None:
    """Find somebody by number, also who was removed."""
    return _one(db, "staff_id = ?", staff_id)


def known_as(db: Database, said: str) -> Person | None:
    """Find one of the staff by the address that a single-sign-on proxy gives.

    Not by a name: at some providers people choose what they are called.
    """
    return _one(db, "removed_at = '' AND email <> '' AND email = ?", said.strip())


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
            next_step=f'to change their role: `outreach staff role "{there.name}" ROLE`',
            at_desk="to change their role, choose another beside their name",
        )
    taken = _one(db, "removed_at = '' AND email <> '' AND email = ?", email)
    if taken is not None:
        raise AlreadyExists(f"this is the address of {taken.name}", value=email)
    columns = [" ".join(name.split()), name_key(name), role, email, utc_text(now)]
    if there is None:
        db.conn.execute(
            "INSERT INTO staff (name, name_key, role, email, added_at) VALUES (?, ?, ?, ?, ?)",
            columns,
        )
    else:
        db.conn.execute(
            "UPDATE staff SET name = ?, name_key = ?, role = ?, email = ?, added_at = ?,"
            " removed_at = '' WHERE staff_id = ?",
            [*columns, there.staff_id],
        )
    return get(db, name)


def set_role(db: Database, person: Person, role: Role) -> None:
    """Give somebody another role.

    Raises:
        IllegalMove: they are the last admin.
    """
    if role is not Role.ADMIN:
        _keep_one_admin(db, person)
    db.conn.execute("UPDATE staff SET role = ? WHERE staff_id = ?", [role, person.staff_id])


def take_away(db: Database, person: Person, now: datetime) -> None:
    """Write down that somebody is of the staff no longer.

    Raises:
        IllegalMove: they are the last admin.
    """
    _keep_one_admin(db, person)
    db.conn.execute(
        "UPDATE staff SET removed_at = ? WHERE staff_id = ?", [utc_text(now), person.staff_id]
    )


def _keep_one_admin(db: Database, person: Person) -> None:
    """See that somebody is left who can let others in."""
    admins = [one.staff_id for one in list_all(db) if one.role is Role.ADMIN]
    if admins == [person.staff_id]:
        raise IllegalMove(
            f"{person.name} is the last admin", next_step="make somebody else an admin first"
        )


def _one(db: Database, condition: str, value: object) -> Person | None:
    row = db.conn.execute(f"SELECT {_COLUMNS} FROM staff WHERE {condition}", [value]).fetchone()
    return None if row is None else _person(row)


def _person(row: tuple[int, str, str, str, str, str]) -> Person:
    staff_id, name, role, email, added_at, removed_at = row
    return Person(staff_id, name, Role(role), email, added_at, removed_at)
