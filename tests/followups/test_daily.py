"""One digest a person and day, and none where nothing waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from answering import VOLUNTEERS, Sent

from outreach.dispatch.correspondence import StoredLetter
from outreach.dispatch.purposes import LetterPurpose
from outreach.settings import Followups, Member, Schedule
from outreach.workflow.followups import assign_followup, share_followups
from outreach.workflow.followups_daily import tend_queue
from outreach.workflow.followups_opening import open_next
from outreach.workflow.letters import list_letters

AMINA = Member("Amina", "amina@outreach.example.org", countries="TG")
JOOST = Member("Joost", "joost@outreach.example.org", countries="NL")


def tend(sent: Sent, **after: float) -> list[StoredLetter]:
    """Let the crontab run some time after the mails came; give all digests, oldest first."""
    moment = sent.now + timedelta(**after)
    assert tend_queue(sent.db, sent.settings, moment) == ()
    return list_letters(sent.db, purpose=LetterPurpose.DIGEST)[::-1]


def staffed(sent: Sent, **followups: str) -> None:
    """Let there be staff."""
    sent.settings = replace(sent.settings, staff=(AMINA, JOOST), followups=Followups(**followups))


def test_who_has_something_to_do_hears_of_it_once_a_day(sent: Sent) -> None:
    """By numbers that lead to the queue; no name and no address leaves the house."""
    staffed(sent)
    sent.take_in(sent.mail(VOLUNTEERS))
    assign_followup(sent.db, sent.settings, 1, "Joost", by="a", now=sent.now)
    (digest,) = tend(sent, days=3)
    assert (digest.email, digest.purpose) == ("joost@outreach.example.org", "digest")
    assert "Overdue (1):\n  1  due 2014-02-27 17:00 UTC  Togo, new\n" in digest.text
    assert "jean" not in (digest.text + digest.subject).lower()
    assert len(tend(sent, days=3, hours=5)) == 1
    assert len(tend(sent, days=4)) == 2


def test_what_is_nobodys_is_told_to_its_team(sent: Sent) -> None:
    """When it is due within a day."""
    staffed(sent)
    sent.take_in(sent.mail(VOLUNTEERS))
    assert tend(sent) == []
    (digest,) = tend(sent, days=1)
    assert digest.email == "amina@outreach.example.org"
    assert "Nobody's, which you may take (1)" in digest.text


def test_what_no_team_is_for_is_told_to_all(sent: Sent) -> None:
    """Else nobody would hear of it."""
    staffed(sent)
    sent.take_in(sent.mail("Name: Li\nCountry: China\nI would like to help"))
    assert {digest.email for digest in tend(sent, days=5)} == {AMINA.email, JOOST.email}


def test_a_dangerous_country_is_not_named(sent: Sent) -> None:
    """A digest is a mail, and mails are read by others."""
    staffed(sent)
    sent.take_in(sent.mail("Name: Li\nCountry: China\nI would like to help"))
    digests = tend(sent, days=5)
    assert digests
    for digest in digests:
        assert "China" not in digest.text
        assert "not named, for safety" in digest.text


def test_what_somebody_had_who_left_is_nobodys(sent: Sent) -> None:
    """Their team is told, `share` gives it away, and it stands in no dead name's list."""
    staffed(sent)
    sent.take_in(sent.mail(VOLUNTEERS))
    assign_followup(sent.db, sent.settings, 1, "Joost", by="a", now=sent.now)
    sent.settings = replace(sent.settings, staff=(AMINA,))
    (digest,) = tend(sent, days=3)
    assert digest.email == AMINA.email
    assert "1  due" in digest.text
    case = open_next(sent.db, sent.settings, me="Amina", now=sent.now)
    assert case is not None
    given = share_followups(sent.db, sent.settings, by="Amina", now=sent.now)
    assert [(one.followup_id, one.who) for one in given] == [(1, "Amina")]


def test_nobody_hears_of_nothing(sent: Sent) -> None:
    """Neither without follow-ups, nor without staff, nor before the hour, nor where it is off."""
    sent.take_in(sent.mail(VOLUNTEERS))
    assert tend(sent, days=5) == []
    staffed(sent, digest="")
    assert tend(sent, days=5) == []
    staffed(sent, digest="12:00")
    assert tend(sent, days=5, hours=2) == []
    assert len(tend(sent, days=5, hours=3)) == 1


def test_the_hour_is_that_of_the_house(sent: Sent) -> None:
    """07:00 in Tokyo is 22:00 the day before in UTC."""
    staffed(sent)
    sent.settings = replace(sent.settings, schedule=Schedule(zone="Asia/Tokyo"))
    sent.take_in(sent.mail(VOLUNTEERS))
    assert tend(sent, days=1, hours=12) == []
    assert len(tend(sent, days=1, hours=13)) == 1


def test_a_long_queue_is_cut(sent: Sent) -> None:
    """With how many more there are."""
    staffed(sent)
    sent.take_in(
        *(
            sent.mail(VOLUNTEERS, sender=f"p{n}@example.com", to="news@example.org")
            for n in range(40)
        )
    )
    (digest,) = tend(sent, days=9)
    assert "(40):" in digest.text
    assert "and 10 more" in digest.text
