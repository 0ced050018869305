"""What was said under one spelling of an address counts for those that come later."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from outreach.model import Consent, Supporter, Suppression
from outreach.store import atomic, open_database
from outreach.supporters import roll
from outreach.supporters.consent import suppress, suppression_of, take_back, welcome_back
from outreach.supporters.preferences import note
from outreach.workflow.supporters import ImportReport, add_supporter, import_supporters

#: an address on the list, and other spellings of its mailbox
SPELLINGS = [
    ("amina@example.org", "Amina+news@example.org"),
    ("amina+one@example.org", "amina@example.org"),
    ("amina+one@example.org", "amina+two@example.org"),
    ("amina.d@gmail.com", "aminad@googlemail.com"),
    ("AminaD@gmail.com", "a.mina.d+x@gmail.com"),
]
SAID = [Suppression.UNSUBSCRIBED, Suppression.COMPLAINT]


def taken_in(
    db: Database, now: datetime, folder: Path, *lines: str, **options: str
) -> ImportReport:
    """Import rows of address and consent."""
    path = folder / f"list{len(list(folder.iterdir()))}.csv"
    path.write_text("\n".join(["email,consent", *lines, ""]), "utf-8")
    return import_supporters(db, path, now=now, **options)


def on_the_list(db: Database, now: datetime, email: str) -> Supporter:
    """Put somebody there who agreed."""
    with atomic(db):
        return roll.add(db, Supporter(0, email, consent=Consent.GRANTED), now)


@pytest.mark.parametrize("reason", SAID)
@pytest.mark.parametrize(("first", "later"), SPELLINGS)
def test_whoever_left_is_left_alone_under_a_spelling_that_is_imported_later(
    db: Database, now: datetime, tmp_path: Path, first: str, later: str, reason: Suppression
) -> None:
    """With the reason, and where it came from; the report says how many."""
    on_the_list(db, now, first)
    with atomic(db):
        suppress(db, first, reason, "unsubscribe page, delivery 7", now)
    report = taken_in(
        db, now + timedelta(days=9), tmp_path, f"{later},yes", "other@example.org,yes"
    )
    assert suppression_of(db, later) is reason
    assert report.notes["left_under_another_spelling"] == 1
    assert suppression_of(db, "other@example.org") is None
    (source,) = db.conn.execute(
        "SELECT source FROM suppressions WHERE email = ?", [later]
    ).fetchone()
    assert source == "unsubscribe page, delivery 7"
    again = taken_in(db, now + timedelta(days=9), tmp_path, f"{later},yes")
    assert "left_under_another_spelling" not in again.notes


@pytest.mark.parametrize(("first", "later"), SPELLINGS)
def test_so_is_whoever_never_was_on_the_list(
    db: Database, now: datetime, tmp_path: Path, first: str, later: str
) -> None:
    """An unsubscribe of somebody to whom a letter was passed on."""
    with atomic(db):
        suppress(db, first, Suppression.UNSUBSCRIBED, "mail 4", now)
    taken_in(db, now, tmp_path, f"{later},yes")
    assert suppression_of(db, later) is Suppression.UNSUBSCRIBED


@pytest.mark.parametrize("reason", [Suppression.DEAD_ADDRESS, Suppression.STAFF])
def test_a_dead_address_is_only_itself(
    db: Database, now: datetime, tmp_path: Path, reason: Suppression
) -> None:
    """A bounce says nothing of another spelling."""
    with atomic(db):
        suppress(db, "amina@example.org", reason, "bounce", now)
    report = taken_in(db, now, tmp_path, "amina+news@example.org,yes")
    assert suppression_of(db, "amina+news@example.org") is None
    assert "left_under_another_spelling" not in report.notes


@pytest.mark.parametrize(("first", "later"), SPELLINGS)
def test_a_no_in_a_list_counts_for_a_spelling_in_a_later_one(
    db: Database, now: datetime, tmp_path: Path, first: str, later: str
) -> None:
    """They do not say yes by being imported again, nor a second time."""
    taken_in(db, now, tmp_path, f"{first},no")
    for _ in range(2):
        report = taken_in(db, now, tmp_path, f"{later},yes")
        person = roll.find(db, later)
        assert person is not None
        assert person.consent is Consent.DENIED
        assert "another spelling" in person.consent_ground
    assert "left_under_another_spelling" not in report.notes


def test_the_stronger_reason_is_taken_over(db: Database, now: datetime, tmp_path: Path) -> None:
    """Of several spellings that said different things, and of the new address itself."""
    with atomic(db):
        suppress(db, "a+1@example.org", Suppression.UNSUBSCRIBED, "page", now)
        suppress(db, "a+2@example.org", Suppression.COMPLAINT, "spam", now)
        suppress(db, "a@example.org", Suppression.DEAD_ADDRESS, "bounce", now)
    taken_in(db, now, tmp_path, "a@example.org,yes")
    assert suppression_of(db, "a@example.org") is Suppression.COMPLAINT


def test_who_takes_it_back_takes_it_back_for_all_spellings(
    db: Database, now: datetime, tmp_path: Path
) -> None:
    """Those that were there, and those that came within the half hour."""
    on_the_list(db, now, "amina@example.org")
    on_the_list(db, now, "amina+one@example.org")
    with atomic(db):
        suppress(db, "amina@example.org", Suppression.UNSUBSCRIBED, "page", now)
    taken_in(db, now + timedelta(minutes=5), tmp_path, "amina+two@example.org,yes")
    with atomic(db):
        assert take_back(db, "amina@example.org", Suppression.UNSUBSCRIBED, "page", now)
        assert not take_back(db, "amina@example.org", Suppression.UNSUBSCRIBED, "page", now)
    assert db.conn.execute("SELECT count(*) FROM suppressions").fetchone() == (0,)


def test_somebody_who_is_added_by_hand_is_covered_too(db: Database, now: datetime) -> None:
    """With a ground, too: only their own word undoes theirs."""
    with atomic(db):
        suppress(db, "amina@example.org", Suppression.UNSUBSCRIBED, "page", now)
    added = add_supporter(db, "amina+x@example.org", now=now, consent_ground="at the stall")
    assert added.suppression is Suppression.UNSUBSCRIBED
    with atomic(db):
        assert welcome_back(db, "amina+x@example.org")


def test_spellings_that_came_before_this_was_done_are_covered_when_the_database_is_opened(
    db: Database, now: datetime
) -> None:
    """Once, by the migration."""
    with atomic(db):
        suppress(db, "amina@example.org", Suppression.COMPLAINT, "spam", now)
    on_the_list(db, now, "amina+later@example.org")
    reopened = _opened_anew(db)
    assert suppression_of(reopened, "amina+later@example.org") is Suppression.COMPLAINT
    reopened.close()


def _opened_anew(db: Database) -> Database:
    """As if the migration had not been done yet."""
    (path,) = [row[2] for row in db.conn.execute("PRAGMA database_list") if row[1] == "main"]
    db.conn.execute("DROP TABLE erased")
    db.conn.execute("DROP TABLE erased_people")
    db.conn.execute("DELETE FROM _sqlite_migrations WHERE name = '0019_erased'")
    db.conn.commit()
    return open_database(Path(path))


@pytest.mark.parametrize(
    ("reason", "days", "left"),
    [
        (Suppression.UNSUBSCRIBED, 9, None),
        (Suppression.UNSUBSCRIBED, -9, Suppression.UNSUBSCRIBED),
        (Suppression.COMPLAINT, 9, Suppression.COMPLAINT),
    ],
)
def test_opening_silences_nobody_who_came_back_by_their_own_word(
    db: Database, now: datetime, reason: Suppression, days: int, left: Suppression | None
) -> None:
    """They left under one spelling, and said yes themselves under another, later or before."""
    person = on_the_list(db, now, "bea@example.org")
    with atomic(db):
        suppress(db, "Bea+news@example.org", reason, "page", now)
        db.conn.execute("DELETE FROM suppressions WHERE email = 'bea@example.org'")
        said = now + timedelta(days=days)
        note(db, person.supporter_id, "letters", "", "yes", "subscribe page", said)
    # a list says yes for somebody else, which is no word of theirs
    imported = on_the_list(db, now, "zoe@example.org")
    with atomic(db):
        suppress(db, "zoe+news@example.org", Suppression.UNSUBSCRIBED, "page", now)
        db.conn.execute("DELETE FROM suppressions WHERE email = 'zoe@example.org'")
        roll.say_consent(db, imported.supporter_id, Consent.GRANTED, "a list", now + timedelta(9))
    reopened = _opened_anew(db)
    assert suppression_of(reopened, "bea@example.org") is left
    assert suppression_of(reopened, "zoe@example.org") is Suppression.UNSUBSCRIBED
    reopened.close()
