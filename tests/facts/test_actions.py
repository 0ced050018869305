"""Taking in files of actions: every row is accounted for, and a repeat changes nothing."""

from __future__ import annotations

import csv
import random
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from outreach.csvfiles import RowProblem
from outreach.errors import InputError, NotFound
from outreach.facts.action_rows import ActionProblem, ActionRow, Columns, key
from outreach.model import ActionKind
from outreach.settings import Settings
from outreach.store import atomic, open_database
from outreach.workflow.actions import ImportedActions, import_actions, list_actions

HEADER = ["email", "campaign", "case", "country", "kind", "quantity", "date"]
TODAY = date(2014, 2, 26)


@pytest.fixture
def people(db: Database) -> Database:
    """Moket in the DRC, and somebody without a country."""
    db.conn.execute(
        "INSERT INTO supporters (supporter_id, email, country) VALUES"
        " (1, 'Moket@example.org', 'CD'), (2, 'x@example.org', '')"
    )
    return db


def read(*cells: str, header: list[str] = HEADER) -> ActionRow | ActionProblem:
    """Understand one row."""
    return Columns.of(header, "f.csv").read(cells, TODAY)


def written(path: Path, *rows: list[str]) -> Path:
    """Write a file with the usual header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def stored(db: Database) -> list[tuple[object, ...]]:
    """Give what the table holds, in a fixed order."""
    return sorted(
        db.conn.execute(
            "SELECT coalesce(supporter_id, 0), campaign, case_key, country, kind, quantity, done_on"
            " FROM actions"
        )
    )


def adds_up(done: ImportedActions) -> bool:
    """Whether no row was lost in silence."""
    return (
        done.imported + done.repeated + done.rejected
        == done.rows
        == sum([done.imported, done.repeated, *done.rejects.values()])
    )


def test_a_row_says_who_did_what_for_which_case_how_often_and_when() -> None:
    """Campaign and case become keys, country a code, kind our own word."""
    row = read(
        " MOKET@Example.org ", "Write for Rights 2013", "Yorm Bopha", "RD Congo", "Letters", "3",
        "2013-12-10",
    )  # fmt: skip
    assert row == ActionRow(
        "MOKET@example.org", "write-for-rights-2013", "yorm-bopha", "CD", "letter", 3, "2013-12-10"
    )


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (["not an address", "c", "", "", "sms", "1", ""], ActionProblem.BAD_ADDRESS),
        (["", "", "", "", "sms", "1", ""], ActionProblem.NO_CAMPAIGN),
        (["", "—", "", "", "sms", "1", ""], ActionProblem.NO_CAMPAIGN),
        (["", "c" * 101, "", "", "sms", "1", ""], ActionProblem.TOO_LONG),
        (["", "c", "", "", "dance", "1", ""], ActionProblem.UNKNOWN_KIND),
        (["", "c", "", "", "", "1", ""], ActionProblem.UNKNOWN_KIND),
        (["", "c", "", "Atlantis", "sms", "1", ""], ActionProblem.UNKNOWN_COUNTRY),
        (["", "c", "", "", "sms", "", ""], ActionProblem.BAD_QUANTITY),
        *(
            (["a@b.org", "c", "", "", "sms", bad, ""], ActionProblem.BAD_QUANTITY)
            for bad in ["0", "-1", "1.5", "1,200", "1_000", "many", "٣", "9" * 5000, "1e3", "+1"]
        ),
        *(
            (["a@b.org", "c", "", "", "sms", "1", bad], ActionProblem.BAD_DATE)
            for bad in ["2013-02-30", "2013-12", "10.12.2013", "0000-01-01", "2014-02-28", "soon"]
        ),
    ],
)
def test_a_row_that_can_not_be_right_has_its_reason(
    cells: list[str], problem: ActionProblem
) -> None:
    """What is not certain is not guessed at."""
    assert read(*cells) == problem


@pytest.mark.parametrize(
    ("written", "meant"),
    [("2013-12-10T23:59:00+01:00", "2013-12-10"), ("2013/2/1", "2013-02-01"), ("", "")],
)
def test_a_day_is_read_with_the_year_first(written: str, meant: str) -> None:
    """A time behind it is left off."""
    row = read("a@b.org", "c", "", "", "sms", "", written)
    assert isinstance(row, ActionRow)
    assert (row.done_on, row.quantity) == (meant, 1)


@pytest.mark.parametrize("kind", list(ActionKind))
def test_every_kind_is_known_by_its_own_word(kind: ActionKind) -> None:
    """However it is written."""
    for text in (kind.value, kind.value.upper().replace("_", " "), f" {kind.value} "):
        row = read("", "c", "", "", text, "1", "")
        assert isinstance(row, ActionRow)
        assert row.kind == kind


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["email", "kind"], "no column campaign"),
        (["email"], "no column campaign and no column kind"),
        (["campaign", "kind", "Action Type"], "two columns would both be the kind: kind and"),
        (["E-Mail", "campaign", "kind", "e mail"], "two columns would both be the email"),
    ],
)
def test_a_header_that_is_not_one_of_actions_is_refused(header: list[str], words: str) -> None:
    """Before any row is read."""
    with pytest.raises(InputError, match=words):
        Columns.of(header, "f.csv")


def test_unknown_columns_are_named_and_ours_are_not() -> None:
    """A file of rejected rows can be read again as it is."""
    columns = Columns.of(["line", "reason", "Campaign", "Kind", "Shoe size"], "f.csv")
    assert columns.ignored == ("Shoe size",)


def test_every_kind_word_and_reason_is_documented() -> None:
    """On the page that people read."""
    page = (Path(__file__).parents[2] / "docs" / "actions.md").read_text(encoding="utf-8")
    for word in [*ActionKind, *ActionProblem, *RowProblem]:
        assert f"| `{word}` | " in page


@given(st.text())
def test_a_key_of_a_key_is_itself(text: str) -> None:
    """So that keys can be typed as well as names."""
    assert key(key(text)) == key(text)


def test_every_row_is_imported_repeated_or_rejected(
    people: Database, tmp_path: Path, now: datetime
) -> None:
    """Rejected rows are kept beside the file, each with line and reason."""
    file = written(
        tmp_path / "a.csv",
        ["moket@EXAMPLE.org", "w4r", "", "", "letter", "3", "2013-12-10"],
        ["moket@example.org", "w4r", "", "TG", "letter", "1", ""],
        ["", "w4r", "", "PL", "letters", "216000", ""],
        ["nobody@example.org", "w4r", "", "", "letter", "1", ""],
        ["x@example.org", "w4r", "", "", "dance", "1", ""],
        ["x@example.org", "w4r"],
    )
    done = import_actions(people, file, now=now)
    assert adds_up(done)
    assert (done.imported, done.repeated, done.rejected) == (3, 0, 3)
    assert stored(people) == [
        (0, "w4r", "", "PL", "letter", 216000, ""),
        (1, "w4r", "", "CD", "letter", 3, "2013-12-10"),
        (1, "w4r", "", "TG", "letter", 1, ""),
    ]
    kept = list(csv.reader(Path(done.rejected_file).read_text(encoding="utf-8").splitlines()))
    assert [row[:3] for row in kept[1:]] == [
        ["5", "unknown_address", "nobody@example.org"],
        ["6", "unknown_kind", "x@example.org"],
        ["7", "ragged_row", "x@example.org"],
    ]


def test_the_same_file_twice_changes_nothing(
    people: Database, tmp_path: Path, now: datetime
) -> None:
    """Equal rows of one file count each; those of another are the same actions again."""
    row = ["moket@example.org", "w4r", "", "", "tweet", "1", "2013-12-10"]
    file = written(tmp_path / "a.csv", row, row, ["x@example.org", *row[1:]], row)
    assert import_actions(people, file, now=now).imported == 4
    before = stored(people)
    again = import_actions(people, file, now=now)
    assert (again.imported, again.repeated) == (0, 4)
    longer = import_actions(people, written(tmp_path / "b.csv", *[row] * 5), now=now)
    assert (longer.imported, longer.repeated) == (2, 3)
    assert set(stored(people)) == set(before)


def test_a_person_who_moved_has_not_acted_twice(
    people: Database, tmp_path: Path, now: datetime
) -> None:
    """A new address and country make no new action of an old row."""
    rows = ["w4r", "", "", "sms", "1", ""]
    import_actions(people, written(tmp_path / "a.csv", ["moket@example.org", *rows]), now=now)
    people.conn.execute(
        "UPDATE supporters SET email = 'new@example.org', country = 'BE' WHERE supporter_id = 1"
    )
    again = import_actions(people, written(tmp_path / "b.csv", ["new@example.org", *rows]), now=now)
    assert (again.imported, again.repeated) == (0, 1)


def test_a_dry_run_tells_the_same_and_writes_nothing(
    people: Database, tmp_path: Path, now: datetime
) -> None:
    """Neither actions nor rejected rows."""
    file = written(
        tmp_path / "a.csv",
        ["moket@example.org", "w4r", "", "", "sms", "1", ""],
        ["nobody@example.org", "w4r", "", "", "sms", "1", ""],
    )
    dry = import_actions(people, file, now=now, dry_run=True)
    assert stored(people) == []
    assert [path.name for path in tmp_path.glob("a.csv*")] == ["a.csv"]
    real = import_actions(people, file, now=now)
    assert (dry.imported, dry.repeated, dry.rejects) == (real.imported, 0, real.rejects)


def test_a_stray_quotation_mark_costs_its_own_row_and_no_other(
    people: Database, tmp_path: Path, now: datetime
) -> None:
    """A row that seems to hold others is refused; honest text over several lines is passed over."""
    file = tmp_path / "a.csv"
    file.write_text(
        "email,campaign,kind,comment\n"
        'x@example.org,w4r,sms,"two\nlines, honest"\n'
        'x@example.org,w4r,tweet,"never closed\n'
        "x@example.org,w4r,letter,fine\n"
        'x@example.org,w4r,fax,closed here"\n'
        'x@example.org,"w4r\n",email,\n'
        'x@example.org,"w4\nr",email,\n'
        'moket@example.org,w4r,email,"never closed\n',
        encoding="utf-8",
    )
    done = import_actions(people, file, now=now)
    assert adds_up(done)
    assert (done.imported, done.rejects) == (2, {"line_break": 2, "bad_quotes": 1})
    assert {row[4] for row in stored(people)} == {"sms", "email"}
    kept = Path(done.rejected_file).read_text(encoding="utf-8")
    assert "x@example.org,w4r,letter,fine" in kept


def test_a_file_that_breaks_in_the_middle_changes_nothing(
    people: Database, tmp_path: Path, now: datetime
) -> None:
    """One transaction: what stood before the fault is not in either."""
    file = tmp_path / "a.csv"
    row = "x@example.org,w4r,sms\n"
    file.write_bytes(f"email,campaign,kind\n{row * 9000}".encode("utf-16") + b"\x00")
    with pytest.raises(InputError, match="can't be read as utf-16"):
        import_actions(people, file, now=now)
    assert stored(people) == []
    assert not people.conn.in_transaction
    assert [path.name for path in tmp_path.glob("a.csv*")] == ["a.csv"]


def test_a_stop_in_the_middle_changes_nothing(
    people: Database, tmp_path: Path, now: datetime
) -> None:
    """At any moment, while reading as well as while writing."""
    rows = [["x@example.org", "w4r", f"case {n}", "", "sms", "1", ""] for n in range(30_000)]
    file = written(tmp_path / "a.csv", *rows, ["", "", "", "", "", "", "x"])
    for share in (0, 0.2, 0.45, 0.55, 0.8):

        def stop(done: int, total: int | None, share: float = share) -> None:
            if done >= share * (total or 0):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            import_actions(people, file, now=now, progress=stop)
        assert stored(people) == []
    assert [path.name for path in tmp_path.glob("a.csv*")] == ["a.csv"]
    assert import_actions(people, file, now=now).imported == 30_000


@pytest.mark.parametrize("dry_run", [True, False])
def test_others_may_write_while_a_file_is_read(
    people: Database, settings: Settings, tmp_path: Path, now: datetime, *, dry_run: bool
) -> None:
    """Only the writing of what was read locks them out; a dry run never does."""
    rows = [["x@example.org", "w4r", f"case {n}", "", "sms", "1", ""] for n in range(9000)]
    other = open_database(settings.database, busy_seconds=0)
    changed = 0

    def change(done: int, total: int | None) -> None:
        nonlocal changed
        if dry_run or done < (total or 0) // 2:
            with atomic(other):
                other.conn.execute("UPDATE supporters SET given_name = given_name || 'x'")
            changed += 1

    file = written(tmp_path / "a.csv", *rows)
    done = import_actions(people, file, now=now, dry_run=dry_run, progress=change)
    other.close()
    assert done.imported == 9000
    assert changed > 1


def test_nothing_is_left_of_an_import_in_the_connection(
    people: Database, tmp_path: Path, now: datetime
) -> None:
    """However it ended."""
    import_actions(people, written(tmp_path / "a.csv"), now=now)
    with pytest.raises(InputError):
        import_actions(people, tmp_path / "none.csv", now=now)
    assert people.conn.execute("SELECT name FROM sqlite_temp_master").fetchall() == []


def test_progress_goes_up_to_its_end(people: Database, tmp_path: Path, now: datetime) -> None:
    """So that a bar is full when the work is done."""
    rows = [["x@example.org", "w4r", f"case {n}", "", "sms", "1", ""] for n in range(2500)]
    seen: list[tuple[int, int | None]] = []
    import_actions(
        people,
        written(tmp_path / "a.csv", *rows),
        now=now,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


def test_the_order_of_a_file_does_not_matter(
    people: Database, tmp_path: Path, now: datetime
) -> None:
    """Equal rows far apart are still counted one by one."""
    rows = [["x@example.org", "w4r", f"case {n % 7}", "", "sms", "1", ""] for n in range(2500)]
    import_actions(people, written(tmp_path / "a.csv", *rows), now=now)
    random.Random(1).shuffle(rows)
    again = import_actions(people, written(tmp_path / "b.csv", *rows), now=now)
    assert (again.imported, again.repeated) == (0, 2500)


def test_totals_add_up_by_campaign_and_kind(
    people: Database, tmp_path: Path, now: datetime
) -> None:
    """People are counted once; what belongs to nobody is told apart."""
    file = written(
        tmp_path / "a.csv",
        ["x@example.org", "w4r", "a", "", "letter", "3", ""],
        ["x@example.org", "w4r", "b", "", "letter", "2", ""],
        ["moket@example.org", "w4r", "", "", "tweet", "1", ""],
        ["", "w4r", "", "PL", "letter", "216000", ""],
        ["", "other", "", "", "fax", "1", ""],
    )
    import_actions(people, file, now=now)
    found = [(t.kind, t.quantity, t.people, t.without_person) for t in list_actions(people, "W4R")]
    assert found == [("letter", 216005, 1, 216000), ("tweet", 1, 1, 0)]
    assert len(list_actions(people)) == 3
    with pytest.raises(NotFound):
        list_actions(people, "nothing")
