"""The ten views: who stands in which, and that a count is what the list holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from answering import VOLUNTEERS, Sent
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from outreach.followups.namedviews import VIEWS, View
from outreach.followups.stages import DONE
from outreach.followups.view import Asked, count_views, list_followups
from outreach.model import CloseReason, Stage
from outreach.store import create_database, open_database
from outreach.workflow.followups import (
    answered_followup,
    assign_followup,
    close_followup,
    snooze_followup,
)
from outreach.workflow.followups_mending import confirm_opt_out


def views(
    sent: Sent, followup_id: int, *, me: str = "", later: timedelta = timedelta()
) -> set[str]:
    """In which views a follow-up stands."""
    return {
        view.value
        for view in View
        if any(
            line.followup_id == followup_id
            for line in list_followups(sent.db, Asked(view=view, me=me), sent.now + later)
        )
    }


def test_somebody_new_needs_an_answer_and_is_nobodys(sent: Sent) -> None:
    """Four days later they are overdue; whoever has them finds them among theirs."""
    sent.take_in(sent.mail(VOLUNTEERS))
    assert views(sent, 1) == {"needs_answer", "unassigned"}
    assert views(sent, 1, later=timedelta(days=4)) == {"needs_answer", "overdue", "unassigned"}
    assign_followup(sent.db, sent.settings, 1, "Amina", by="desk", now=sent.now)
    assert views(sent, 1, me="amina") == {"needs_answer", "mine"}
    assert views(sent, 1, me="joost") == {"needs_answer"}


def test_whoever_has_their_answer_waits_for_nothing(sent: Sent) -> None:
    """We wait for them, until they write again: then it is due anew."""
    sent.take_in(sent.mail(VOLUNTEERS))
    assert answered_followup(sent.db, sent.settings, 1, "by telephone", by="amina", now=sent.now)
    assert views(sent, 1) == {"waiting", "unassigned"}
    (line,) = list_followups(sent.db, Asked(), sent.now)
    assert (line.due_at, line.waiting_since) == ("", "")
    assert line.answered_at == "2014-02-26T09:00:00Z"
    assert not answered_followup(sent.db, sent.settings, 1, "and again", by="amina", now=sent.now)
    sent.take_in(sent.mail("When may I begin?"))
    assert views(sent, 1) == {"needs_answer", "unassigned"}
    (line,) = list_followups(sent.db, Asked(), sent.now)
    assert line.due_at == "2014-02-27T17:00:00Z"
    assert line.answered_at == "2014-02-26T09:00:00Z"


def test_who_sleeps_is_not_overdue_and_wakes_on_the_day(sent: Sent) -> None:
    """Or when the person writes."""
    sent.take_in(sent.mail(VOLUNTEERS))
    snooze_followup(sent.db, sent.settings, 1, date(2014, 3, 5), by="a", now=sent.now)
    assert views(sent, 1, later=timedelta(days=6)) == {"snoozed", "unassigned"}
    assert "overdue" in views(sent, 1, later=timedelta(days=7))
    sent.take_in(sent.mail("Hello?"))
    assert views(sent, 1) == {"needs_answer", "unassigned"}


def test_what_is_not_known_and_not_sure_has_views_of_its_own(sent: Sent) -> None:
    """A stranger's mail that answers nothing of ours."""
    sent.take_in(sent.mail("blue 7", sender="x@example.com", to="news@example.org"))
    assert views(sent, 1) >= {"missing", "unmatched", "unsure"}


def test_an_opt_out_that_somebody_must_confirm(sent: Sent) -> None:
    """A friend who answers with Jean's token and wants no more: at once for them, never for him."""
    sent.take_in(sent.mail("Please help me: how do I take part?", sender="x@example.com"))
    sent.db.conn.execute("UPDATE replies SET kind = 'unsubscribe'")
    assert "opt_outs" in views(sent, 1)
    assert confirm_opt_out(sent.db, sent.settings, 1, by="amina", now=sent.now) == (
        "x@example.com",
    )
    assert views(sent, 1) == set()
    assert sent.suppressed == [("x@example.com", "unsubscribed")]
    (closed,) = list_followups(sent.db, Asked(include_done=True), sent.now)
    assert closed.close_reason == CloseReason.DECLINED


def test_what_is_done_stands_in_no_view(sent: Sent) -> None:
    """Whatever else holds of it."""
    sent.take_in(sent.mail("??", sender="x@example.com", to="news@example.org"))
    close_followup(sent.db, sent.settings, 1, CloseReason.SPAM, by="a", now=sent.now)
    assert views(sent, 1, later=timedelta(days=9)) == set()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A database without anybody."""
    path = tmp_path_factory.mktemp("views") / "outreach.db"
    create_database(path)
    return open_database(path)


NOW = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)
days = st.integers(-3, 3).map(lambda n: f"{NOW + timedelta(days=n):%Y-%m-%d}")
rows = st.tuples(
    st.sampled_from(Stage),
    st.one_of(st.just(""), days.map(lambda day: f"{day}T09:00:00Z")),
    st.one_of(st.just(""), days),
    st.sampled_from(["", "Amina", "joost"]),
    st.sampled_from(["", "Jean"]),
    st.sampled_from(["", "TG"]),
    st.floats(0, 1),
)


@given(st.lists(rows, max_size=12))
def test_a_view_counts_what_it_lists_and_nothing_that_is_open_is_lost(
    empty: Database, people: list[tuple[object, ...]]
) -> None:
    """Each open one needs an answer, waits for them, or sleeps: one of the three."""
    with empty.conn:
        empty.conn.execute("BEGIN")
        for person in people:
            empty.conn.execute(
                "INSERT INTO followups (stage, due_at, snoozed_until, assignee, name, country,"
                " certainty, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?, '2014-02-01T00:00:00Z')",
                person,
            )
        listed = {view: list_followups(empty, Asked(view=view, me="amina"), NOW) for view in VIEWS}
        counted = count_views(empty, "amina", NOW)
        empty.conn.execute("ROLLBACK")
    assert counted == {view: len(found) for view, found in listed.items()}
    still_open = sum(person[0] not in DONE for person in people)
    three = (View.NEEDS_ANSWER, View.WAITING, View.SNOOZED)
    assert sum(counted[view] for view in three) == still_open
    assert counted[View.OVERDUE] <= counted[View.NEEDS_ANSWER]
    dues = [line.due_at for line in listed[View.NEEDS_ANSWER]]
    assert dues == sorted(dues)
