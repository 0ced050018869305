"""Gatherings in and out of files: CSV both ways, and a calendar."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from sqlite_utils import Database

from outreach.csvfiles import defused, restored
from outreach.errors import InputError
from outreach.followups.gatheringview import Filter
from outreach.settings import Settings, load
from outreach.store import open_database
from outreach.workflow import gatheringresults, gatherings
from outreach.workflow.gatheringfiles import (
    ImportedGatherings,
    export_calendar,
    export_csv,
    import_gatherings,
)
from outreach.workflow.workspace import create_workspace

EVERYTHING = Filter(include_cancelled=True)


class Files:
    """A workspace that reads and writes gatherings."""

    def __init__(self, db: Database, settings: Settings, folder: Path, now: datetime) -> None:
        self.db, self.settings, self.folder, self.now = db, settings, folder, now

    def take_in(self, text: str, **more: Any) -> ImportedGatherings:
        """Import a file that holds this."""
        path = self.folder / "events.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return import_gatherings(self.db, self.settings, path, by="Amina", now=self.now, **more)

    def csv(self) -> str:
        """Export all."""
        return export_csv(self.db, self.settings, EVERYTHING)

    def rows(self) -> list[dict[str, str]]:
        """Export all, and read the rows."""
        return list(csv.DictReader(io.StringIO(self.csv())))

    def calendar(self) -> Calendar:
        """Export a calendar."""
        return Calendar.from_ical(export_calendar(self.db, self.settings, EVERYTHING, self.now))

    def letters(self) -> int:
        """Count what counts."""
        return int(self.db.conn.execute("SELECT total(quantity) FROM actions").fetchone()[0])


@pytest.fixture
def files(db: Database, settings: Settings, tmp_path: Path, now: datetime) -> Files:
    """An empty workspace."""
    return Files(db, settings, tmp_path, now)


HEADER = "country,kind,place,date,campaign,letters\n"


class TestReading:
    """`outreach gatherings import`."""

    def test_every_row_is_imported_here_already_or_rejected(self, files: Files) -> None:
        """Each rejected one with its line and reason, and the sums come out even."""
        flawed = [
            ("Togo,debate,Lomé,2014-02-30,w,5", "bad_date"),
            ("Atlantis,debate,,2014-02-20,w,5", "unknown_country"),
            (",debate,,2014-02-20,w,5", "no_country"),
            ("Togo,coup,,2014-02-20,w,5", "unknown_kind"),
            ("Togo,debate,,2014-02-20,w,-10", "bad_number"),
            ('Togo,debate,,2014-02-20,w,"1,800"', "bad_number"),
            ("Togo,debate,,2014-02-20,,5", "no_campaign"),
            ("Togo,debate,,2014-02-28,w,5", "still_to_come"),
            ("Togo,debate", "ragged_row"),
            ('"Togo" x,debate,,2014-02-20,w,5', "bad_quotes"),
        ]
        good = "Togo,debate,Kara,2014-02-20,w,5\n"
        done = files.take_in(HEADER + good + "".join(f"{row}\n" for row, _ in flawed) + good)
        assert (done.rows, done.imported, done.repeated, done.rejected) == (12, 2, 0, 10)
        with Path(done.rejected_file).open(encoding="utf-8", newline="") as file:
            rejected = list(csv.reader(file))[1:]
        assert [(row[0], row[1]) for row in rejected] == [
            (str(line), reason) for line, (_, reason) in enumerate(flawed, 3)
        ]

    def test_the_same_file_twice_changes_nothing(self, files: Files) -> None:
        """Two equal rows of it are two gatherings."""
        text = HEADER + "Togo,debate,Kara,2014-02-20,w,5\n" * 2
        assert files.take_in(text, checked=True).imported == 2
        before = files.csv()
        again = files.take_in(text, checked=True)
        assert (again.imported, again.repeated) == (0, 2)
        assert (files.csv(), files.letters()) == (before, 10)

    def test_what_was_written_down_by_hand_is_not_read_in_again(self, files: Files) -> None:
        """The row says the same as the form did."""
        said = {"country": "TG", "kind": "debate", "place": "Kara", "date": "2014-02-20",
                "campaign": "w", "organiser": "Jean"}  # fmt: skip
        gatherings.add_gathering(files.db, files.settings, said, by="Amina", now=files.now)
        text = "organiser,country,kind,place,date,campaign\nJean,Togo,debate,Kara,2014-02-20,W\n"
        assert files.take_in(text).repeated == 1

    def test_results_wait_to_be_checked_unless_somebody_has(self, files: Files) -> None:
        """The row's own word, or that of whoever reads the file in."""
        row = "Togo,debate,{},2014-02-20,w,5"
        done = files.take_in(HEADER + row.format("Kara") + "\n")
        assert (done.checked, done.to_check, files.letters()) == (0, 1, 0)
        files.take_in(HEADER + row.format("Lomé") + "\n", checked=True)
        header = HEADER.strip() + ",checked_by,checked_at\n"
        files.take_in(header + row.format("Atakpamé") + ",Noor,2014-02-21T10:00:00Z\n")
        assert files.letters() == 10
        assert {r["checked_by"] for r in files.rows()} == {"", "Amina", "Noor"}

    def test_a_dry_run_writes_nothing(self, files: Files) -> None:
        """Neither here nor beside the file."""
        done = files.take_in(HEADER + "Togo,debate,,2014-02-20,w,5\nX,debate,,,,\n", dry_run=True)
        assert (done.imported, done.rejected, files.rows()) == (1, 1, [])
        assert [path.name for path in files.folder.glob("*.csv")] == ["events.csv"]

    def test_a_public_gathering_where_that_is_dangerous_is_rejected(self, files: Files) -> None:
        """Rather than taken in as private, which nobody would notice."""
        done = files.take_in("country,kind,public\nBelarus,debate,yes\nBelarus,vigil,no\n")
        assert (done.imported, done.rejects) == (1, {"public_where_dangerous": 1})

    def test_who_is_on_the_list_is_known_again(self, files: Files) -> None:
        """By their address, whatever its case."""
        files.db.conn.execute(
            "INSERT INTO supporters (supporter_id, email) VALUES (7, 'Jean@example.org')"
        )
        files.take_in("email,country,kind\njean@example.org,TG,debate\n")
        assert files.db.conn.execute("SELECT supporter_id FROM gatherings").fetchone() == (7,)

    def test_a_header_that_is_none_is_refused(self, files: Files) -> None:
        """With what it should be."""
        with pytest.raises(InputError, match="no column country"):
            files.take_in("what,when\nx,y\n")
        with pytest.raises(InputError, match="two columns"):
            files.take_in("country,kind,town,place\nTG,debate,a,b\n")

    def test_many_rows_are_one_transaction(self, files: Files) -> None:
        """Twenty thousand, one in ten flawed."""
        rows = [
            f"Togo,debate,Place {n},{'2014-02-20' if n % 10 else '2014-02-31'},w,{n}\n"
            for n in range(20_000)
        ]
        done = files.take_in(HEADER + "".join(rows), checked=True)
        assert (done.imported, done.rejected) == (18_000, 2_000)
        assert files.letters() == sum(n for n in range(20_000) if n % 10)


class TestWriting:
    """`outreach gatherings export`."""

    @pytest.fixture
    def full(self, files: Files) -> Files:
        """A concert in Togo with all that can be known, and one in Belarus."""
        said = {
            "organiser": "=HYPERLINK(\"http://evil.example\")", "email": "jean@example.org",
            "language": "fr", "country": "TG", "kind": "concert", "place": "+Lomé, \"centre\"",
            "date": "2014-02-20", "begins": "18:30", "minutes": "90", "cases": "yorm-bopha; ngb",
            "campaign": "w4r", "expected": "60", "public": "yes", "quote": "-1 for silence",
            "quote_by": "'=J.", "quote_permission": "yes", "photos": "https://p.example/1?a=b&c=d",
            "photos_without_permission": "https://p.example/2",
        }  # fmt: skip
        for country in ("TG", "BY"):
            public = "yes" if country == "TG" else "no"
            done = gatherings.add_gathering(
                files.db, files.settings, {**said, "country": country, "public": public},
                by="Amina", now=files.now,
            )  # fmt: skip
            gatheringresults.report_result(
                files.db, files.settings, done.gathering.gathering_id,
                {"letters": "300", "by_case": "ngb petition_signature 20", "attended": "50",
                 "said": "@all: it was grand"},
                reported_by="Jean", by="Noor", now=files.now, checked=True,
            )  # fmt: skip
        return files

    def test_no_cell_is_a_formula(self, full: Files) -> None:
        """Whatever somebody called themselves."""
        for row in full.rows():
            assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]

    def test_where_it_is_dangerous_there_is_no_name_and_no_place(self, full: Files) -> None:
        """Only the country."""
        rows = {row["country"]: row for row in full.rows()}
        guarded = rows["BY"]
        named = ("organiser", "email", "language", "place", "zone", "begins", "quote", "quote_by",
                 "photos", "photos_without_permission", "said", "reported_by", "checked_by",
                 "public")  # fmt: skip
        assert [name for name in named if guarded[name]] == []
        assert (guarded["date"], guarded["letters"]) == ("2014-02-20", "300")
        assert rows["TG"]["place"] == '\'+Lomé, "centre"'
        text = export_calendar(full.db, full.settings, EVERYTHING, full.now).decode()
        (named, bare) = Calendar.from_ical(text).walk("VEVENT")
        assert {str(named["LOCATION"]), str(bare["LOCATION"])} == {
            '+Lomé, "centre", Togo',
            "Belarus",
        }

    def test_nobody_outside_can_try_out_whose_it_is(self, files: Files, tmp_path: Path) -> None:
        """A uid is made with the workspace's secret: the same row elsewhere has another."""
        said = "country,kind,place,date,organiser\nIR,debate,Shiraz,2014-02-20,Ava\n"
        files.take_in(said)
        create_workspace(tmp_path / "theirs")
        settings = load(tmp_path / "theirs", environment={})
        db = open_database(settings.database)
        try:
            theirs = Files(db, settings, tmp_path / "theirs", files.now)
            theirs.take_in(said)
            assert files.take_in(said).repeated == theirs.take_in(said).repeated == 1
            assert files.rows()[0]["uid"] != theirs.rows()[0]["uid"]
        finally:
            db.close()

    def test_reading_it_again_gives_the_same(self, full: Files, tmp_path: Path) -> None:
        """In the same workspace nothing, in a new one the same rows and the same counts."""
        text = full.csv()
        assert full.take_in(text).repeated == 2
        create_workspace(tmp_path / "other")
        settings = load(tmp_path / "other", environment={})
        db = open_database(settings.database)
        try:
            other = Files(db, settings, tmp_path / "other", full.now)
            assert other.take_in(text).imported == 2
            assert other.letters() == full.letters() == 640
            assert sorted(other.csv().split("\r\n")) == sorted(text.split("\r\n"))
        finally:
            db.close()

    def test_only_what_may_be_spoken_of_is_public(self, full: Files) -> None:
        """As `--public` asks."""
        text = export_csv(full.db, full.settings, replace(EVERYTHING, public=True))
        assert [row["country"] for row in csv.DictReader(io.StringIO(text))] == ["TG"]

    def test_two_rows_of_one_uid_are_told(self, files: Files) -> None:
        """The same row twice is here already; another under its uid would be lost."""
        uid = "3b0c52f0-5c5e-4d0f-9a5b-8a0f6a3f2d11"
        one, other = f"Togo,debate,Lomé,{uid}\n", f"Togo,concert,Kara,{uid}\n"
        done = files.take_in("country,kind,place,uid\n" + one + one + other)
        assert (done.imported, done.repeated, dict(done.rejects)) == (1, 1, {"bad_uid": 1})

    def test_what_was_rejected_is_no_formula_either(self, files: Files) -> None:
        """People mend it in a spreadsheet; mended, it reads as it was written."""
        done = files.take_in("country,kind,place,date\nAtlantis,debate,=cmd|'0',2014-02-20\n")
        assert done.rejected == 1
        (path,) = files.folder.glob("*.rejected.csv")
        text = path.read_text(encoding="utf-8-sig")
        assert ",'=cmd|'0'," in text
        assert files.take_in(text.replace("Atlantis", "Togo")).imported == 1
        assert files.db.conn.execute("SELECT place FROM gatherings").fetchone() == ("=cmd|'0'",)


class TestTheCalendar:
    """RFC 5545."""

    def _add(self, files: Files, **said: str) -> int:
        known = {"organiser": "Jean", "country": "TG", "kind": "debate", **said}
        done = gatherings.add_gathering(files.db, files.settings, known, by="Amina", now=files.now)
        return done.gathering.gathering_id

    def test_an_hour_is_that_of_the_place_whatever_the_law_makes_of_it(self, files: Files) -> None:
        """With its zone and the zone's rules; it ends when the time has passed."""
        self._add(files, country="DE", date="2014-03-30", begins="01:30", minutes="60")
        calendar = files.calendar()
        (event,) = calendar.walk("VEVENT")
        assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
        assert event.start.astimezone(UTC) == datetime(2014, 3, 30, 0, 30, tzinfo=UTC)
        assert event.end.astimezone(UTC) == datetime(2014, 3, 30, 1, 30, tzinfo=UTC)
        assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Berlin"]

    def test_its_uid_stays_and_its_sequence_grows(self, files: Files) -> None:
        """So that a calendar puts the new one in place of the old."""
        gathering_id = self._add(files, date="2014-03-10")
        (first,) = files.calendar().walk("VEVENT")
        gatherings.change_gathering(
            files.db, files.settings, gathering_id, {"date": "2014-03-11"}, by="Noor",
            now=files.now,
        )  # fmt: skip
        (second,) = files.calendar().walk("VEVENT")
        assert (first["UID"], first["SEQUENCE"] + 1) == (second["UID"], second["SEQUENCE"])

    def test_without_an_hour_it_is_a_day_and_without_a_day_it_is_not_there(
        self, files: Files
    ) -> None:
        """Nothing is made up."""
        self._add(files, date="2014-03-10")
        self._add(files, kind="vigil")
        (event,) = files.calendar().walk("VEVENT")
        assert str(event.start) == "2014-03-10"

    def test_what_is_cancelled_is_told_as_such(self, files: Files) -> None:
        """It disappears from the phones that had it."""
        gathering_id = self._add(files, date="2014-03-10")
        gatherings.move_gathering(
            files.db, files.settings, gathering_id, gatherings.GatheringState.CANCELLED,
            by="Noor", now=files.now,
        )  # fmt: skip
        (event,) = files.calendar().walk("VEVENT")
        assert event["STATUS"] == "CANCELLED"

    def test_lines_are_folded_and_text_is_escaped(self, files: Files) -> None:
        """At 75 octets, and never inside a letter; no word becomes a property."""
        place = "Lomé, Hôtel «É»; salle 5\\6 " + "é" * 100
        self._add(files, date="2014-03-10", place=place + "\r\nATTENDEE:x")
        text = export_calendar(files.db, files.settings, EVERYTHING, files.now)
        assert text.endswith(b"END:VCALENDAR\r\n")
        assert max(map(len, text.split(b"\r\n"))) <= 75
        assert all(line.decode() is not None for line in text.split(b"\r\n"))
        (event,) = files.calendar().walk("VEVENT")
        assert str(event["LOCATION"]).startswith(place + " ATTENDEE:x")
        assert "ATTENDEE" not in event


@given(st.text())
def test_a_cell_that_is_made_harmless_reads_back_as_it_was(cell: str) -> None:
    """Apostrophes of its own too."""
    assert restored(defused(cell)) == cell
    assert not defused(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
