"""Taking lists in: nothing is lost, nothing is guessed, and twice is once."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlite_utils import Database

from outreach.csvfiles import rejects_path
from outreach.errors import InputError
from outreach.model import Consent, Supporter
from outreach.settings import Settings
from outreach.supporters import roll
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
    "country": st.sampled_from(["", "TG", "Togo", "US", "Atlantis"]),
    "timezone": st.sampled_from(["", "Africa/Lome", "Europe/Paris"]),
    "joined": st.sampled_from(["", "2013-01-01", "2012-05-05", "03/04/2014"]),
    "tags": st.sampled_from(["", "a", "b;a", "ü"]),
    "consent": st.sampled_from(["", "granted", "denied", "perhaps", "pending"]),
    "consent_ground": st.sampled_from(["", "petition", "stall"]),
    "opt_out": st.sampled_from(["", "", "no", "yes", "by post"]),
    "tracking": st.sampled_from(["", "yes", "no"]),
    "safety": st.sampled_from(["", "discreet", "standard", "no", "very"]),
    "note": st.sampled_from(["", "one", 'tw"o']),
}


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.fixed_dictionaries(CELLS), max_size=8),
    ground=st.sampled_from(["", "members"]),
)
def test_the_same_file_twice_changes_nothing(
    db: Database, tmp_path: Path, now: datetime, rows: list[dict[str, str]], ground: str
) -> None:
    """Whatever repeats and contradictions are in it; and the counts always add up."""
    for table in ("supporters", "imports"):
        db.conn.execute(f"DELETE FROM {table}")
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, CELLS)
        writer.writeheader()
        writer.writerows(rows)
    first = import_supporters(db, path, now=now, consent_ground=ground)
    assert first.imported + first.merged + first.rejected == first.rows == len(rows)
    before = contents(db)
    later = now + timedelta(days=1)
    again = import_supporters(db, path, now=later, consent_ground=ground)
    assert contents(db) == before
    assert (again.imported, again.merged) == (0, first.imported + first.merged)
    for person in roll.list_supporters(db):
        own = [row for row in rows if row["email"].lower() == person.email.lower()]
        said = {row["consent"] for row in own} | {row["opt_out"] for row in own}
        if said & {"denied", "yes"}:
            assert person.consent is Consent.DENIED
        elif person.consent is Consent.GRANTED:
            assert "granted" in said or (ground and not said & {"perhaps", "pending", "by post"})


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
        'g@example.org,"G" "H",yes',
        '"h@example.org","H",yes',
    )
    assert (report.rows, report.imported, report.rejected) == (8, 2, 6)
    assert report.rejects == {
        "ragged_row": 2,
        "bad_address": 1,
        "no_address": 1,
        "line_break": 1,
        "bad_quotes": 1,
    }
    kept = rejects_path(tmp_path / "list.csv")
    assert report.rejected_file == str(kept)
    assert kept.read_text("utf-8").splitlines() == [
        "line,reason,email,given_name,consent",
        "3,bad_address,nonsense,Bea,yes",
        "4,no_address,,Cy,yes",
        "5,ragged_row,d@example.org,Dee",
        '6,line_break,e@example.org,"E',
        'E",yes',
        "8,ragged_row,f@example.org,F,yes,more",
        '9,bad_quotes,"g@example.org,""G"" ""H"",yes"',
    ]
    mended = kept.read_text("utf-8").replace("nonsense", "mended@example.org")
    again = take(*mended.splitlines())
    assert (again.format, again.imported) == ("outreach", 1)


def test_somebody_mending_rejects_never_loses_them(take, tmp_path: Path) -> None:
    """A rejects file that says something else stays; the new one has a number, and is named."""
    first = rejects_path(tmp_path / "list.csv")
    assert take("email", "nonsense").rejected_file == str(first)
    assert take("email", "nonsense").rejected_file == str(first)
    first.write_text("email\nhalf@mended.org\nnonsense\n")
    second = rejects_path(tmp_path / "list.csv", 2)
    assert second.name == "list.csv.rejected.2.csv"
    assert take("email", "nonsense").rejected_file == str(second)
    assert take("email", "a@example.org").rejected_file == ""
    assert take("email", "other nonsense", dry_run=True).rejected_file == ""
    assert first.read_text() == "email\nhalf@mended.org\nnonsense\n"
    assert len(list(tmp_path.glob("*.rejected*"))) == 2


def test_empty_cells_take_nothing_away_and_later_ones_fill_in(db: Database, take) -> None:
    """Names are overwritten by what is said later, tags are joined, the earliest day stays."""
    header = "email,given_name,country,joined,tags,shoe,hat"
    take(header, "a@example.org,Ann,TG,2013-02-02,x,38,56")
    take(header, "A@EXAMPLE.ORG,,,2014-02-02,y,,57", "a@example.org,Anna,,,,,")
    person = found(db, "a@example.org")
    assert (person.email, person.given_name, person.country) == ("a@example.org", "Anna", "TG")
    assert (person.joined, person.tags) == ("2013-02-02", ("x", "y"))
    assert person.attributes == {"shoe": "38", "hat": "57"}


def test_a_time_zone_follows_the_country(db: Database, take) -> None:
    """Where it has but one; a stated zone goes before, until the person moves."""

    def zones() -> list[str]:
        return [found(db, f"{who}@example.org").timezone for who in ("one", "many", "stated")]

    take(
        "email,country,timezone",
        "one@example.org,Togo,",
        "many@example.org,US,",
        "stated@example.org,US,America/Denver",
    )
    assert zones() == ["Africa/Lome", "", "America/Denver"]
    take("email,country", "one@example.org,SN", "many@example.org,FR", "stated@example.org,US")
    assert zones() == ["Africa/Dakar", "Europe/Paris", "America/Denver"]
    moved = ("email,country", "one@example.org,US", "many@example.org,TG", "stated@example.org,CA")
    take(*moved)
    assert zones() == ["", "Africa/Lome", ""]
    before = contents(db)
    take(*moved)
    assert contents(db) == before


def test_a_dry_run_says_all_and_changes_nothing(db: Database, take, tmp_path: Path) -> None:
    """Its report is that of the real run, but that no rejects are written."""
    lines = ("email,given_name", "a@example.org,Ann", "A@example.org,", "nonsense,x")
    before = contents(db)
    dry = take(*lines, dry_run=True)
    assert contents(db) == before
    assert not rejects_path(tmp_path / "list.csv").exists()
    assert take(*lines) == dataclasses.replace(
        dry, dry_run=False, rejected_file=str(rejects_path(tmp_path / "list.csv"))
    )


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
        take("email,email", "a@example.org,x")
    assert state() == before
    assert not db.conn.in_transaction


def test_rejects_that_can_not_be_written_stop_the_import(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    """Nothing is lost in silence: the list stays as it was, and the sentence says where."""
    path = tmp_path / "list.csv"
    path.write_text("email\na@example.org\nnonsense\n")
    (tmp_path / (rejects_path(path).name + ".unfinished")).mkdir()
    with pytest.raises(InputError, match="can't be written down"):
        import_supporters(db, path, now=now)
    assert contents(db)["supporters"] == []


PEOPLE = 2_000


def big_file(folder: Path) -> Path:
    """Write a list of more than one batch."""
    path = folder / "big.csv"
    rows = [f"person{number}@example.org,Zoë {number},Togo\n" for number in range(PEOPLE)]
    path.write_text("email,given_name,country\n" + "".join(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("stopped_at", [1, 2, 3])
def test_ctrl_c_changes_nothing(
    db: Database, tmp_path: Path, now: datetime, stopped_at: int
) -> None:
    """Wherever it comes; and the next run works."""
    path = big_file(tmp_path)
    before, files = contents(db), sorted(tmp_path.iterdir())
    calls = count(1)

    def stop(*_: object) -> None:
        if next(calls) == stopped_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_supporters(db, path, now=now, progress=stop)
    assert contents(db) == before
    assert sorted(tmp_path.iterdir()) == files
    assert import_supporters(db, path, now=now).imported == PEOPLE


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from outreach.store import open_database
from outreach.workflow.supporters import import_supporters

database, path, when = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def trace(statement):
    global merging
    merging = merging or statement == "BEGIN IMMEDIATE"
    if merging and statement == "COMMIT":
        die()

merging = False
db = open_database(database)
if when == "merged":
    db.conn.set_trace_callback(trace)
import_supporters(db, path, now=datetime.now(UTC), progress=die if when == "read" else print)
"""


@pytest.mark.parametrize("when", ["read", "merged"])
def test_an_import_that_is_killed_changes_nothing(
    db: Database, settings: Settings, tmp_path: Path, now: datetime, when: str
) -> None:
    """Not even after all was merged, before it was committed; and the next run works."""
    path = big_file(tmp_path)
    command = [sys.executable, "-c", KILLED, str(settings.database), str(path), when]
    assert subprocess.run(command, capture_output=True).returncode == -signal.SIGKILL
    assert contents(db)["supporters"] == []
    assert import_supporters(db, path, now=now).imported == PEOPLE


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("email,note", ['a@q.org,"x', 'b@q.org,y"']),
        ("email,name,note", ['a@q.org,Ann,5" x', 'b@q.org,Bob,"x', "c@q.org,Cy,x", 'd@q.org,D,"']),
        ("note,email", ['"x,a@q.org', '5",b@q.org']),
        ("note,name,email", ['"a, b,,a@q.org', ',",y",b@q.org']),
        ("note,name,email", ['"one', "two,Ann,a@q.org", '5",Bob,b@q.org']),
        ("email;note", ['a@q.org;"x', 'b@q.org;y"']),
        ("note,email", ['"x,a@q.org', '",b@q.org']),
    ],
)
def test_a_row_that_holds_others_is_no_row(
    db: Database, take, tmp_path: Path, header: str, rows: list[str]
) -> None:
    """Also where a second stray mark makes it look whole."""
    report = take(header, *rows)
    assert report.rejects.get("line_break") == 1
    on_roll = {person.email for person in roll.list_supporters(db)}
    kept = rejects_path(tmp_path / "list.csv").read_text("utf-8")
    for who in "abcd":
        email = f"{who}@q.org"
        assert email not in "".join(rows) or email in on_roll or email in kept


def test_a_note_of_several_lines_is_no_damage(db: Database, take) -> None:
    """With commas and addresses in it."""
    note = "Dear all,\nask bob@q.org, or Ann\n\nann@q.org\n"
    assert take("email,note,given_name", f'a@q.org,"{note}",Ann').imported == 1
    assert found(db, "a@q.org").attributes == {"note": note.strip()}


PLAIN = st.sampled_from(["", "Ann", "O'Neill", 'say "hi"', "a, b", "two\nlines", "\nx", ",y", ";"])


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_stray_quotation_mark_loses_nobody(
    db: Database, tmp_path: Path, now: datetime, data: st.DataObject
) -> None:
    """Every address is on the roll or among the rejects, whichever mark is missing or too much."""
    db.conn.execute("DELETE FROM supporters")
    for old in tmp_path.glob("*.rejected*"):
        old.unlink()
    header = data.draw(st.permutations(["email", "given_name", "consent", "note"]))
    addresses = [f"p{number}@example.org" for number in range(data.draw(st.integers(1, 5)))]
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, quoting=quoting, lineterminator="\n")
    for email in addresses:
        name, note = data.draw(PLAIN), data.draw(PLAIN)
        writer.writerow({"email": email, "given_name": name, "consent": "yes", "note": note})
    rows = text.getvalue()
    at = data.draw(st.integers(0, len(rows) - 1))
    damaged = rows[:at] + '"' + rows[at:]
    if rows[at] == '"':
        damaged = rows[:at] + rows[at + 1 :]
    path = tmp_path / "list.csv"
    path.write_text(",".join(header) + "\n" + damaged, encoding="utf-8", newline="")
    report = import_supporters(db, path, now=now)
    on_roll = {person.email for person in roll.list_supporters(db)}
    kept = Path(report.rejected_file).read_text("utf-8") if report.rejected_file else ""
    lost = [e for e in addresses if e not in on_roll and e not in kept.replace('"', "")]
    assert lost == []
