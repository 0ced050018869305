"""Taking lists in: nothing is lost, nothing is guessed, and twice is once."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlite_utils import Database

from outreach.csvfiles import open_table, rejects_path
from outreach.errors import InputError
from outreach.model import Consent, Safety, Supporter
from outreach.settings import Settings
from outreach.supporters import pipeline, roll
from outreach.supporters.layout import Header, layout_of
from outreach.workflow.supporters import ImportReport, import_supporters

EXPORTS = Path(__file__).parent / "exports"
TABLES = ("supporters", "imports", "suppressions")


@pytest.fixture
def take(db: Database, tmp_path: Path, now: datetime):
    """Give a function that writes lines to a file and imports it."""

    def take_in(*lines: str, **options: object) -> ImportReport:
        path = tmp_path / "list.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return import_supporters(db, path, **{"now": now, **options})

    return take_in


def contents(db: Database) -> dict[str, list[object]]:
    """Read every table that an import writes."""
    return {table: db.conn.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}


def found(db: Database, email: str) -> Supporter:
    """Read a person who is there."""
    person = roll.find(db, email)
    assert person is not None
    return person


@pytest.mark.parametrize("path", sorted(EXPORTS.glob("*.csv")), ids=lambda path: path.stem)
def test_an_export_gives_the_people_that_are_in_it(
    db: Database, tmp_path: Path, now: datetime, path: Path
) -> None:
    """One file for each program, with its own words; what is expected lies beside it."""
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    report = import_supporters(db, copy, now=now)
    assert report.format == path.stem
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    counts = (report.rows, report.imported, report.merged)
    assert counts == (expected["rows"], expected["imported"], expected["merged"])
    assert report.rejects == expected["rejects"]
    assert report.notes == expected["notes"]
    suppressions = db.conn.execute("SELECT email, reason FROM suppressions").fetchall()
    assert dict(suppressions) == expected["suppressions"]
    for person in expected["people"]:
        record = dataclasses.asdict(found(db, person["email"]))
        assert {**record, **person, "tags": tuple(person.get("tags", ()))} == record
        silent = set(record) - set(person) - {"supporter_id"}
        assert {record[field] or "" for field in silent if field not in ("tags", "attributes")} <= {
            "",
            "unknown",
            "standard",
        }
    before = contents(db)
    again = import_supporters(db, copy, now=now + timedelta(days=1))
    assert (again.imported, again.merged) == (0, report.imported + report.merged)
    assert contents(db) == before


CELLS = {
    "email": st.sampled_from(
        ["a@example.org", "A@Example.org", "b@example.org", "c@d.org", "x", ""]
    ),
    "given_name": st.sampled_from(["", "Ann", "Bea"]),
    "country": st.sampled_from(["", "TG", "Togo", "CD", "Atlantis"]),
    "timezone": st.sampled_from(["", "Africa/Lome", "Europe/Paris"]),
    "joined": st.sampled_from(["", "2013-01-01", "2012-05-05", "03/04/2014"]),
    "tags": st.sampled_from(["", "a", "b;a", "ü"]),
    "consent": st.sampled_from(["", "granted", "denied", "perhaps"]),
    "consent_ground": st.sampled_from(["", "petition", "stall"]),
    "tracking": st.sampled_from(["", "yes", "no"]),
    "safety": st.sampled_from(["", "discreet"]),
    "note": st.sampled_from(["", "one", 'tw"o']),
}


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.fixed_dictionaries(CELLS), max_size=8))
def test_the_same_file_twice_changes_nothing(
    db: Database, tmp_path: Path, now: datetime, rows: list[dict[str, str]]
) -> None:
    """Whatever repeats and contradictions are in it; and the counts always add up."""
    for table in ("supporters", "imports"):
        db.conn.execute(f"DELETE FROM {table}")
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, CELLS)
        writer.writeheader()
        writer.writerows(rows)
    first = import_supporters(db, path, now=now)
    assert first.imported + first.merged + first.rejected == first.rows == len(rows)
    before = contents(db)
    again = import_supporters(db, path, now=now + timedelta(days=1))
    assert contents(db) == before
    assert (again.imported, again.merged) == (0, first.imported + first.merged)
    denied = {row["email"].lower() for row in rows if row["consent"] == "denied"}
    for person in roll.list_supporters(db):
        if person.email.lower() in denied:
            assert person.consent is Consent.DENIED


def test_each_rejected_row_is_kept_with_its_line_and_reason(take, tmp_path: Path) -> None:
    """Beside the file, in its own columns; mended there, it can be imported."""
    report = take(
        "email,given_name,consent",
        "good@example.org,Ann,yes",
        "nonsense,Bea,yes",
        ",Cy,yes",
        "d@example.org,Dee",
        '"e@example.org","E\nE",yes',
        "f@example.org,F,yes,more",
    )
    assert (report.rows, report.imported, report.rejected) == (6, 2, 4)
    assert report.rejects == {"ragged_row": 2, "bad_address": 1, "no_address": 1}
    kept = rejects_path(tmp_path / "list.csv")
    assert report.rejected_file == str(kept)
    assert kept.read_text("utf-8").splitlines() == [
        "line,reason,email,given_name,consent",
        "3,bad_address,nonsense,Bea,yes",
        "4,no_address,,Cy,yes",
        "5,ragged_row,d@example.org,Dee",
        "8,ragged_row,f@example.org,F,yes,more",
    ]
    mended = kept.read_text("utf-8").replace("nonsense", "mended@example.org")
    again = take(*mended.splitlines())
    assert (again.format, again.imported) == ("outreach", 1)


def test_a_run_without_rejects_takes_the_old_rejects_away(take, tmp_path: Path) -> None:
    """What lies beside a file is about its last import."""
    take("email", "nonsense")
    assert rejects_path(tmp_path / "list.csv").exists()
    assert take("email", "a@example.org").rejected_file == ""
    assert not rejects_path(tmp_path / "list.csv").exists()


def test_empty_cells_take_nothing_away_and_later_ones_fill_in(db: Database, take) -> None:
    """Names are overwritten by what is said later, tags are joined, the earliest day stays."""
    header = "email,given_name,country,joined,tags,shoe,hat"
    take(header, "a@example.org,Ann,TG,2013-02-02,x,38,56")
    take(header, "A@EXAMPLE.ORG,,,2014-02-02,y,,57", "a@example.org,Anna,,,,,")
    person = found(db, "a@example.org")
    assert (person.email, person.given_name, person.country) == ("a@example.org", "Anna", "TG")
    assert (person.joined, person.tags) == ("2013-02-02", ("x", "y"))
    assert person.attributes == {"shoe": "38", "hat": "57"}


def test_a_no_stays_a_no(db: Database, take, now: datetime) -> None:
    """No import turns denied into granted, or discreet into standard; a later no always counts."""
    header = "email,consent,tracking,safety"
    take(header, "a@example.org,no,no,discreet", "b@example.org,yes,yes,standard")
    take(header, "a@example.org,yes,yes,standard", "b@example.org,,,", consent_ground="a stall")
    person = found(db, "a@example.org")
    assert (person.consent, person.tracking) == (Consent.DENIED, Consent.DENIED)
    assert person.safety is Safety.DISCREET
    assert found(db, "b@example.org").consent is Consent.GRANTED
    later = now + timedelta(days=1)
    take(header, "b@example.org,no,no,", now=later)
    changed = found(db, "b@example.org")
    assert (changed.consent, changed.tracking) == (Consent.DENIED, Consent.DENIED)
    assert changed.consent_at == "2014-02-27T09:00:00Z"


def test_a_stated_ground_is_for_those_of_whom_the_file_says_nothing(db: Database, take) -> None:
    """Not for a no, and not for a word that may be a no."""
    report = take(
        "email,consent",
        "silent@example.org,",
        "yes@example.org,yes",
        "no@example.org,no",
        "odd@example.org,only by post",
        consent_ground="asked at the stall in Lomé",
    )
    silent, odd = found(db, "silent@example.org"), found(db, "odd@example.org")
    assert (silent.consent, silent.consent_ground) == (
        Consent.GRANTED,
        "asked at the stall in Lomé",
    )
    assert found(db, "yes@example.org").consent_ground == ""
    assert found(db, "no@example.org").consent is Consent.DENIED
    assert (odd.consent, odd.attributes) == (Consent.UNKNOWN, {"consent": "only by post"})
    assert report.notes == {"no_consent": 1, "consent_not_recognised": 1}


def test_a_list_that_says_nothing_of_consent_is_no_consent(db: Database, take) -> None:
    """Until the ground is stated, with the same file."""
    assert take("email", "a@example.org").notes == {"no_consent": 1}
    assert found(db, "a@example.org").consent is Consent.UNKNOWN
    assert take("email", "a@example.org", consent_ground="members").merged == 1
    person = found(db, "a@example.org")
    assert (person.consent, person.consent_ground) == (Consent.GRANTED, "members")
    assert person.consent_at == "2014-02-26T09:00:00Z"


def test_a_time_zone_follows_the_country(db: Database, take) -> None:
    """Where it has but one; a stated zone goes before, until the person moves."""
    take(
        "email,country,timezone",
        "one@example.org,Togo,",
        "many@example.org,US,",
        "stated@example.org,US,America/Denver",
    )
    zones = [found(db, f"{who}@example.org").timezone for who in ("one", "many", "stated")]
    assert zones == ["Africa/Lome", "", "America/Denver"]
    take("email,country", "one@example.org,SN", "many@example.org,FR", "stated@example.org,US")
    zones = [found(db, f"{who}@example.org").timezone for who in ("one", "many", "stated")]
    assert zones == ["Africa/Dakar", "Europe/Paris", "America/Denver"]


def test_a_dry_run_says_all_and_changes_nothing(db: Database, take, tmp_path: Path) -> None:
    """Its report is that of the real run."""
    lines = ("email,given_name", "a@example.org,Ann", "A@example.org,", "nonsense,x")
    before = contents(db)
    dry = take(*lines, dry_run=True)
    assert contents(db) == before
    assert dataclasses.replace(dry, dry_run=False) == take(*lines)


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"email\nx\n\x00", b"email\n" + b"x" * 2**21]
)
def test_an_unusable_file_changes_nothing(
    db: Database, tmp_path: Path, now: datetime, content: bytes
) -> None:
    """It is an error, and neither a row nor a file is left of the attempt."""
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    files = sorted(tmp_path.iterdir())
    before = contents(db)
    with pytest.raises(InputError):
        import_supporters(db, path, now=now)
    assert contents(db) == before
    assert sorted(tmp_path.iterdir()) == files


def test_only_a_header_is_a_list_of_nobody(take) -> None:
    """Nothing to do is no error."""
    assert take("email,given_name").rows == 0


def test_an_import_leaves_the_connection_as_it_was(db: Database, take) -> None:
    """No temporary tables, no pragmas, no open transaction."""

    def state() -> list[object]:
        pragmas = [
            db.conn.execute(f"PRAGMA {name}").fetchone() for name in ("cache_size", "threads")
        ]
        things = db.conn.execute("SELECT name FROM temp.sqlite_master").fetchall()
        return [*pragmas, things, db.conn.execute("PRAGMA database_list").fetchall()]

    before = state()
    take("email", "a@example.org")
    with pytest.raises(InputError):
        take("email,x", '"a@example.org,x')
    assert state() == before
    assert not db.conn.in_transaction


def test_rejects_that_can_not_be_written_stop_the_import(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    """Nothing is lost in silence: the list stays as it was, and the sentence says where."""
    path = tmp_path / "list.csv"
    path.write_text("email\na@example.org\nnonsense\n")
    rejects_path(path).mkdir()
    (rejects_path(path) / "in the way").touch()
    with pytest.raises(InputError, match="can't be written down"):
        import_supporters(db, path, now=now)
    assert contents(db)["supporters"] == []


def big_file(folder: Path, rows: int) -> Path:
    """Write a list with a few odd rows among many."""
    path = folder / "big.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("email,given_name,country,status\n")
        for number in range(rows):
            odd = {0: "nonsense", 1: f"Ünï{number}@example.org", 2: ""}.get(number % 1000)
            email = f"{number * 7919 % rows}.person@example.org" if odd is None else odd
            file.write(f"{email},Zoë {number},Togo,{'bounced' if number % 997 == 0 else ''}\n")
    return path


def test_a_process_of_its_own_reads_the_same(tmp_path: Path) -> None:
    """Batch for batch what reading in this process gives."""
    path = big_file(tmp_path, 5_000)
    with open_table(path) as table:
        layout = layout_of(Header(path, 1, table.header), {})
        here = list(pipeline.intakes(table, layout, "ground", worth_a_process=10**9))
        there = list(pipeline.intakes(table, layout, "ground", worth_a_process=0))
    assert [intake for intake, _ in there] == [intake for intake, _ in here]
    assert sum(intake.size + len(intake.rejects) for intake, _ in there) == 5_000


def test_an_error_in_the_other_process_is_the_same_error(tmp_path: Path) -> None:
    """With the file and the line in its sentence."""
    path = tmp_path / "list.csv"
    path.write_text("email,x\na@example.org,1\n" + '"open,2\n')
    sentences = []
    for worth in (0, 10**9):
        with open_table(path) as table:
            layout = layout_of(Header(path, 1, table.header), {})
            with pytest.raises(InputError) as caught:
                list(pipeline.intakes(table, layout, "", worth_a_process=worth))
        sentences.append(str(caught.value))
    assert sentences[0] == sentences[1]
    assert "line 3" in sentences[0]


def seconds(command: list[str]) -> float:
    """Tell how long a command takes."""
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - started


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("share", [0.4, 0.8])
def test_an_import_that_is_stopped_changes_nothing(
    db: Database,
    settings: Settings,
    tmp_path: Path,
    now: datetime,
    share: float,
    stop: signal.Signals,
) -> None:
    """Ctrl-C and a kill, early and late: all or nothing, and the next run works."""
    path = big_file(tmp_path, 60_000)
    command = [
        *(sys.executable, "-c", "from outreach.cli import main; main()"),
        *("supporters", "import", "--workspace", str(settings.root), str(path)),
    ]
    start = seconds([*command[:3], "--version"])
    whole = seconds([*command, "--dry-run"])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(start + (whole - start) * share)
    os.kill(process.pid, stop)
    _, complaint = process.communicate()
    people = db.conn.execute("SELECT count(*) FROM supporters").fetchone()[0]
    assert people in (0, 59_820)
    if not people:
        assert process.returncode == (130 if stop == signal.SIGINT else -stop)
        assert b"Traceback" not in complaint
    assert import_supporters(db, path, now=now).rows == 60_000
