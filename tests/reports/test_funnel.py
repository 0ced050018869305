"""The funnel: from the audience to the letters, by country, language, arm and week."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from sqlite_utils import Database

from outreach.cli import main
from outreach.errors import NotFound
from outreach.reports import cells, charts
from outreach.reports.figures import UNNAMED, report
from outreach.reports.funnel import STEPS, Dimension, Funnel, funnel
from outreach.reports.page import page
from outreach.settings import Settings

NOW = datetime(2014, 3, 20, 9, tzinfo=UTC)


@pytest.fixture
def world(db: Database) -> Database:
    """Two campaigns; of `spring` eight people in Congo, Togo and Belarus, six volunteers.

    1 and 2 (CD) were answered after 3 and 5 hours, 1 confirmed and held a debate; 3 and 4 (TG) and
    5 (BY) wait, 8 is a friend without a message who waits too.
    """
    db.conn.executescript(
        """
        INSERT INTO campaigns (campaign_id, name, template, segment, created_at, planned_at)
            VALUES (1, 'spring', 't', 's', '', '2014-02-26T09:00:00Z'),
                   (2, '<script>alert(1)</script>', 't', 's', '', '2014-03-05T09:00:00Z');
        INSERT INTO provider_bodies
            (body_id, body_key, provider, source, signed, received_at, raw)
            VALUES (1, x'01', 'sendgrid', 'f', 0, '', x'');
        """
    )
    people = ["CD", "CD", "TG", "TG", "BY", "CD", "TG", "CD"]
    for number, country in enumerate(people, 1):
        db.conn.execute(
            "INSERT INTO supporters (supporter_id, email, country) VALUES (?, ?, ?)",
            [number, f"p{number}@example.org", country],
        )
        if number < 8:
            db.conn.execute(
                "INSERT INTO deliveries (delivery_id, campaign_id, supporter_id, state, language,"
                " changed_at) VALUES (?, 1, ?, ?, ?, '2014-02-26T10:00:00Z')",
                [number, number, "refused" if number == 7 else "accepted",
                 "fr" if number % 2 else "en"],
            )  # fmt: skip
    for number in (1, 2, 3, 4, 5, 8):
        delivery = None if number == 8 else number
        db.conn.execute(
            "INSERT INTO inbound (inbound_id, dedupe_key, source, received_at, raw)"
            " VALUES (?, ?, 'f', ?, x'')",
            [number, bytes([number]), f"2014-03-0{number}T09:00:00Z"],
        )
        db.conn.execute(
            "INSERT INTO replies (inbound_id, kind, certainty, campaign_id, delivery_id,"
            " supporter_id, from_address, understood_at)"
            " VALUES (?, 'volunteer', 1, 1, ?, ?, ?, '')",
            [number, delivery, number, f"p{number}@example.org"],
        )
        db.conn.execute(
            "INSERT INTO followups (followup_id, campaign_id, delivery_id, supporter_id, country,"
            " stage, opened_at, waiting_since) VALUES (?, 1, ?, ?, ?, 'new', ?, ?)",
            [number, delivery, number, people[number - 1], f"2014-03-0{number}T09:00:00Z",
             "" if number < 3 else f"2014-03-0{number}T09:00:00Z"],
        )  # fmt: skip
        db.conn.execute("INSERT INTO followup_replies VALUES (?, ?)", [number, number])
    moves = [(1, "12:00", "new", "contacted"), (1, "15:00", "contacted", "confirmed"),
             (2, "14:00", "new", "info_sent")]  # fmt: skip
    for followup_id, hour, old, new in moves:
        db.conn.execute(
            "INSERT INTO followup_history (followup_id, changed_at, changed_by, field, old, new)"
            " VALUES (?, ?, 'amina', 'stage', ?, ?)",
            [followup_id, f"2014-03-0{followup_id}T{hour}:00Z", old, new],
        )
    db.conn.executescript(
        """
        INSERT INTO gatherings (gathering_id, followup_id, country, held_on, kind, state, campaign)
            VALUES (1, 1, 'CD', '2014-03-15', 'debate', 'held', 'w4r'),
                   (2, 1, 'CD', '2014-03-16', 'debate', 'cancelled', 'w4r'),
                   (3, NULL, 'BJ', '2014-03-17', 'concert', 'held', 'w4r');
        INSERT INTO gathering_results (result_id, gathering_id, state, events, reported_by,
                                       reported_at)
            VALUES (1, 1, 'superseded', NULL, 'j', ''), (2, 1, 'checked', 2, 'j', ''),
                   (3, 2, 'checked', NULL, 'j', ''), (4, 3, 'reported', NULL, 'j', '');
        INSERT INTO gathering_counts VALUES (1, 'letter', '', 999), (2, 'letter', '', 300),
            (2, 'letter', 'yorm-bopha', 50), (2, 'petition_signature', '', 20),
            (3, 'letter', '', 1000), (4, 'letter', '', 5000);
        """
    )
    return db


def counted(world: Database, *names: str, **more: object) -> Funnel:
    """Count the funnel."""
    return funnel(world, names or ("spring",), NOW, **more)  # type: ignore[arg-type]


def test_every_step_is_counted(world: Database) -> None:
    """Only what was checked of what was held; unknown is not nought."""
    total = counted(world).total
    assert (total.audience, total.accepted, total.delivered) == (7, 6, None)
    assert (total.replied, total.volunteered) == (6, 6)
    assert (total.contacted, total.median_hours, total.confirmed) == (2, 4.0, 1)
    assert (total.held, total.letters, total.collected) == (2, 350, 370)
    assert (total.waiting, total.longest_wait_hours) == (4, 17 * 24)


def test_without_a_name_all_is_counted_also_what_answers_no_campaign(world: Database) -> None:
    """The concert in Benin belongs to no follow-up."""
    total = funnel(world, (), NOW).total
    assert (total.audience, total.held, total.letters) == (7, 3, 350)


def test_what_arrived_is_known_where_a_provider_tells(world: Database) -> None:
    """Each letter once, however often it tells."""
    for key, delivery in (("a", 1), ("b", 1), ("c", 2)):
        world.conn.execute(
            "INSERT INTO provider_events (event_key, body_id, provider, kind, delivery_id,"
            " occurred_at) VALUES (?, 1, 'sendgrid', 'delivered', ?, '2014-02-26T11:00:00Z')",
            [key, delivery],
        )
    assert counted(world).total.delivered == 2


@pytest.mark.parametrize("dimension", list(Dimension))
def test_the_parts_add_up_to_the_whole(world: Database, dimension: Dimension) -> None:
    """By whatever they are counted."""
    found = counted(world)
    for step in STEPS:
        numbers = [getattr(row, step) for row in found.parts[dimension]]
        assert sum(n or 0 for n in numbers) == (getattr(found.total, step) or 0), step


def test_countries_languages_and_weeks_are_those_of_what_happened(world: Database) -> None:
    """A gathering's country is its own, its language that of the message that led to it."""
    found = counted(world)
    countries = {row.key: row for row in found.parts[Dimension.COUNTRY]}
    assert (countries["CD"].audience, countries["CD"].volunteered, countries["CD"].held) == (
        3,
        3,
        2,
    )
    languages = {row.key: row for row in found.parts[Dimension.LANGUAGE]}
    assert (languages["fr"].letters, languages["(none)"].volunteered) == (350, 1)
    weeks = {row.key: row for row in found.parts[Dimension.WEEK]}
    assert (weeks["2014-W09"].accepted, weeks["2014-W11"].letters) == (6, 350)
    assert [row.key for row in found.parts[Dimension.ARM]] == [""]


def test_arms_are_told_apart_where_deliveries_have_them(world: Database) -> None:
    """The column may come later."""
    if not cells.has_arms(world):
        world.conn.execute("ALTER TABLE deliveries ADD COLUMN arm TEXT NOT NULL DEFAULT ''")
    world.conn.execute("UPDATE deliveries SET arm = iif(delivery_id < 4, 'short', 'long')")
    arms = {row.key: row.audience for row in counted(world).parts[Dimension.ARM]}
    assert arms == {"long": 4, "short": 3, "": 0}


def test_what_silence_costs_is_told(world: Database) -> None:
    """By how long they have waited."""
    silence = counted(world).silence
    assert (silence.waiting, silence.longest_hours) == ((0, 0, 0, 4), 408.0)


def test_few_people_of_a_dangerous_country_are_not_named(world: Database) -> None:
    """Neither in the funnel nor in the campaign's own figures; nobody is lost."""
    found = counted(world, dangers=frozenset({"BY"}), least=5)
    rows = found.parts[Dimension.COUNTRY]
    assert [row.key for row in rows] == ["CD", "TG", UNNAMED]
    assert sum(row.audience for row in rows) == found.total.audience
    figures = report(world, "spring", frozenset({"BY"}), 5)
    assert [part.code for part in figures.countries] == ["CD", "TG", UNNAMED]
    many = counted(world, dangers=frozenset({"CD"}), least=1).parts[Dimension.COUNTRY]
    assert "CD" in {row.key for row in many}


def test_a_language_that_stands_for_a_dangerous_country_is_not_named(world: Database) -> None:
    """One who reads Belarusian lives in Belarus; one more who reads English may live anywhere."""
    world.execute("UPDATE deliveries SET language = 'be' WHERE delivery_id = 5")
    rows = counted(world, dangers=frozenset({"BY"}), least=5).parts[Dimension.LANGUAGE]
    assert "be" not in {row.key for row in rows}
    assert {"en", "fr", UNNAMED} <= {row.key for row in rows}
    languages = report(world, "spring", frozenset({"BY"}), 5).languages
    assert "be" not in {part.code for part in languages}
    assert {"en", "fr", UNNAMED} <= {part.code for part in languages}


def test_what_was_done_before_a_merge_stays_counted(world: Database) -> None:
    """The answer and the yes were the same person's."""
    before = counted(world).total
    (kept,) = world.execute("SELECT max(followup_id) FROM followups").fetchone()
    world.execute("UPDATE followup_replies SET followup_id = ? WHERE followup_id = 1", [kept])
    world.execute(
        "UPDATE followups SET stage = 'closed', merged_into = ? WHERE followup_id = 1", [kept]
    )
    after = counted(world).total
    assert (after.contacted, after.confirmed) == (before.contacted, before.confirmed)


def test_an_unknown_campaign_is_not_found(world: Database) -> None:
    """Rather than reported as empty."""
    with pytest.raises(NotFound):
        counted(world, "spring", "autumn")


def test_every_query_finds_its_rows_by_an_index(world: Database) -> None:
    """A campaign among many costs what it costs alone."""
    for sql in (cells._DELIVERIES, *cells.QUERIES.values()):
        asked = {"campaigns": "[1]", "now": "2014-03-20T09:00:00Z"}
        plan = world.conn.execute("EXPLAIN QUERY PLAN " + cells._asking(sql, "[1]", "''"), asked)
        scans = {row[3] for row in plan if row[3].startswith("SCAN") and "USING" not in row[3]}
        assert not {scan for scan in scans if re.search(r"SCAN (d|f|r|i|e|s|h)$", scan)}


class TestThePage:
    """The report as one HTML file."""

    @pytest.fixture
    def tree(self, world: Database) -> etree._Element:
        """That of both campaigns, of which one is called like an attack."""
        found = counted(world, "spring", "<script>alert(1)</script>")
        return html.document_fromstring(page(found, "Rights & <b>Freedoms"))

    def test_nothing_is_loaded_and_nothing_runs(self, world: Database) -> None:
        """No script, no address but the names of formats."""
        text = page(counted(world, "<script>alert(1)</script>", "spring"), "x")
        assert "<script" not in text
        addresses = set(re.findall(r"https?://[^\"'<> ]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
        assert not re.search(r"url\(|@import|<link|<img|<iframe| on[a-z]+=", text)

    def test_what_people_wrote_is_text(self, tree: etree._Element) -> None:
        """Whatever it looks like."""
        assert "<script>alert(1)</script>" in tree.findtext(".//h1/bdi", "")
        assert tree.find(".//b") is None

    def test_every_chart_is_told_and_stands_beside_its_table(self, tree: etree._Element) -> None:
        """A screen reader reads its name and its numbers."""
        drawn = tree.findall(".//svg")
        assert len(drawn) >= 4
        for chart in drawn:
            ids = chart.get("aria-labelledby", "").split()
            told = [tree.get_element_by_id(name).text_content() for name in ids]  # type: ignore[attr-defined]
            assert chart.get("role") == "img"
            assert len(told) == 2
            assert all(told)
            section = next(a for a in chart.iterancestors() if a.tag == "section")
            assert section.find(".//table/caption") is not None

    def test_every_id_is_there_once(self, tree: etree._Element) -> None:
        """Charts share a page."""
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids))

    def test_a_week_in_which_nothing_happened_is_drawn_too(self, world: Database) -> None:
        """Else time would look shorter than it was."""
        world.conn.execute(
            "UPDATE inbound SET received_at = '2014-01-06T09:00:00Z' WHERE inbound_id = 8"
        )
        tree = html.document_fromstring(page(counted(world), "x"))
        told = tree.get_element_by_id("by-week-desc").text_content()
        assert "2014-W02: volunteered 1" in told
        assert "2014-W05: volunteered 0" in told

    def test_headings_of_tables_have_their_scope(self, tree: etree._Element) -> None:
        """For those who hear them."""
        assert all(cell.get("scope") in ("col", "row") for cell in tree.iter("th"))

    def test_the_same_figures_are_the_same_bytes(self, world: Database) -> None:
        """So that two reports can be compared."""
        assert page(counted(world), "x") == page(counted(world), "x")

    def test_a_report_of_nothing_is_a_page_too(self, db: Database) -> None:
        """On the first day."""
        assert "No volunteer waits" in page(funnel(db, (), NOW), "x")


@hypothesis.settings(max_examples=25)
@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=5), st.text(max_size=40))
def test_any_numbers_and_names_can_be_drawn(numbers: list[int], label: str) -> None:
    """As well-formed SVG."""
    labels = [label] * len(numbers)
    for draw in (charts.bars, charts.columns):
        drawn = draw("x", label, label, labels, {"people": numbers, "others": numbers})
        assert etree.fromstring(drawn).get("role") == "img"


class TestTheCommand:
    """`outreach report`."""

    def run(self, settings: Settings, *words: str) -> Result:
        """Run it."""
        command = ["report", "--workspace", str(settings.root), *words]
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
        return done

    def test_a_table_is_for_people(self, world: Database, settings: Settings) -> None:
        """One campaign's ledger, then the steps, and who waits."""
        said = self.run(settings, "spring").output
        assert "Volunteers who wait for an answer: 4 over seven days." in said
        assert "CD Congo - Kinshasa" in said
        assert "BY Belarus" not in said

    def test_json_has_all(self, world: Database, settings: Settings) -> None:
        """Of one campaign with its ledger, as before."""
        told = json.loads(self.run(settings, "spring", "--json").output)
        assert (told["campaign"], told["volunteers"]) == ("spring", 6)
        assert set(told["parts"]) == {"country", "language", "arm", "week"}
        assert told["total"]["letters"] == 350

    def test_csv_is_one_table_without_formulas(self, world: Database, settings: Settings) -> None:
        """A row for all, then one for each part that was asked for."""
        said = self.run(settings, "spring", "--by", "country", "--format", "csv").stdout
        first, *rows = list(csv.DictReader(io.StringIO(said)))
        assert (first["by"], first["audience"], first["delivered"]) == ("all", "7", "")
        assert {row["by"] for row in rows} == {"country"}
        assert [row["key"] for row in rows] == ["CD", "TG", "*"]

    def test_a_page_is_written_to_a_file(
        self, world: Database, settings: Settings, tmp_path: Path
    ) -> None:
        """Complete."""
        out = tmp_path / "report.html"
        self.run(settings, "--format", "html", "--out", str(out))
        assert out.read_text("utf-8").endswith("</html>")
