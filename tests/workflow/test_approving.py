"""Approvals: somebody has looked, at this very content, and for many people somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import letters as made
import pytest
from campaigning import PAGE, Desk
from operating import edit

from outreach.compose.lint import Severity
from outreach.dispatch import approvals, campaigns
from outreach.dispatch.approvals import standing
from outreach.errors import IllegalMove, InputError
from outreach.names import same_person
from outreach.settings import Approval
from outreach.workflow.campaigns import plan_campaign
from outreach.workflow.dispatching import refuse_unapproved
from outreach.workflow.showing import show_campaign

SHEET = """
[[letters]]
value = 2000000
true_on = 2014-01-31
source = "the count"
review_on = 2014-02-01
"""


def _standing(desk: Desk) -> list[str]:
    campaign = campaigns.get(desk.db, "spring")
    return [approval.by for approval in approvals.standing(desk.db, campaign)]


def _voided(desk: Desk) -> list[str]:
    campaign = campaigns.get(desk.db, "spring")
    return [approval.voided_why for approval in approvals.list_of(desk.db, campaign)]


def test_it_takes_a_test_of_the_same_content(desk: Desk) -> None:
    """The refusal names the command; a test of something else is none."""
    with pytest.raises(IllegalMove, match="outreach campaigns test spring"):
        desk.approve()
    desk.test()
    page = desk.settings.templates_dir / "hello" / "en.html"
    edit(page, {"two million": "three million"})
    desk.plan()
    with pytest.raises(IllegalMove, match="sent a test"):
        desk.approve()
    desk.test()
    assert desk.approve().people == 23
    assert _standing(desk) == ["Noor"]


@pytest.mark.parametrize(("says_the_day", "enough"), [(False, True), (True, False)])
def test_a_test_of_another_day_counts_if_it_said_the_same(
    desk: Desk, says_the_day: bool, enough: bool
) -> None:
    """What a message states may hang on the day."""
    if says_the_day:
        page = desk.settings.templates_dir / "hello" / "en.html"
        edit(page, {"wrote.": "wrote by {{ day | date }}."})
        desk.plan()
    desk.test()
    tomorrow = made.START.date() + timedelta(days=1)
    plan_campaign(desk.db, desk.settings, "spring", day=tomorrow, now=desk.clock())
    if enough:
        assert desk.approve().people == 23
    else:
        with pytest.raises(IllegalMove, match="sent a test"):
            desk.approve()


@pytest.mark.parametrize("by", ["", "  ", "\t"])
def test_somebody_stands_for_it_by_name(desk: Desk, by: str) -> None:
    """Nobody is nobody."""
    desk.test()
    with pytest.raises(InputError, match="by name"):
        desk.approve(by=by)


@pytest.mark.parametrize("by", ["Maria", " maria ", "MARIA"])
def test_for_many_the_author_is_not_enough(desk: Desk, by: str) -> None:
    """However she writes her name; for few she is."""
    desk.test()
    assert desk.approve(by=by).people == 23
    desk.plan()
    desk.settings = replace(desk.settings, approval=Approval(second_person_over=22))
    with pytest.raises(IllegalMove, match="made spring, and for more than 22 people"):
        desk.approve(by=by)
    assert desk.approve(by="Noor").people == 23


def test_a_login_may_be_that_of_many(desk: Desk) -> None:
    """So it takes two, and whoever's login it is by name is no second person."""
    desk.settings = replace(desk.settings, approval=Approval(second_person_over=22))
    desk.create("old", by="login maria")
    desk.plan("old")
    desk.test("old")
    with pytest.raises(IllegalMove, match="somebody else must"):
        desk.approve("old", by="Maria")
    assert desk.approve("old", by="Noor").second_needed
    assert not desk.approve("old", by="Sam").second_needed


def test_where_nobody_knows_the_author_it_takes_two(desk: Desk) -> None:
    """One of them is then somebody else; the same person twice is one."""
    desk.settings = replace(desk.settings, approval=Approval(second_person_over=22))
    desk.create("old", by="")
    desk.plan("old")
    desk.test("old")
    for by in ("Maria", " MARIA"):
        assert desk.approve("old", by=by).second_needed
        assert standing(desk.db, campaigns.get(desk.db, "old")) == []
    done = desk.approve("old", by="Noor")
    assert (done.author_unknown, done.second_needed) == (True, False)
    assert [approval.by for approval in standing(desk.db, campaigns.get(desk.db, "old"))] == [
        "Noor"
    ]
    assert desk.approve("old", by="Noor").already
    # for another plan it takes two again
    desk.plan("old")
    assert desk.approve("old", by="Noor").second_needed


def test_whoever_planned_it_last_is_an_author_too(desk: Desk) -> None:
    """They decided what it says."""
    desk.settings = replace(desk.settings, approval=Approval(second_person_over=22))
    now, day = desk.clock(), made.START.date()
    plan_campaign(desk.db, desk.settings, "spring", day=day, by="Noor", now=now)
    desk.test()
    for author in ("Noor", "Maria"):
        with pytest.raises(IllegalMove, match="somebody else must approve it"):
            desk.approve(by=author)
    assert not desk.approve(by="Ines").second_needed


def test_names_are_compared_as_people_write_them() -> None:
    """Not as bytes."""
    assert same_person(" Strauß  Maria", "STRAUSS MARIA")
    assert not same_person("Maria", "Mario")


def test_a_message_with_an_error_is_not_approved(desk: Desk) -> None:
    """The first is named, with its place."""
    page = desk.settings.templates_dir / "hello" / "en.html"
    edit(page, {"two million people": '<a href="htp:/x">two million people</a>'})
    desk.plan()
    desk.test()
    with pytest.raises(IllegalMove, match=r"hello/en\.html") as refused:
        desk.approve()
    assert "outreach templates check hello --day 2014-02-26" in str(refused.value)


def test_doubtful_facts_need_a_word_of_their_own(desk: Desk) -> None:
    """Which is kept in the history."""
    (desk.settings.templates_dir / "facts" / "own.toml").write_text(SHEET, "utf-8")
    page = desk.settings.templates_dir / "hello" / "en.html"
    edit(page, {"two million": "{{ fact('letters') | approx }}"})
    desk.plan()
    desk.test()
    with pytest.raises(IllegalMove, match="doubtful"):
        desk.approve(despite_doubts="  ")
    done = desk.approve(despite_doubts="counted again by hand")
    assert all(found.severity is Severity.WARNING for found in done.warnings)
    assert any("letters" in found.what for found in done.warnings)
    last = campaigns.history(desk.db, campaigns.get(desk.db, "spring"))[-1]
    assert (last.by, last.what) == ("Noor", "approved")
    assert last.detail.endswith("despite doubts: counted again by hand")


def test_twice_by_one_person_is_once(desk: Desk) -> None:
    """By two it is two."""
    desk.test()
    assert not desk.approve().already
    assert desk.approve(by="noor ").already
    assert not desk.approve(by="Ada").already
    assert _standing(desk) == ["Noor", "Ada"]


def test_planning_again_ends_it_and_says_why(desk: Desk) -> None:
    """Other content, another audience, or neither."""
    desk.test()
    whys = []
    for change in ("nothing", "people", "content"):
        desk.approve()
        if change == "people":
            made.add_people(desk.db, [30])
        if change == "content":
            page = desk.settings.templates_dir / "hello" / "en.html"
            page.write_text(PAGE.replace("two", "three"), "utf-8")
        whys.append(desk.plan().approval_voided)
        assert _standing(desk) == []
    assert whys == [
        "planned again",
        "planned again with another audience",
        "planned again with other content",
    ]
    assert _voided(desk) == whys
    assert desk.plan().approval_voided == ""


def test_an_approval_stands_for_one_plan_only(desk: Desk) -> None:
    """Even one that nobody voided, as in a row written by hand."""
    desk.test()
    desk.approve()
    desk.db.conn.execute("UPDATE campaigns SET planned_at = '2014-02-26T10:00:00Z'")
    assert _standing(desk) == []


def test_it_is_of_the_plan_that_was_looked_at(desk: Desk) -> None:
    """Another plan is refused, also one of the same second, content and number of people."""
    desk.test()
    seen = [show_campaign(desk.db, "spring").plan]
    for _ in range(2):
        desk.plan()
        seen.append(show_campaign(desk.db, "spring").plan)
    for older in seen[:-1]:
        with pytest.raises(IllegalMove, match="planned anew since you looked"):
            desk.approve(seen=older)
    assert _standing(desk) == []
    desk.approve(seen=seen[-1])
    assert _standing(desk) == ["Noor"]
    desk.create("draft")
    assert show_campaign(desk.db, "draft").plan == ""


def test_what_is_not_planned_or_all_sent_is_not_approved(desk: Desk) -> None:
    """There is nothing to stand for."""
    desk.create("draft")
    with pytest.raises(IllegalMove, match="outreach campaigns plan draft"):
        desk.approve("draft")
    desk.db.conn.execute("UPDATE deliveries SET state = 'cancelled' WHERE state = 'planned'")
    with pytest.raises(IllegalMove, match="left to send"):
        desk.approve()


def test_by_hand_only_a_small_campaign_leaves_unapproved(desk: Desk) -> None:
    """The outbox sends nothing, and asks nobody."""
    desk.settings = replace(desk.settings, approval=Approval(over=22))
    refuse_unapproved(desk.db, desk.settings, "spring")
    delivery = replace(desk.settings.delivery, transport="smtp")
    sending = replace(desk.settings, delivery=delivery)
    with pytest.raises(IllegalMove, match="23 people, and nobody has approved it"):
        refuse_unapproved(desk.db, sending, "spring")
    desk.test()
    desk.approve()
    refuse_unapproved(desk.db, sending, "spring")
    desk.plan()
    sending = replace(sending, approval=Approval(over=23))
    refuse_unapproved(desk.db, sending, "spring")
