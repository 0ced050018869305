"""Who gets what: by hand, by team, or in turn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from answering import Sent

from outreach.errors import InputError, NotFound, SettingsError
from outreach.followups import staff
from outreach.followups.view import Asked, list_followups
from outreach.settings import Followups, Member, Settings, load
from outreach.workflow.followups import assign_followup, share_followups

TEAM = (
    Member("Amina", "amina@outreach.example.org", countries="CD TG"),
    Member("Joost", "joost@outreach.example.org", languages="nl en"),
    Member("Li", "li@outreach.example.org", languages="en"),
    Member("Sam", "sam@outreach.example.org"),
)


def staffed(sent: Sent, assignment: str = "by_hand") -> Settings:
    """Settings with four people."""
    return replace(sent.settings, staff=TEAM, followups=Followups(assignment=assignment))


def write(
    sent: Sent, number: int, text: str = "How many people must come, and where do we meet?"
) -> None:
    """Let somebody write."""
    sent.take_in(sent.mail(text, sender=f"p{number}@example.com", to="news@example.org"))


def assignees(sent: Sent) -> list[object]:
    """Who has what."""
    return [row[0] for row in sent.all("SELECT assignee FROM followups ORDER BY followup_id")]


def test_a_name_is_found_however_it_is_written(sent: Sent) -> None:
    """And stands in the history as the settings have it."""
    settings = staffed(sent)
    write(sent, 1)
    for who in (" amina ", "AMINA", "Amina@Outreach.example.org"):
        assert staff.called(settings, who) == "Amina"
    assert assign_followup(sent.db, settings, 1, "AMINA", by="joost", now=sent.now)
    assert assignees(sent) == ["Amina"]
    assert sent.all("SELECT changed_by FROM followup_history WHERE field = 'assignee'") == [
        ("Joost",)
    ]


@pytest.mark.parametrize("who", ["mail", "Rule", " outreach "])
def test_nobody_acts_as_the_machine(sent: Sent, who: str) -> None:
    """What it writes down gives way to later mails; what people decide doesn't."""
    with pytest.raises(InputError, match="another name"):
        staff.called(sent.settings, who)


def test_somebody_unknown_gets_nothing(sent: Sent) -> None:
    """The nearest name is named; nothing is changed."""
    write(sent, 1)
    with pytest.raises(NotFound, match="did you mean 'Amina'"):
        assign_followup(sent.db, staffed(sent), 1, "Amnia", by="joost", now=sent.now)
    assert assignees(sent) == [""]


def test_whoever_acts_need_not_be_of_the_staff(sent: Sent) -> None:
    """A script has a name too, but no control characters."""
    write(sent, 1)
    assign_followup(sent.db, staffed(sent), 1, "Sam", by="crontab", now=sent.now)
    with pytest.raises(InputError):
        assign_followup(sent.db, staffed(sent), 1, "Li", by="a\x1b[2J", now=sent.now)


def test_a_team_is_its_countrys_then_its_languages_then_anybodys(sent: Sent) -> None:
    """A language nobody told is that of the country."""
    settings = staffed(sent)

    def team(country: str, language: str) -> list[str]:
        return [member.name for member in staff.team_of(settings, country, language)]

    assert team("CD", "en") == ["Amina"]
    assert team("US", "en-GB") == ["Joost", "Li"]
    assert team("NL", "") == ["Joost"]
    assert team("FR", "fr") == ["Sam"]
    assert team("", "") == ["Sam"]


def test_new_ones_go_to_their_team_in_turn(sent: Sent) -> None:
    """Whoever was given something longest ago is next, also where it was given by hand."""
    sent.settings = staffed(sent, "team")
    for number in range(3):
        write(sent, number)
    assert assignees(sent) == ["Joost", "Li", "Joost"]
    assign_followup(sent.db, sent.settings, 3, "Li", by="Sam", now=sent.now)
    write(sent, 3)
    assert assignees(sent)[3] == "Joost"
    assert sent.all(
        "SELECT DISTINCT changed_by FROM followup_history WHERE field = 'assignee'"
    ) == [("rule",), ("Sam",)]


def test_new_ones_go_to_everybody_in_turn(sent: Sent) -> None:
    """Whatever their team."""
    sent.settings = staffed(sent, "in_turn")
    for number in range(5):
        write(sent, number)
    assert assignees(sent) == ["Amina", "Joost", "Li", "Sam", "Amina"]


def test_what_is_nobodys_is_shared_out_on_request(sent: Sent) -> None:
    """Twice changes nothing more; without staff it says what to do."""
    for number in range(3):
        write(sent, number)
    with pytest.raises(NotFound, match=r"\[\[staff\]\]"):
        share_followups(sent.db, sent.settings, by="Sam", now=sent.now)
    given = share_followups(sent.db, staffed(sent), by="Sam", now=sent.now)
    assert [one.who for one in given] == ["Joost", "Li", "Joost"]
    assert share_followups(sent.db, staffed(sent), by="Sam", now=sent.now) == []
    assert [line.assignee for line in list_followups(sent.db, Asked(), sent.now)] == [
        "Joost",
        "Li",
        "Joost",
    ]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('[[staff]]\nname = "A"\n[[staff]]\nname = "a"', "same name"),
        ('[[staff]]\ncountries = "Togo"', "codes of countries"),
        ('[[staff]]\nlanguages = "French"', "codes of languages"),
        ('[[staff]]\nemail = "nobody"', "address"),
        ('[followups]\nworking_hours = "22:00-06:00"', "hours of one day"),
        ('[followups]\nweekends = "NP=Saturday"', "NP=sat"),
        ('[followups]\ndigest = "7 am"', "time of day"),
        ('[followups]\nassignment = "lottery"', "by_hand"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings: Settings, lines: str, problem: str) -> None:
    """With the file's name and what it must be."""
    path = settings.root / "outreach.toml"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(SettingsError, match=problem):
        load(settings.root, environment={})
