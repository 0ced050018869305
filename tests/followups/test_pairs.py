"""One follow-up of two, two of one, and which pairs are proposed."""

from __future__ import annotations

import pytest
from answering import VOLUNTEERS, Sent

from outreach.errors import IllegalMove, InputError, NotFound
from outreach.followups.duplicates import propose
from outreach.followups.view import Asked, get_followup, list_followups
from outreach.model import CloseReason
from outreach.workflow.followups import assign_followup, close_followup, tag_followup
from outreach.workflow.followups_pairs import keep_apart, merge_followups, split_followup
from outreach.workflow.gatherings import add_gathering, give_gathering


def two(sent: Sent) -> None:
    """Jean writes from his own address, then from another that we don't know."""
    sent.take_in(sent.mail("Name: Jean Mbuyi\nI would like to help"))
    sent.take_in(
        sent.mail(
            "Name: MBUYI  Jéan\nCountry: DR Congo\nI would like to help",
            sender="jm@example.net",
            to="news@example.org",
        )
    )


def test_the_same_name_and_country_are_proposed_once(sent: Sent) -> None:
    """Whatever the order of the words, their case and their accents."""
    two(sent)
    (found,) = propose(sent.db)
    assert (found.keep, found.other, found.why) == (1, 2, "same name and country")
    assert propose(sent.db, 2) == [found]
    assert propose(sent.db, 9) == []


def test_the_same_address_in_two_campaigns_is_proposed(sent: Sent) -> None:
    """And a first name alone is many people's."""
    sent.take_in(sent.mail("Name: Ana\nCountry: Togo\n", sender="ana@example.com"))
    sent.take_in(sent.mail("Hi?", sender="ANA@example.com", to="news@example.org"))
    sent.take_in(sent.mail("Name: Ana\nCountry: Togo\n", sender="other@example.com"))
    assert [(p.keep, p.other, p.why) for p in propose(sent.db)] == [(1, 2, "same address")]


def test_merging_moves_the_mails_and_fills_what_was_empty(sent: Sent) -> None:
    """What stood there stays; both histories tell; nothing of the other is left open."""
    two(sent)
    assign_followup(sent.db, sent.settings, 2, "amina", by="desk", now=sent.now)
    tag_followup(sent.db, sent.settings, 2, add=["school"], by="desk", now=sent.now)
    assert merge_followups(sent.db, sent.settings, 1, 2, by="amina", now=sent.now) == (2,)
    (line,) = list_followups(sent.db, Asked(), sent.now)
    assert (line.mails, line.name, line.email) == (2, "Jean Mbuyi", "jean@example.org")
    assert (line.assignee, line.tags) == ("amina", ("school",))
    gone = get_followup(sent.db, 2, sent.now)
    assert (gone.line.stage, gone.line.merged_into, gone.mails) == ("closed", 1, ())
    assert ("merged", "", "2") in [
        (c.field, c.old, c.new) for c in get_followup(sent.db, 1, sent.now).history
    ]
    assert propose(sent.db) == []


def test_further_mails_to_the_one_that_was_merged_come_to_the_other(sent: Sent) -> None:
    """Though it belongs to another campaign; and again after a second merging."""
    two(sent)
    merge_followups(sent.db, sent.settings, 1, 2, by="amina", now=sent.now)
    sent.take_in(sent.mail("More?", sender="jm@example.net", to="news@example.org"))
    assert get_followup(sent.db, 1, sent.now).line.mails == 3
    sent.take_in(sent.mail("Hi?", sender="jean2@example.net"))
    merge_followups(sent.db, sent.settings, 3, 1, by="amina", now=sent.now)
    sent.take_in(sent.mail("And more?", sender="jm@example.net", to="news@example.org"))
    assert get_followup(sent.db, 3, sent.now).line.mails == 5
    assert sent.all("SELECT merged_into FROM followups ORDER BY followup_id") == [
        (3,),
        (3,),
        (None,),
    ]


def test_what_was_merged_can_only_be_looked_at(sent: Sent) -> None:
    """Every act says where to do it."""
    two(sent)
    merge_followups(sent.db, sent.settings, 1, 2, by="amina", now=sent.now)
    with pytest.raises(IllegalMove, match="was merged into 1"):
        assign_followup(sent.db, sent.settings, 2, "amina", by="a", now=sent.now)
    with pytest.raises(IllegalMove, match="was merged into 1"):
        close_followup(sent.db, sent.settings, 2, CloseReason.SPAM, by="a", now=sent.now)
    with pytest.raises(IllegalMove, match="was merged into 1"):
        merge_followups(sent.db, sent.settings, 1, 2, by="a", now=sent.now)


def test_an_open_one_is_not_merged_into_one_that_is_done(sent: Sent) -> None:
    """The other way round it is; nor is one merged with itself, or with nothing."""
    two(sent)
    close_followup(sent.db, sent.settings, 1, CloseReason.NOT_NOW, by="a", now=sent.now)
    with pytest.raises(IllegalMove, match="the other way round"):
        merge_followups(sent.db, sent.settings, 1, 2, by="a", now=sent.now)
    with pytest.raises(InputError):
        merge_followups(sent.db, sent.settings, 2, 2, by="a", now=sent.now)
    with pytest.raises(NotFound):
        merge_followups(sent.db, sent.settings, 2, 9, by="a", now=sent.now)
    merge_followups(sent.db, sent.settings, 2, 1, by="a", now=sent.now)
    assert [line.followup_id for line in list_followups(sent.db, Asked(), sent.now)] == [2]


def test_a_mail_of_somebody_else_gets_its_own(sent: Sent) -> None:
    """Two people who share an address: the new one says what its mail says."""
    sent.take_in(sent.mail(VOLUNTEERS))
    sent.take_in(sent.mail("Name: Rose Kabila\nCountry: Chad\nI would like to help"))
    assert split_followup(sent.db, sent.settings, 1, [2], by="amina", now=sent.now) == 2
    new = get_followup(sent.db, 2, sent.now)
    assert (new.line.name, new.line.country, new.line.stage) == ("Rose Kabila", "TD", "new")
    assert [change.field for change in new.history] == ["stage", "split_from"]
    assert get_followup(sent.db, 1, sent.now).history[-1].field == "split_off"
    assert propose(sent.db) == []


def test_a_wrong_merge_is_undone_by_a_split(sent: Sent) -> None:
    """What the person writes then comes to their own, by whatever way; nobody reads another's."""
    sent.take_in(sent.mail("I would like to help"))
    sent.take_in(sent.mail("I'd help too", sender="amina@example.org", token=sent.token(12)))
    merge_followups(sent.db, sent.settings, 1, 2, by="a", now=sent.now)
    assert split_followup(sent.db, sent.settings, 1, [2], by="a", now=sent.now) == 3
    sent.take_in(sent.mail("When do we begin?", sender="amina@example.org", token=sent.token(12)))
    assert [len(get_followup(sent.db, n, sent.now).mails) for n in (1, 2, 3)] == [1, 0, 2]
    assert get_followup(sent.db, 2, sent.now).line.merged_into == 3


def test_a_split_leaves_something_on_both_sides(sent: Sent) -> None:
    """And takes only what is there."""
    sent.take_in(sent.mail(VOLUNTEERS))
    with pytest.raises(InputError, match="would leave"):
        split_followup(sent.db, sent.settings, 1, [1], by="a", now=sent.now)
    with pytest.raises(InputError, match="has the mails 1"):
        split_followup(sent.db, sent.settings, 1, [7], by="a", now=sent.now)
    assert sent.one("SELECT count(*) FROM followups") == (1,)


def test_two_people_of_one_name_are_proposed_no_more(sent: Sent) -> None:
    """Once somebody has said that they are two."""
    two(sent)
    keep_apart(sent.db, sent.settings, 2, 1, by="amina", now=sent.now)
    assert propose(sent.db) == []


def planned(sent: Sent, followup_id: int, place: str) -> int:
    """Plan a debate with the person of a follow-up, and give its number."""
    said = {"kind": "debate", "country": "TG", "place": place, "date": "2014-03-20"}
    done = add_gathering(
        sent.db, sent.settings, said, by="a", now=sent.now, followup_id=followup_id
    )
    return done.gathering.gathering_id


def owners(sent: Sent) -> list[tuple[object, ...]]:
    """Give whose the gatherings are, and where we write to."""
    return sent.all("SELECT followup_id, email FROM gatherings ORDER BY gathering_id")


def test_a_split_takes_along_what_is_plainly_theirs(sent: Sent) -> None:
    """A gathering that came by a wrong merge goes back; one of whoever is left stays."""
    two(sent)
    planned(sent, 1, "Lomé")
    planned(sent, 2, "Goma")
    merge_followups(sent.db, sent.settings, 1, 2, by="a", now=sent.now)
    assert [owner for owner, _ in owners(sent)] == [1, 1]
    new = split_followup(sent.db, sent.settings, 1, [2], by="a", now=sent.now)
    assert owners(sent) == [(1, "jean@example.org"), (new, "jm@example.net")]
    assert get_followup(sent.db, new, sent.now).line.stage == "gathering_planned"


def test_a_gathering_is_given_to_whoever_really_puts_it_on(sent: Sent) -> None:
    """Planned from their mail, in the follow-up of somebody else: the letters are theirs then."""
    two(sent)
    merge_followups(sent.db, sent.settings, 1, 2, by="a", now=sent.now)
    number = planned(sent, 1, "Goma")
    new = split_followup(sent.db, sent.settings, 1, [2], by="a", now=sent.now)
    assert owners(sent) == [(1, "jean@example.org")]
    sent.db.conn.execute("UPDATE gatherings SET public = 1")
    sent.db.conn.execute(
        "INSERT INTO supporters (supporter_id, email, consent, safety)"
        " VALUES (7, 'jm@example.net', 'granted', 'discreet')"
    )
    done = give_gathering(sent.db, sent.settings, number, new, by="a", now=sent.now)
    assert owners(sent) == [(new, "jm@example.net")]
    assert (done.talk_needed, done.gathering.known.public) == (True, False)


def test_a_gathering_is_given_to_nobody_with_whom_we_are_done(sent: Sent) -> None:
    """As none is planned with them."""
    two(sent)
    number = planned(sent, 1, "Lomé")
    close_followup(sent.db, sent.settings, 2, CloseReason.DECLINED, by="a", now=sent.now)
    with pytest.raises(IllegalMove, match="nothing is planned with them"):
        give_gathering(sent.db, sent.settings, number, 2, by="a", now=sent.now)
