"""Facts as people meet them: the commands, and what a planned campaign keeps of them."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from outreach.cli import main
from outreach.compose import Composer, FrozenMessage
from outreach.dispatch import campaigns
from outreach.errors import TemplateError
from outreach.facts.problems import Fault
from outreach.model import Message, Reader, Supporter
from outreach.settings import Settings
from outreach.workflow.actions import import_actions
from outreach.workflow.campaigns import create_campaign, plan_campaign
from outreach.workflow.preview import preview

DAY = date(2014, 2, 26)
SHEET = """
[[a.count]]
value = 2_300_000
true_on = 2014-02-26
source = "someone"
review_on = 2014-02-25

[case.x]
name = "Yorm Bopha"
names.ar = "يورم بوفا"
country = "KH"
status = "released"
[[case.x.outcomes]]
status = "released"
true_on = 2013-11-30
source = "someone"
approved_by = "Amina"
"""
PAGE = """{% extends "layouts/newsletter.html" %}
{% block subject %}{{ fact("a.count")|approx }}{% endblock %}
{% block preheader %}{{ tally("W4R", country=supporter.country)|number }}{% endblock %}
{% block content %}<p>{{ case("x") }}, {{ case("x").country|country }}: {{ case("x").status }}.
{% for line in tally("W4R", by="kind")[:2] %}{{ line }} {{ line.quantity|number }}. {% endfor %}</p>
{% endblock %}
"""


@pytest.fixture
def stating(db: Database, settings: Settings, tmp_path: Path, now: datetime) -> Settings:
    """A workspace with a message that states all that can be stated."""
    folder = settings.templates_dir / "m"
    folder.mkdir()
    (folder / "message.toml").write_text('title = "x"\ndefault_language = "en"\n')
    for language in ("en", "ar"):
        (folder / f"{language}.html").write_text(PAGE)
    (settings.templates_dir / "facts" / "some.toml").write_text(SHEET, encoding="utf-8")
    actions = tmp_path / "a.csv"
    actions.write_text(
        "campaign,country,kind,quantity\nW4R,TG,letters,22000\nW4R,PL,letters,216000\nW4R,,sms,7\n"
    )
    import_actions(db, actions, now=now)
    return settings


def _reader() -> Reader:
    return Reader(Supporter(7, "ada@example.org", country="TG"), "r" * 24, "u" * 24)


def _planned(db: Database, settings: Settings, now: datetime) -> None:
    create_campaign(db, settings, "c", template="m", segment="everyone", now=now)
    plan_campaign(db, settings, "c", day=DAY, now=now)


def _composed(db: Database, now: datetime) -> Message:
    campaign = campaigns.get(db, "c")
    frozen = FrozenMessage.thaw(campaigns.frozen_content(db, campaign))
    return Composer(frozen, date.fromisoformat(campaign.day)).compose(_reader(), now)


class TestCampaign:
    """What is stated is frozen with the message."""

    def test_says_the_same_years_later(
        self, db: Database, stating: Settings, tmp_path: Path, now: datetime
    ) -> None:
        """Whatever becomes of sheets, templates and actions."""
        _planned(db, stating, now)
        before = _composed(db, now)
        more = tmp_path / "b.csv"
        more.write_text("campaign,country,kind,quantity\nW4R,TG,fax,999\n")
        import_actions(db, more, now=now)
        (stating.templates_dir / "facts" / "some.toml").unlink()
        (stating.templates_dir / "m" / "en.html").write_text("gone")
        after = _composed(db, now)
        assert after.mime == before.mime
        assert (after.subject, after.preheader) == ("2.3 million", "22,000")
        assert "Yorm Bopha, Cambodia: released. letter 238,000. sms 7." in after.text

    def test_is_what_a_preview_shows(self, db: Database, stating: Settings, now: datetime) -> None:
        """A preview counts as planning would; names follow the language."""
        shown = preview(db, stating, "m", language="ar", day=DAY, now=now)
        assert "يورم بوفا" in shown.text
        assert shown.preheader == "0"

    def test_is_planned_with_what_is_doubtful_told(
        self, db: Database, stating: Settings, now: datetime
    ) -> None:
        """It stops nothing."""
        create_campaign(db, stating, "c", template="m", segment="everyone", now=now)
        planned = plan_campaign(db, stating, "c", day=DAY, now=now)
        assert [(doubt.key, doubt.fault) for doubt in planned.doubts] == [
            ("a.count", Fault.NOT_APPROVED),
            ("a.count", Fault.REVIEW_DUE),
        ]
        told = _run(stating, "campaigns", "plan", "c", "--day", "2014-02-26").output
        assert "Its message states what was true on 2014-02-26.\n" in told
        assert "facts that somebody should look at" in told
        assert "some.toml, line 2: a.count: it was to be looked at again by 2014-02-25." in told

    def test_that_counts_nothing_is_not_planned(
        self, db: Database, stating: Settings, now: datetime
    ) -> None:
        """A campaign that nobody acted for is most likely a slip."""
        page = stating.templates_dir / "m" / "en.html"
        page.write_text(page.read_text().replace('"W4R"', '"W4S"'))
        create_campaign(db, stating, "c", template="m", segment="everyone", now=now)
        with pytest.raises(TemplateError, match="did you mean 'w4r'") as caught:
            plan_campaign(db, stating, "c", day=DAY, now=now)
        assert (caught.value.file, caught.value.line) == ("templates/m/en.html", 3)


def test_a_message_without_tallies_is_frozen_as_before() -> None:
    """Campaigns that were planned before there were tallies keep their hash."""
    content = (
        '{"files":{},"letterhead":{"organisation":"o","postal_address":"p","public_url":"u",'
        '"reply_to":"r","sender":{"email":"e","name":"n"}},"name":"m"}'
    )
    assert FrozenMessage.thaw(content).content == content


def _run(settings: Settings, *words: str) -> Result:
    folder = str(settings.templates_dir.parent)
    return CliRunner().invoke(main, [*words, "--workspace", folder])


class TestCommands:
    """`outreach facts`."""

    def test_list_says_what_a_message_of_that_day_would_state(self, stating: Settings) -> None:
        """And nothing that was not true yet."""
        listed = json.loads(_run(stating, "facts", "list", "--day", "2013-12-20", "--json").output)
        stated = {row["key"]: row["value"] for row in listed}
        assert stated["w4r-2013.actions"] == 700_000
        assert stated["case.x"] == "released"
        assert "a.count" not in stated
        assert "700,000" in _run(stating, "facts", "list", "--day", "2013-12-20").output

    def test_show_gives_all_that_was_stated(self, stating: Settings) -> None:
        """Figures oldest first; a case with or without its prefix."""
        shown = json.loads(_run(stating, "facts", "show", "w4r-2013.actions", "--json").output)
        values = [figure["value"] for figure in shown["figures"]]
        assert values == [700_000, 1_400_000, 2_300_000]
        assert _run(stating, "facts", "show", "w4r-2013.actions").output.count("approved by") == 3
        case = json.loads(_run(stating, "facts", "show", "case.x", "--json").output)
        assert (case["name"], case["outcomes"][0]["true_on"]) == ("Yorm Bopha", "2013-11-30")
        assert "Yorm Bopha, a person in KH: released" in _run(stating, "facts", "show", "x").output

    def test_show_of_an_unknown_key_gives_the_nearest(self, stating: Settings) -> None:
        """A slip is told."""
        failed = _run(stating, "facts", "show", "w4r-2013.action")
        assert failed.exit_code not in (0, 1)
        assert "did you mean 'w4r-2013.actions'" in failed.output

    def test_check_exits_with_1_when_it_found_something(self, stating: Settings) -> None:
        """With file and line, for people and for programs."""
        checked = _run(stating, "facts", "check")
        assert checked.exit_code == 1
        assert "templates/facts/some.toml, line 2: a.count: nobody has approved" in checked.output
        found = json.loads(_run(stating, "facts", "check", "--json").output)
        assert [row["fault"] for row in found] == ["not_approved", "review_due"]

    def test_check_of_the_shipped_sheets_finds_nothing(self, settings: Settings) -> None:
        """A new workspace starts clean."""
        checked = _run(settings, "facts", "check")
        assert (checked.exit_code, checked.output) == (0, "Nothing to report.\n")

    def test_a_broken_sheet_is_told_with_its_line(self, stating: Settings) -> None:
        """By every command that reads it."""
        sheet = stating.templates_dir / "facts" / "some.toml"
        sheet.write_text("[[a.b]]\nvalue = 1\n", encoding="utf-8")
        for command in (["list"], ["check"], ["show", "a.b"]):
            failed = _run(stating, "facts", *command)
            assert failed.exit_code not in (0, 1)
            assert "templates/facts/some.toml, line 1: a.b: a fact needs true_on" in failed.output
