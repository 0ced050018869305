"""What was understood wrongly is put right once, in the queue and in the mail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from answering import VOLUNTEERS, Sent

from outreach.errors import IllegalMove, InputError, NotFound
from outreach.followups import care
from outreach.followups.inferences import FROM_LIST, FROM_MAIL
from outreach.followups.view import get_followup
from outreach.settings import Followups, Member
from outreach.workflow.followups import make_due
from outreach.workflow.followups_mending import confirm_opt_out, link_followup, mend_followup
from outreach.workflow.followups_pairs import merge_followups, split_followup
from outreach.workflow.reports import campaign_report
from outreach.workflow.reprocessing import reprocess_replies


def test_where_a_value_comes_from_is_known_and_how_certain_it_is(sent: Sent) -> None:
    """The one country from the mail, the other from the list of supporters."""
    sent.take_in(sent.mail(VOLUNTEERS))
    inferred = get_followup(sent.db, 1, sent.now).inferred
    assert inferred["country"].source == FROM_MAIL
    assert inferred["country"].certainty is not None
    assert inferred["country"].certainty > 0.9
    sent.take_in(sent.mail("?", sender="Amina@example.org", token=sent.token(12)))
    listed = get_followup(sent.db, 2, sent.now).inferred
    assert listed["country"] == (FROM_LIST, None)


def test_a_correction_is_of_the_follow_up_and_of_its_mail(sent: Sent) -> None:
    """So nothing that is understood later undoes it; a person said it, nobody inferred it."""
    sent.take_in(sent.mail(VOLUNTEERS))
    assert (
        mend_followup(sent.db, sent.settings, 1, "country", "Tchad", by="a", now=sent.now) == "TD"
    )
    mend_followup(sent.db, sent.settings, 1, "name", "Jean-Pierre Mbuyi", by="a", now=sent.now)
    assert sent.all("SELECT field, old, new FROM reply_corrections") == [
        ("country", "TG", "TD"),
        ("name", "Jean Mbuyi", "Jean-Pierre Mbuyi"),
    ]
    sent.db.conn.execute("UPDATE replies SET subject = 'understood otherwise'")
    reprocess_replies(sent.db, sent.settings, now=sent.now)
    found = get_followup(sent.db, 1, sent.now)
    assert (found.line.name, found.line.country) == ("Jean-Pierre Mbuyi", "TD")
    assert "country" not in found.inferred


def test_another_country_is_another_week(sent: Sent) -> None:
    """The due time follows, unless somebody has set it."""
    sent.take_in(sent.mail(VOLUNTEERS))
    assert get_followup(sent.db, 1, sent.now).line.due_at == "2014-02-27T17:00:00Z"
    mend_followup(sent.db, sent.settings, 1, "country", "KI", by="a", now=sent.now)
    assert get_followup(sent.db, 1, sent.now).line.due_at == "2014-02-28T05:00:00Z"
    make_due(sent.db, sent.settings, 1, sent.now, by="a", now=sent.now)
    mend_followup(sent.db, sent.settings, 1, "country", "TG", by="a", now=sent.now)
    assert get_followup(sent.db, 1, sent.now).line.due_at == "2014-02-26T09:00:00Z"


def test_a_country_that_is_known_now_finds_its_team(sent: Sent) -> None:
    """Where new ones go to teams, and nobody has it yet."""
    amina = Member("Amina", "amina@outreach.example.org", countries="TG")
    sent.settings = replace(sent.settings, staff=(amina,), followups=Followups(assignment="team"))
    sent.take_in(sent.mail("How many people must come?", sender="x@example.com"))
    assert sent.one("SELECT assignee FROM followups") == ("",)
    mend_followup(sent.db, sent.settings, 1, "country", "Togo", by="sam", now=sent.now)
    assert sent.one("SELECT assignee FROM followups") == ("Amina",)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "Gondwana"),
        ("country", "Congo"),
        ("language", "gibberish"),
        ("email", "nobody"),
        ("name", "a\x1b[2J"),
        ("name", "x" * 101),
        ("stage", "thanked"),
    ],
)
def test_what_cannot_be_is_refused(sent: Sent, field: str, value: str) -> None:
    """And nothing is changed."""
    sent.take_in(sent.mail(VOLUNTEERS))
    with pytest.raises(InputError):
        mend_followup(sent.db, sent.settings, 1, field, value, by="a", now=sent.now)
    assert sent.one("SELECT version FROM followups") == (1,)


def test_nothing_is_mended_over_a_newer_version(sent: Sent) -> None:
    """Both are named: what was done meanwhile, and what was wanted."""
    sent.take_in(sent.mail(VOLUNTEERS))
    mend_followup(sent.db, sent.settings, 1, "name", "Jean", by="amina", now=sent.now)
    with pytest.raises(IllegalMove) as refusal:
        mend_followup(sent.db, sent.settings, 1, "name", "Jan", by="joost", now=sent.now, version=1)
    said = str(refusal.value)
    assert "amina at 09:00 UTC: name Jean Mbuyi → Jean" in said
    assert "you wanted name → Jan" in said


def test_what_is_not_known_may_be_said(sent: Sent) -> None:
    """'' clears a field."""
    sent.take_in(sent.mail(VOLUNTEERS))
    assert mend_followup(sent.db, sent.settings, 1, "name", " ", by="a", now=sent.now) == ""
    assert "no name" in get_followup(sent.db, 1, sent.now).line.flags


def test_an_unmatched_one_is_linked_by_hand(sent: Sent) -> None:
    """To its person, with their care, and to the campaign; what is linked already stays."""
    sent.db.conn.execute("UPDATE supporters SET safety = 'discreet' WHERE supporter_id = 2")
    sent.take_in(sent.mail("I would help", sender="a@example.net", to="news@example.org"))

    def link(followup_id: int = 1, **named: str) -> tuple[str, ...]:
        return link_followup(sent.db, sent.settings, followup_id, **named, by="Joost", now=sent.now)

    with pytest.raises(InputError, match="nothing to link"):
        link()
    with pytest.raises(NotFound):
        link(campaign="autumn")
    assert link(supporter="amina@example.org", campaign="events") == ("supporter", "campaign")
    assert link(supporter="2") == ()
    linked = "SELECT supporter_id, campaign_id, delivery_id FROM replies WHERE inbound_id = 1"
    assert sent.one(linked) == (2, 5, 12)
    reprocess_replies(sent.db, sent.settings, now=sent.now)
    assert sent.one(linked) == (2, 5, 12)
    assert sent.one("SELECT supporter_id, campaign_id, delivery_id FROM followups") == (2, 5, 12)
    assert care.is_needed(sent.db, 1)
    with pytest.raises(IllegalMove, match="another supporter"):
        link(supporter="1")
    sent.take_in(sent.mail("I'd help", sender="b@example.net", to="news@example.org"))
    with pytest.raises(IllegalMove, match="merge 1 2"):
        link(2, supporter="2", campaign="events")


def test_what_is_linked_to_a_campaign_counts_there(sent: Sent) -> None:
    """Its mails with it; one that is somebody else's by its own token stays theirs."""
    sent.take_in(sent.mail("I would help", sender="a@example.net", to="news@example.org"))
    sent.take_in(sent.mail("I can help", token=sent.token(12), sender="b@example.net"))
    merge_followups(sent.db, sent.settings, 1, 2, by="a", now=sent.now)
    assert sent.one("SELECT campaign_id FROM followups WHERE merged_into IS NULL") == (5,)
    assert campaign_report(sent.db, sent.settings, "events").replied == 1
    link_followup(sent.db, sent.settings, 1, supporter="1", by="a", now=sent.now)
    assert sent.all("SELECT campaign_id, supporter_id FROM replies ORDER BY inbound_id") == [
        (5, 1),
        (5, None),
    ]
    assert campaign_report(sent.db, sent.settings, "events").replied == 2


def test_a_friend_who_is_linked_bears_their_own_token(sent: Sent) -> None:
    """What Jean was linked by, Amina got: a letter with her token would speak for her."""
    sent.take_in(sent.mail("I can help", token=sent.token(12), sender="b@example.net"))
    assert sent.one("SELECT supporter_id, delivery_id FROM followups") == (None, 12)
    link_followup(sent.db, sent.settings, 1, supporter="1", by="a", now=sent.now)
    assert sent.one("SELECT supporter_id, delivery_id FROM followups") == (1, 11)


@pytest.fixture
def strangers(sent: Sent) -> Sent:
    """Ana and Bea, of whom nothing is known, were taken for one person."""
    for name, sender in (("Ana", "ana@example.com"), ("Bea", "bea@example.net")):
        text = f"I would like to help, {name}"
        sent.take_in(sent.mail(text, sender=sender, to="news@example.org"))
    merge_followups(sent.db, sent.settings, 1, 2, by="a", now=sent.now)
    return sent


LINKS = "SELECT supporter_id, campaign_id, delivery_id FROM replies ORDER BY inbound_id"


def test_a_stranger_does_not_become_whom_the_follow_up_is_linked_to(strangers: Sent) -> None:
    """Apart again, what Bea asks for is done to Bea, and her letters bear nobody's token."""
    sent = strangers
    who = {"supporter": "amina@example.org", "campaign": "events"}
    link_followup(sent.db, sent.settings, 1, **who, by="a", now=sent.now)
    assert sent.all(LINKS) == [(2, 5, 12), (None, 5, None)]
    new = split_followup(sent.db, sent.settings, 1, [2], by="a", now=sent.now)
    whose = "SELECT supporter_id, delivery_id FROM followups WHERE followup_id = 3"
    assert (new, sent.one(whose)) == (3, (None, None))
    sent.take_in(sent.mail("Unsubscribe me", sender="bea@example.net", to="news@example.org"))
    confirm_opt_out(sent.db, sent.settings, new, by="a", now=sent.now)
    assert sent.suppressed == [("bea@example.net", "unsubscribed")]


def test_what_was_linked_too_widely_is_taken_back_by_splitting(strangers: Sent) -> None:
    """As linking once wrote it onto every mail; what is understood later doesn't bring it back."""
    sent = strangers
    link_followup(sent.db, sent.settings, 1, supporter="2", campaign="events", by="a", now=sent.now)
    sent.db.conn.execute("UPDATE replies SET supporter_id = 2, delivery_id = 12")
    for field, number in (("supporter_id", "2"), ("delivery_id", "12")):
        sent.db.conn.execute(
            "INSERT INTO reply_corrections (inbound_id, field, old, new, corrected_by,"
            " corrected_at) VALUES (2, ?, '', ?, 'a', '2014-02-26T00:00:00Z')",
            [field, number],
        )
    split_followup(sent.db, sent.settings, 1, [2], by="a", now=sent.now)
    reprocess_replies(sent.db, sent.settings, now=sent.now)
    assert sent.all(LINKS) == [(2, 5, 12), (None, 5, None)]
    assert sent.all("SELECT supporter_id FROM followups ORDER BY followup_id") == [
        (2,),
        (None,),
        (None,),
    ]
