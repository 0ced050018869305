"""Who was erased is known again, by nothing that tells who it is, and not put back."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from outreach.errors import IllegalMove
from outreach.store import atomic
from outreach.supporters import roll, tombstones
from outreach.workflow.supporters import add_supporter, import_supporters

SPELLINGS = ["amina.d@gmail.com", "AMINAD@gmail.com", "a.mina.d+x@googlemail.com"]


def bury(db: Database, email: str, now: datetime) -> None:
    """Erase somebody, as far as the list is concerned."""
    with atomic(db):
        tombstones.bury(db, email, now)


@pytest.mark.parametrize("email", SPELLINGS)
@pytest.mark.parametrize("erased", SPELLINGS)
def test_a_list_does_not_bring_somebody_back(
    db: Database, now: datetime, tmp_path: Path, erased: str, email: str
) -> None:
    """Under no spelling; their row is rejected with the reason, and all others are taken in."""
    bury(db, erased, now)
    path = tmp_path / "list.csv"
    path.write_text(f"email\none@example.org\n{email}\nnone\ntwo@example.org\n", "utf-8")
    report = import_supporters(db, path, now=now)
    assert report.rejects == {"erased": 1, "bad_address": 1}
    assert report.imported == 2
    assert roll.find(db, email) is None
    with Path(report.rejected_file).open(encoding="utf-8", newline="") as file:
        assert any("erased" in row and email in row for row in csv.reader(file))
    with pytest.raises(IllegalMove, match="asked to be erased"):
        add_supporter(db, email, now=now)


def test_nobody_else_is_taken_for_them(db: Database, now: datetime) -> None:
    """Of a hundred thousand addresses, whose hints collide."""
    bury(db, "amina@example.org", now)
    stones = tombstones.standing(db)
    others = [f"p{number}@example.org" for number in range(100_000)]
    assert stones.met(others) == []
    assert stones.met([*others, "Amina+x@example.org"]) == [100_000]


def test_nothing_in_the_table_tells_who_it_is(db: Database, now: datetime) -> None:
    """A hash that is another in every workspace."""
    bury(db, "amina@example.org", now)
    bury(db, "amina+again@example.org", now)
    rows = db.conn.execute("SELECT * FROM erased").fetchall()
    assert len(rows) == 1
    assert "amina" not in repr(rows)
    assert len(rows[0][0]) == 32


def test_they_come_back_by_their_own_word(db: Database, now: datetime) -> None:
    """Under any spelling of it."""
    bury(db, "amina@example.org", now)
    with atomic(db):
        assert tombstones.lift(db, "Amina+new@example.org")
        assert not tombstones.lift(db, "amina@example.org")
    assert add_supporter(db, "amina@example.org", now=now).supporter.email == "amina@example.org"


def test_somebody_who_is_erased_while_a_list_is_read_is_not_put_back(
    db: Database, now: datetime, tmp_path: Path
) -> None:
    """The import says so, and has written nothing."""
    path = tmp_path / "list.csv"
    path.write_text("email\namina@example.org\none@example.org\n", "utf-8")

    def erase_meanwhile(_done: int, _total: int | None) -> None:
        bury(db, "amina@example.org", now)

    with pytest.raises(IllegalMove, match="while the file was read"):
        import_supporters(db, path, now=now, progress=erase_meanwhile)
    assert db.conn.execute("SELECT count(*) FROM supporters").fetchone() == (0,)
    assert import_supporters(db, path, now=now).rejects == {"erased": 1}
