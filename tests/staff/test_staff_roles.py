"""Roles that change, the last admin, and who signs on."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlite_utils import Database

from outreach.errors import AlreadyExists, IllegalMove, InputError
from outreach.workflow import staff


def test_the_last_admin_stays(db: Database, now: datetime) -> None:
    """Neither removed nor demoted: else nobody could let anybody in."""
    staff.add_staff(db, "Root", role="admin", now=now)
    staff.add_staff(db, "Noor", role="viewer", now=now)
    with pytest.raises(IllegalMove, match="Root is the last admin"):
        staff.remove_staff(db, "root", now=now)
    with pytest.raises(IllegalMove, match="Root is the last admin"):
        staff.change_role(db, "Root", "viewer", now=now)
    assert staff.change_role(db, "Noor", "admin", now=now).role == "admin"
    staff.remove_staff(db, "Root", now=now)
    assert staff.has_admin(db)


def test_a_lookalike_is_nobody_new(db: Database, now: datetime) -> None:
    """Another spelling of a colleague is refused, and so is a name of two scripts."""
    staff.add_staff(db, "Root", role="admin", now=now)
    with pytest.raises(AlreadyExists):
        staff.add_staff(db, "\uff32oot.", role="admin", now=now)
    with pytest.raises(InputError, match="mixes scripts"):
        staff.add_staff(db, "No\u043er", role="admin", now=now)


def test_single_sign_on_goes_by_addresses_and_begins_one_session(
    db: Database, now: datetime
) -> None:
    """A name that somebody chose at their provider lets nobody in."""
    staff.add_staff(db, "Root", role="admin", email="root@house.example", now=now)
    assert staff.caller(db, "", said="Root", now=now).session is None
    first = staff.caller(db, "", said="ROOT@house.example", now=now)
    assert first.session is not None
    again = staff.caller(db, "", said="root@house.example", kept=first.cookie, now=now)
    assert again.session == first.session
    assert db.table("sessions").count == 1


def test_who_is_out_is_told_why(db: Database, now: datetime) -> None:
    """Removed, or signed out; a cookie of nobody's says nothing."""
    for name in ("Root", "Noor", "Ada"):
        staff.add_staff(db, name, role="admin", now=now)
    noor, ada = (
        staff.sign_in(db, staff.login_secret(db, name, now=now), now=now).cookie
        for name in ("Noor", "Ada")
    )
    staff.remove_staff(db, "Noor", now=now)
    staff.end_sessions(db, "Ada", now=now)
    assert staff.why_out(db, noor) == "removed"
    assert staff.why_out(db, ada) == "ended"
    assert staff.why_out(db, "1.x.y") == ""
