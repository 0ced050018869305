"""Two members of staff at one item: told of each other, and neither undoes the other's work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from answering import VOLUNTEERS, Sent

from outreach.errors import IllegalMove
from outreach.model import CloseReason
from outreach.store import open_database
from outreach.workflow.followups import (
    assign_followup,
    close_followup,
    show_followup,
)
from outreach.workflow.followups_opening import leave_followup, open_followup, open_next


def test_the_second_is_told_who_has_it_and_since_when(sent: Sent) -> None:
    """It is a notice: they may open it all the same; the first keeps it until they leave."""
    sent.take_in(sent.mail(VOLUNTEERS))
    assert open_followup(sent.db, sent.settings, 1, me="Amina", now=sent.now).claim is None
    later = sent.now + timedelta(minutes=5)
    claim = open_followup(sent.db, sent.settings, 1, me="Joost", now=later).claim
    assert claim is not None
    assert (claim.who, claim.since) == ("Amina", "2014-02-26T09:00:00Z")
    assert open_followup(sent.db, sent.settings, 1, me="amina", now=later).claim is None
    leave_followup(sent.db, sent.settings, 1, me="Joost")
    assert show_followup(sent.db, sent.settings, 1, me="Joost", now=later).claim is not None
    leave_followup(sent.db, sent.settings, 1, me="Amina")
    assert show_followup(sent.db, sent.settings, 1, me="Joost", now=later).claim is None


def test_whoever_went_home_keeps_nobody_from_it(sent: Sent) -> None:
    """A notice lasts as long as the settings say."""
    sent.take_in(sent.mail(VOLUNTEERS))
    open_followup(sent.db, sent.settings, 1, me="Amina", now=sent.now)
    later = sent.now + timedelta(minutes=31)
    assert open_followup(sent.db, sent.settings, 1, me="Joost", now=later).claim is None


def test_next_gives_two_people_two_items(sent: Sent) -> None:
    """And neither what the other has open, nor what is somebody else's, nor what was passed."""
    for number in range(4):
        sent.take_in(sent.mail("Hi?", sender=f"p{number}@example.com"))
    assign_followup(sent.db, sent.settings, 3, "Li", by="Li", now=sent.now)

    def given(me: str, *passed: int, mine: bool = False) -> int | None:
        case = open_next(sent.db, sent.settings, me=me, passed=passed, only_mine=mine, now=sent.now)
        return case and case.followup.line.followup_id

    assert given("Amina") == 1
    assert given("Joost") == 2
    assert given("Amina", 1) == 4
    assert given("Joost", 2) is None
    assert given("Li", mine=True) == 3
    assert given("Sam", mine=True) is None


def test_of_two_who_press_the_same_key_at_once_one_is_refused(sent: Sent) -> None:
    """With connections of their own, in whatever order they come."""
    sent.take_in(sent.mail(VOLUNTEERS))
    ready = Barrier(2)

    def press(who: str) -> str:
        db = open_database(sent.settings.database)
        try:
            ready.wait()
            close_followup(
                db,
                sent.settings,
                1,
                CloseReason.NOT_NOW,
                by=who,
                now=sent.now,
                version=1,
            )
        except IllegalMove as refusal:
            return str(refusal)
        finally:
            db.close()
        return "done"

    with ThreadPoolExecutor(2) as both:
        said = sorted(both.map(press, ["amina", "joost"]))
    assert said[0] == "done"
    assert "changed by somebody else" in said[1]
    assert "stage new → closed" in said[1]
    assert sent.one(
        "SELECT count(*) FROM followup_history WHERE field = 'stage' AND new = 'closed'"
    ) == (1,)
