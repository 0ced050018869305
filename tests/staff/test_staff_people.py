"""Who works at the desk: names, roles, links, sessions, and what is written down."""

from __future__ import annotations

import re
import sqlite3
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

import pytest
from sqlite_utils import Database

from outreach.errors import (
    AlreadyExists,
    DatabaseBusy,
    IllegalMove,
    InputError,
    NotFound,
    OutcomeUnknown,
    OutreachError,
)
from outreach.settings import Settings
from outreach.staff import MAY, May, Role, links, sessions
from outreach.staff.acts import ActOutcome
from outreach.store import atomic, waiting
from outreach.workflow import staff, staffacts
from outreach.workflow.staffacts import Asked


def test_every_role_is_in_the_table_and_the_admin_may_all() -> None:
    """Nothing is allowed by being forgotten."""
    assert set(MAY) == set(Role)
    assert MAY[Role.ADMIN] == set(May)
    assert all(May.LOOK in may for may in MAY.values())
    assert [role for role in Role if May.APPROVE in MAY[role]] == [Role.APPROVER, Role.ADMIN]


def test_a_name_is_one_person_however_it_is_typed(db: Database, now: datetime) -> None:
    """As in the histories of campaigns."""
    staff.add_staff(db, " Noor  Jansen ", role="author", now=now)
    with pytest.raises(AlreadyExists):
        staff.add_staff(db, "noor JANSEN", role="admin", now=now)
    assert [person.name for person in staff.list_staff(db)] == ["Noor Jansen"]


@pytest.mark.parametrize("name", ["", "  ", "a\x1bb", "a\u202eb", "n" * 101])
def test_a_name_is_one_that_can_be_read(db: Database, now: datetime, name: str) -> None:
    """It stands in histories, and in front of colleagues."""
    with pytest.raises(InputError):
        staff.add_staff(db, name, role="viewer", now=now)


def test_two_people_have_two_addresses(db: Database, now: datetime) -> None:
    """Single sign-on tells them apart by that; whoever left keeps none."""
    staff.add_staff(db, "Noor", role="author", email="n@house.example", now=now)
    with pytest.raises(AlreadyExists):
        staff.add_staff(db, "Maria", role="author", email="N@house.example", now=now)
    staff.remove_staff(db, "Noor", now=now)
    staff.add_staff(db, "Maria", role="author", email="N@house.example", now=now)
    assert staff.sign_in_trusted(db, "Noor", now=now) is None
    signed_in = staff.sign_in_trusted(db, "n@HOUSE.example", now=now)
    assert signed_in is not None
    assert signed_in.person.name == "Maria"


def test_a_link_lets_in_once_and_for_a_quarter_of_an_hour(db: Database, now: datetime) -> None:
    """Looking at it uses nothing up; a newer one ends it."""
    staff.add_staff(db, "Noor", role="author", now=now)
    first = staff.login_secret(db, "noor", now=now)
    second = staff.login_secret(db, "noor", now=now)
    late = now + links.LIVES
    assert staff.link_holder(db, first, now=now) is None
    assert staff.link_holder(db, second, now=late) is None
    for _ in range(3):
        assert staff.link_holder(db, second, now=now) is not None
    with pytest.raises(NotFound):
        staff.sign_in(db, second, now=late)
    staff.sign_in(db, second, now=now)
    with pytest.raises(NotFound):
        staff.sign_in(db, second, now=now)


def test_nothing_in_the_file_lets_anybody_in(db: Database, now: datetime) -> None:
    """Of secrets only hashes are kept."""
    staff.add_staff(db, "Noor", role="author", now=now)
    secret = staff.login_secret(db, "noor", now=now)
    cookie = staff.sign_in(db, secret, now=now).cookie
    pending = staff.login_secret(db, "noor", now=now)
    dump = "\n".join(db.conn.iterdump())
    assert not [part for part in (secret, pending, *cookie.split(".")[1:]) if part in dump]


class TestASession:
    """A cookie, and the row that it names."""

    @pytest.fixture
    def cookie(self, db: Database, now: datetime) -> str:
        """Noor's."""
        staff.add_staff(db, "Noor", role="author", now=now)
        return staff.sign_in(db, staff.login_secret(db, "Noor", now=now), now=now).cookie

    def test_ends_where_nobody_is_at_work(self, db: Database, now: datetime, cookie: str) -> None:
        """Being seen makes it live on."""
        half = sessions.IDLE / 2
        for number in range(1, 4):
            assert staff.caller(db, cookie, now=now + number * half).session
        assert not staff.caller(db, cookie, now=now + 3 * half + sessions.IDLE).session

    def test_ends_in_any_case(self, db: Database, now: datetime, cookie: str) -> None:
        """After a week everybody signs in again."""
        moment = now
        while moment - now < sessions.LONGEST - sessions.IDLE / 2:
            assert staff.caller(db, cookie, now=moment).session
            moment += sessions.IDLE / 2
        assert not staff.caller(db, cookie, now=now + sessions.LONGEST).session

    def test_ends_with_its_person(self, db: Database, now: datetime, cookie: str) -> None:
        """Also where they come back later."""
        assert staff.remove_staff(db, "noor", now=now) == 1
        assert not staff.caller(db, cookie, now=now).session
        staff.add_staff(db, "Noor", role="admin", now=now)
        assert not staff.caller(db, cookie, now=now).session

    def test_can_be_revoked(self, db: Database, now: datetime, cookie: str) -> None:
        """All of one person's at once."""
        assert staff.end_sessions(db, "noor", now=now) == 1
        assert not staff.caller(db, cookie, now=now).session

    def test_of_another_cookie_is_none(self, db: Database, now: datetime, cookie: str) -> None:
        """Whatever is changed about it."""
        number, secret, seal = cookie.split(".")
        for other in (
            "",
            "..",
            f"{number}.{secret}",
            f"{int(number) + 1}.{secret}.{seal}",
            f"{number}.{secret}x.{seal}",
            f"{number}.{secret}.{'a' * 24}",
            f"{number}.{secret}.{seal}é",
        ):
            assert not staff.caller(db, other, now=now).session


class TestAnAct:
    """What is asked for at the desk."""

    @pytest.fixture
    def asked(self, db: Database, now: datetime) -> Asked:
        """Noor wants something."""
        noor = staff.add_staff(db, "Noor", role="author", now=now)
        return Asked(noor, "pause", "campaign spring", "form-1")

    def test_is_done_once(self, db: Database, now: datetime, asked: Asked) -> None:
        """However often its form is sent; and its sender learns what came of it."""
        did: list[str] = []

        def task() -> tuple[str, int]:
            did.append("it")
            return "paused it", 7

        first = staffacts.perform(db, asked, task, clock=lambda: now)
        again = staffacts.perform(db, asked, task, clock=lambda: now)
        assert (first.before, again.before, did) == (False, True, ["it"])
        assert (first.value, again.value) == (7, None)
        result = staffacts.result(db, again.act_id, asked.who)
        assert result is not None
        assert (result.outcome, result.detail) == ("done", "paused it")

    def test_that_fails_is_written_down_and_may_be_asked_again(
        self, db: Database, now: datetime, asked: Asked
    ) -> None:
        """What is wrong is mended, and the same form sent again."""

        def fail() -> tuple[str, None]:
            raise IllegalMove("Aminatou Diallo asked for no mail")

        with pytest.raises(IllegalMove):
            staffacts.perform(db, asked, fail, clock=lambda: now)
        assert not staffacts.perform(db, asked, lambda: ("it did", None), clock=lambda: now).before
        outcomes = [(act.outcome, act.detail) for act in staff.list_acts(db)]
        assert outcomes[:2] == [("done", "it did"), ("refused", "illegal move")]

    def test_keeps_no_address(self, db: Database, now: datetime, asked: Asked) -> None:
        """A row can't be taken back when somebody is erased, so none may tell of them."""
        who = "amina.diallo@example.org"
        asked = replace(asked, subject=f"campaign for {who}")
        staffacts.perform(
            db, asked, lambda: (f"refused: <{who}> is unknown", None), clock=lambda: now
        )
        staffacts.note_given(db, asked.who, "export", who, f"all of {who}", now=now)
        staffacts.deny(db, asked.who, "look", f"/supporters/{who}", now=now)
        found = staff.list_acts(db)
        assert "@" not in "".join(act.subject + act.detail for act in found)
        assert "refused: <(address)> is unknown" in {act.detail for act in found}

    def test_that_broke_off_is_not_done_again_unseen(
        self, db: Database, now: datetime, asked: Asked
    ) -> None:
        """Nobody knows what came of it; the form is used up."""

        def stop() -> tuple[str, None]:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            staffacts.perform(db, asked, stop, clock=lambda: now)
        again = staffacts.perform(db, asked, stop, clock=lambda: now)
        assert again.before
        result = staffacts.result(db, again.act_id, asked.who)
        assert result is not None
        assert result.outcome == "asked"

    @pytest.mark.parametrize("reaches_out", [False, True])
    def test_that_the_database_failed_in_its_midst_is_not_said_to_be_undone(
        self, db: Database, now: datetime, asked: Asked, reaches_out: bool
    ) -> None:
        """Something had been committed, or had left the house: nobody is told to do it again."""

        def fail() -> tuple[str, None]:
            if not reaches_out:
                with atomic(db):
                    db.conn.execute("UPDATE staff SET email = 'noor@house.example'")
            raise DatabaseBusy("another command is writing to the database")

        with pytest.raises(OutcomeUnknown, match="it was begun"):
            staffacts.perform(db, asked, fail, clock=lambda: now, reaches_out=reaches_out)
        again = staffacts.perform(db, asked, fail, clock=lambda: now, reaches_out=reaches_out)
        assert again.before
        assert staff.list_acts(db)[0].outcome == "asked"

    def test_that_was_not_begun_for_the_database_may_be_asked_again(
        self, db: Database, now: datetime, asked: Asked
    ) -> None:
        """Nothing was changed by then."""

        def fail() -> tuple[str, None]:
            raise DatabaseBusy("another command is writing to the database")

        with pytest.raises(DatabaseBusy):
            staffacts.perform(db, asked, fail, clock=lambda: now)
        assert not staffacts.perform(db, asked, lambda: ("", None), clock=lambda: now).before

    def test_is_written_down_as_done_when_others_let_it(
        self, db: Database, now: datetime, asked: Asked, settings: Settings
    ) -> None:
        """However short this connection waits for others otherwise."""
        other = sqlite3.connect(settings.database, isolation_level=None, check_same_thread=False)
        soon = threading.Timer(0.5, other.execute, ["ROLLBACK"])

        def task() -> tuple[str, None]:
            other.execute("BEGIN IMMEDIATE")
            soon.start()
            return "did it", None

        with waiting(db, 0.01):
            done = staffacts.perform(db, asked, task, clock=lambda: now)
        soon.join()
        other.close()
        result = staffacts.result(db, done.act_id, asked.who)
        assert result is not None
        assert (result.outcome, result.detail) == ("done", "did it")

    def test_is_nobody_elses_to_see(self, db: Database, now: datetime, asked: Asked) -> None:
        """Guessing a number tells nothing."""
        maria = staff.add_staff(db, "Maria", role="admin", now=now)
        done = staffacts.perform(db, asked, lambda: ("", None), clock=lambda: now)
        assert staffacts.result(db, done.act_id, maria) is None

    def test_stays_written(self, db: Database, now: datetime, asked: Asked) -> None:
        """The table refuses to forget."""
        staffacts.perform(db, asked, lambda: ("", None), clock=lambda: now)
        for statement in ("DELETE FROM acts", "UPDATE acts SET who = 'nobody'"):
            with pytest.raises(sqlite3.IntegrityError):
                db.conn.execute(statement)

    def test_is_an_error_of_ours_or_passes(self, db: Database, now: datetime, asked: Asked) -> None:
        """A bug is no refusal."""

        def bug() -> tuple[str, None]:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            staffacts.perform(db, asked, bug, clock=lambda: now)
        assert not issubclass(ZeroDivisionError, OutreachError)


def test_the_first_admin_is_made_once(db: Database, now: datetime) -> None:
    """Whoever starts an empty desk; nobody after."""
    assert staff.first_admin(db, "maria", now=now) is not None
    assert staff.first_admin(db, "eve", now=now) is None
    assert [(p.name, p.role) for p in staff.list_staff(db)] == [("maria", Role.ADMIN)]


def test_acts_are_listed_page_by_page(db: Database, now: datetime) -> None:
    """The newest first."""
    for number in range(120):
        staff.add_staff(db, f"p{number}", role="viewer", now=now + timedelta(seconds=number))
    first = staff.list_acts(db)
    rest = staff.list_acts(db, before=first[-1].act_id)
    assert (len(first), len(rest)) == (100, 20)
    assert first[0].subject == "staff p119"


@pytest.mark.parametrize(
    ("table", "column", "enum"), [("staff", "role", Role), ("acts", "outcome", ActOutcome)]
)
def test_a_column_allows_exactly_the_words_of_its_enum(
    db: Database, table: str, column: str, enum: type[StrEnum]
) -> None:
    """A word added to an enum can't be forgotten in the table's CHECK."""
    found = re.search(rf"CHECK \(({column} = [^()]*)\)", str(db[table].schema))
    assert found is not None
    assert set(re.findall(r"'([\w-]+)'", found[1])) == {word.value for word in enum}


@pytest.mark.parametrize("what", ["link", "form"])
def test_what_is_over_goes_without_a_session_that_is(
    db: Database, now: datetime, what: str
) -> None:
    """As where nobody has signed in since, by `outreach cron` a day after it is over."""
    noor = staff.add_staff(db, "Noor", role="admin", now=now)
    if what == "link":
        staff.login_secret(db, "Noor", now=now)
        over = now + links.LIVES
    else:
        old = Asked(noor, "approve", "campaign spring", "old form")
        staffacts.perform(db, old, lambda: ("Done.", None), clock=lambda: now)
        over = now + sessions.LONGEST
    assert staff.forget_daily(db, over + timedelta(hours=23)) == 0
    assert staff.forget_daily(db, over + timedelta(days=1)) == 1
    assert staff.forget_daily(db, over + timedelta(days=1)) == 0


def test_what_lets_nobody_in_is_forgotten_and_what_was_done_is_not(
    db: Database, now: datetime
) -> None:
    """Sessions, links and used forms go when they are over; the newest session's number stays."""
    noor = staff.add_staff(db, "Noor", role="admin", now=now)
    first = staff.sign_in(db, staff.login_secret(db, "Noor", now=now), now=now)
    old = Asked(noor, "approve", "campaign spring", "old form")
    staffacts.perform(db, old, lambda: ("Done.", None), clock=lambda: now)
    later = now + sessions.LONGEST
    second = staff.sign_in(db, staff.login_secret(db, "Noor", now=later), now=later)
    new = Asked(noor, "approve", "campaign autumn", "new form")
    staffacts.perform(db, new, lambda: ("Done.", None), clock=lambda: later)
    staff.login_secret(db, "Noor", now=later - timedelta(hours=1))
    done = len(staff.list_acts(db))
    assert staff.forget_daily(db, now) == 0
    # the first session, the old form, the link that nobody followed
    assert staff.forget_daily(db, later) == 3
    assert staff.forget_over(db, later) == 0
    assert len(staff.list_acts(db)) == done
    assert staff.caller(db, first.cookie, now=now).session is None
    assert staff.caller(db, second.cookie, now=later).session is not None
    assert staffacts.perform(db, new, lambda: ("Twice.", None), clock=lambda: later).before
    # an ended newest one stays, so that its number is nobody else's
    over = later + 2 * sessions.LONGEST
    staff.forget_over(db, over)
    assert db.conn.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
