"""Actions added up for a message: what is counted, and what a template gets of it."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlite_utils import Database

from outreach.errors import TemplateError
from outreach.facts import counting
from outreach.facts.tally import Ask, Tallies, as_data, from_data

DAY = date(2014, 2, 26)
CAMPAIGN = "write-for-rights-2013"
#: case, country, kind, quantity, day
ACTIONS = [
    ("yorm-bopha", "PL", "letter", 216_000, "2013-12-15"),
    ("yorm-bopha", "PL", "sms", 1_000, "2013-12-15"),
    ("", "CD", "letter", 1_800, "2014-01-10"),
    ("", "TG", "petition_signature", 22_000, ""),
    ("", "", "letter", 5, "2014-02-26"),
    ("", "PL", "letter", 7, "2014-02-27"),
]


@pytest.fixture
def acted(db: Database) -> Database:
    """A database with actions of two campaigns."""
    db.conn.executemany(
        "INSERT INTO actions (campaign, case_key, country, kind, quantity, done_on, row_key)"
        f" VALUES ('{CAMPAIGN}', ?, ?, ?, ?, ?, ?)",
        [(*action, bytes([n])) for n, action in enumerate(ACTIONS)],
    )
    db.conn.execute(
        "INSERT INTO actions (campaign, kind, quantity, row_key)"
        " VALUES ('w4r-2012', 'fax', 9, x'ff')"
    )
    return db


def _counted(db: Database, *by: str, day: date = DAY) -> Tallies:
    return Tallies(counting.count(db, [Ask(CAMPAIGN, by)], day))


class TestCounting:
    """What is counted when a campaign is planned."""

    def test_is_what_was_done_by_the_day(self, acted: Database) -> None:
        """What has no day was done at some time, and counts."""
        assert _counted(acted).tally(CAMPAIGN) == 240_805
        assert _counted(acted, day=date(2014, 2, 27)).tally(CAMPAIGN) == 240_812
        assert _counted(acted, day=date(2013, 12, 14)).tally(CAMPAIGN) == 22_000

    def test_is_only_what_is_asked_for(self, acted: Database) -> None:
        """A frozen message holds no numbers that it does not use."""
        (tally,) = counting.count(acted, [Ask(CAMPAIGN, ("kind",))] * 2, DAY)
        assert dict(tally.counts) == {
            ("letter",): 217_805,
            ("sms",): 1_000,
            ("petition_signature",): 22_000,
        }

    def test_of_a_campaign_without_actions_is_an_error(self, acted: Database) -> None:
        """A slip in the name must not tell a million people that nothing was done."""
        with pytest.raises(TemplateError, match="did you mean 'write-for-rights-2013'") as caught:
            counting.count(acted, [Ask("write-for-rigths-2013", (), "templates/m/en.html", 4)], DAY)
        assert (caught.value.file, caught.value.line) == ("templates/m/en.html", 4)
        with pytest.raises(TemplateError, match="by 2001-01-01 there are no actions"):
            counting.count(acted, [Ask("w4r-2011", ())], date(2001, 1, 1))

    def test_of_none_is_no_error_where_the_message_says_what_then(self, acted: Database) -> None:
        """A shipped message tells of counts that a new workspace hasn't got."""
        ask = Ask("w4r-2011", ("country",), may_be_none=True)
        tallies = Tallies(counting.count(acted, [ask], DAY))
        assert tallies.tally("w4r-2011", country="PL", default=0) == 0
        assert tallies.tally("w4r-2011", by="country", default=()) == ()
        assert Tallies(()).tally("w4r-2011", default=0) == 0


class TestTally:
    """What a template gets."""

    def test_is_the_number_that_fits(self, acted: Database) -> None:
        """For one value of a dimension, or several; written as people write them."""
        assert _counted(acted, "kind").tally("Write for Rights 2013", kind="letter") == 217_805
        assert _counted(acted, "country").tally(CAMPAIGN, country="PL") == 217_000
        assert _counted(acted, "country").tally(CAMPAIGN, country="Poland") == 217_000
        assert _counted(acted, "case").tally(CAMPAIGN, case="Yorm Bopha") == 217_000
        assert _counted(acted, "year").tally(CAMPAIGN, year=2014) == 1_805
        both = _counted(acted, "kind", "country")
        assert both.tally(CAMPAIGN, country="PL", kind="letter") == 216_000
        assert both.tally(CAMPAIGN, country="FR", kind="letter") == 0

    @pytest.mark.parametrize("unknown", ["", None, " "])
    def test_of_nothing_known_is_nought(self, acted: Database, unknown: str | None) -> None:
        """A reader without a country isn't told of all actions without one."""
        assert _counted(acted, "country").tally(CAMPAIGN, country=unknown) == 0

    def test_counts_where_there_is_something_to_count(self, acted: Database) -> None:
        """What it would be without any actions then doesn't matter."""
        tallies = _counted(acted, "country")
        assert tallies.tally(CAMPAIGN, country="TG", default=7) == 22_000
        assert tallies.tally(CAMPAIGN, country="FR", default=7) == 0

    def test_by_a_dimension_is_a_line_for_each_value(self, acted: Database) -> None:
        """The most first; what is not known is left out."""
        lines = _counted(acted, "country").tally(CAMPAIGN, by="country")
        assert isinstance(lines, tuple)
        assert [(str(line), line.quantity) for line in lines] == [
            ("PL", 217_000),
            ("TG", 22_000),
            ("CD", 1_800),
        ]
        tallies = _counted(acted, "kind", "country")
        letters = tallies.tally(CAMPAIGN, by="country", kind="letter")
        assert isinstance(letters, tuple)
        assert [line.value for line in letters] == ["PL", "CD"]
        assert tallies.tally(CAMPAIGN, by="country", kind="letter") is letters

    def test_that_was_not_counted_is_an_error(self, acted: Database) -> None:
        """Rather than a nought."""
        with pytest.raises(TemplateError, match="not counted by kind"):
            _counted(acted).tally(CAMPAIGN, kind="letter")
        with pytest.raises(TemplateError, match="not counted"):
            _counted(acted).tally("other")

    @pytest.mark.parametrize(
        ("by", "value", "problem"),
        [("kind", "leter", "did you mean 'letter'"), ("country", "Atlantis", "no country")],
    )
    def test_of_what_can_not_be_is_an_error(
        self, acted: Database, by: str, value: str, problem: str
    ) -> None:
        """A slip of the pen is told."""
        with pytest.raises(TemplateError, match=problem):
            _counted(acted, by).tally(CAMPAIGN, **{by: value})


def test_tallies_are_the_same_after_json(acted: Database) -> None:
    """As plain data they can be kept for years; the same counts always give the same text."""
    asks = [Ask(CAMPAIGN, by) for by in ((), ("kind", "country"), ("year",))]
    tallies = counting.count(acted, asks, DAY)
    text = json.dumps(as_data(tallies))
    assert from_data(json.loads(text)) == tallies
    assert json.dumps(as_data(counting.count(acted, reversed(asks), DAY))) == text
