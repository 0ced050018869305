"""Who asks to be erased is: nothing is left of them but that nothing goes to them."""

from __future__ import annotations

from pathlib import Path

import erasable
import pytest
from erasable import ADDRESS, OTHERS, SPELLINGS, WORDS, World
from operating import outreach
from sqlite_utils import Database

from outreach.errors import IllegalMove, NotFound
from outreach.store import open_database
from outreach.workflow import erasing, personaldata
from outreach.workflow.replies import import_replies


def test_every_table_and_column_has_its_fate(db: Database) -> None:
    """Nothing that is added to the database can be forgotten."""
    tables = db.conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite_%'"
    ).fetchall()
    assert {name for (name,) in tables} == set(personaldata.HOMES)
    for table, home in personaldata.HOMES.items():
        # 2: a generated column, which nobody writes
        columns = [row[1] for row in db.conn.execute(f"PRAGMA table_xinfo({table})") if row[6] != 2]
        stays = home.stays.split()
        if home.rows and not home.deleted:
            assert sorted([*stays, *home.becomes]) == sorted(columns), table
        else:
            assert not stays, table
            assert not home.becomes, table
        assert home.why, table


def test_she_has_everything(world: World) -> None:
    """So that what follows proves something: in each table that can hold hers there is a row."""
    shown = erasing.look(world.db, world.settings, ADDRESS)
    theirs = {table for table, home in personaldata.HOMES.items() if home.rows}
    assert theirs - {part.table for part in shown.going} <= {
        *("actions", "letter_attachments", "letter_files", "gathering_letters")
    }
    assert shown.files == 2
    cells = erasable.unpacked(world.db)
    for word in WORDS:
        assert any(word.lower() in text.lower() for text in cells.values()), word


@pytest.mark.parametrize("who", [ADDRESS, SPELLINGS[1], "number"])
def test_nothing_of_her_is_left_in_any_file(world: World, who: str) -> None:
    """In the database, its log, the outbox: as it lies, unpacked, and decoded."""
    named = str(world.amina) if who == "number" else who
    done = erasing.erase(world.db, world.settings, named, now=erasable.moment())
    assert done.is_clean
    assert erasable.found_in(world.settings.root) == set()
    left = {
        (where, word)
        for where, text in erasable.unpacked(world.db).items()
        for word in WORDS
        if word.lower() in text.lower()
    }
    assert left == set()
    assert done.files == 2


def test_what_is_others_stays(world: World) -> None:
    """Their addresses, mails, letters and events."""
    erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    cells = erasable.unpacked(world.db)
    assert any(OTHERS in text for text in cells.values())
    assert any("I would like to help too" in text for text in cells.values())
    assert any("p3@example.org" in text for where, text in cells.items() if "bodies" in where)
    assert world.count("supporters", "instr(email, '@')") == 25
    assert len(list((world.settings.outbox_dir / "new").iterdir())) == 23


def test_what_is_counted_stays(world: World) -> None:
    """The ledger, kinds of replies, openings, stages, results."""
    counted = [
        "SELECT state, count(*) FROM deliveries GROUP BY state",
        "SELECT kind, country, count(*) FROM replies GROUP BY 1, 2 ORDER BY 1, 2",
        "SELECT kind, count(*) FROM provider_events GROUP BY kind",
        "SELECT what, count(*) FROM counted GROUP BY what",
        "SELECT count(*) FROM followups",
        "SELECT state, events, attended FROM gathering_results",
        "SELECT kind, quantity FROM gathering_counts",
        "SELECT kind, quantity, campaign, country FROM actions",
        "SELECT country, kind, state, held_on FROM gatherings",
    ]
    before = [world.db.conn.execute(query).fetchall() for query in counted]
    erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    assert [world.db.conn.execute(query).fetchall() for query in counted] == before


def test_a_second_time_is_safe(world: World) -> None:
    """By address; a file that the first could not take away is taken then."""
    first = erasing.look(world.db, world.settings, ADDRESS)
    kept = next((world.settings.outbox_dir / "new").glob(f"{world.delivery}-*"))
    raw = kept.read_bytes()
    erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    kept.write_bytes(raw)
    before = erasable.unpacked(world.db)
    assert first.rows
    again = erasing.erase(world.db, world.settings, SPELLINGS[2], now=erasable.moment())
    assert again.files == 1
    assert not again.supporter_ids
    assert erasable.unpacked(world.db) == before
    assert erasable.found_in(world.settings.root) == set()
    with pytest.raises(NotFound, match="were erased"):
        erasing.erase(world.db, world.settings, str(world.amina), now=erasable.moment())


@pytest.mark.parametrize(
    "claim", ["UPDATE deliveries SET state = 'claimed'", "UPDATE letters SET state = 'claimed'"]
)
def test_not_while_a_letter_is_on_its_way(world: World, claim: str) -> None:
    """Nothing is changed, and the sentence says what to wait for."""
    world.db.conn.execute(claim)
    before = erasable.unpacked(world.db)
    assert "on its way" in erasing.look(world.db, world.settings, ADDRESS).hindrance
    with pytest.raises(IllegalMove, match="on its way"):
        erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    assert erasable.unpacked(world.db) == before


def test_nobody_is_erased_who_isnt_there(world: World) -> None:
    """A slip of the pen is told."""
    with pytest.raises(NotFound):
        erasing.erase(world.db, world.settings, "nobody@example.org", now=erasable.moment())
    with pytest.raises(NotFound):
        erasing.look(world.db, world.settings, "4711")


def test_somebody_who_only_wrote_is_erased_by_address(world: World) -> None:
    """A volunteer from outside the list."""
    done = erasing.erase(world.db, world.settings, "Friend@example.net", now=erasable.moment())
    assert not done.supporter_ids
    words = ("friend@example.net", "I would like to help too")
    assert erasable.found_in(world.settings.root, words) == set()
    assert not any("help too" in text for text in erasable.unpacked(world.db).values())


def test_what_is_planned_does_not_leave(world: World) -> None:
    """It is withdrawn in the ledger, whose rows still add up; follow-ups are closed."""
    world.db.conn.execute(
        "UPDATE deliveries SET state = 'planned' WHERE supporter_id = ?", [world.amina]
    )
    world.db.conn.execute("UPDATE letters SET state = 'planned'")
    done = erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    assert done.withdrawn == 2
    assert world.count("deliveries", "state = 'withdrawn' AND reason = 'no_address'") == 1
    assert world.count("letters", "state = 'withdrawn'") == 1
    stages = world.db.conn.execute(
        "SELECT stage, name, email, waiting_since FROM followups WHERE followup_id = ?",
        [world.followup],
    ).fetchone()
    assert stages == ("closed", "", "", "")


def test_what_others_wrote_of_her_stays_and_is_told(world: World, tmp_path: Path) -> None:
    """A mail that names her address, and a note in somebody else's follow-up."""
    mail = tmp_path / "friend.eml"
    mail.write_text(
        "From: friend@example.net\nTo: news@outreach.example.org\nMessage-ID: <f@x>\n"
        f"Subject: Hello\n\nPlease write to {ADDRESS.upper()} as well.\n"
    )
    import_replies(world.db, world.settings, [mail], now=world.now)
    (number,) = world.db.conn.execute("SELECT max(inbound_id) FROM inbound").fetchone()
    world.db.conn.execute(
        "INSERT INTO followup_history (followup_id, changed_at, changed_by, field, old, new)"
        " VALUES ((SELECT followup_id FROM followups WHERE email LIKE 'friend@%'), '', 'Fatou',"
        " 'note', '', ?)",
        [f"knows {ADDRESS}"],
    )
    assert erasing.look(world.db, world.settings, ADDRESS).mails_of_others == (number,)
    done = erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    assert done.mails_of_others == (number,)
    assert done.elsewhere == {"replies": 1, "followup_history": 1}
    assert done.is_clean
    said = outreach(world.settings.root, "supporters", "erase", ADDRESS, "--yes").stdout
    assert "followup_history (1)" in said
    assert f"and stay: {number}" in said


def test_a_number_that_cannot_be_is_told_as_it_was_written(world: World) -> None:
    """Not as another one."""
    with pytest.raises(NotFound, match="9999999999999999999999"):
        erasing.look(world.db, world.settings, "9999999999999999999999")


def test_the_copy_of_the_file_is_made_on_the_disk(world: World) -> None:
    """A large database needn't fit into memory; what was collected of her was kept off the disk."""
    done = erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment(), rebuild=True)
    assert done.swept.rebuilt
    assert world.db.conn.execute("PRAGMA temp_store").fetchone() == (0,)


def test_looking_changes_nothing(world: World) -> None:
    """It may be looked at as often as one likes."""
    before = erasable.unpacked(world.db)
    for _ in range(2):
        erasing.look(world.db, world.settings, ADDRESS)
    assert erasable.unpacked(world.db) == before


def test_a_reader_keeps_the_log_and_a_second_call_cuts_it(world: World) -> None:
    """It is told, not hidden."""
    other = open_database(world.settings.database)
    other.conn.execute("BEGIN")
    other.conn.execute("SELECT count(*) FROM supporters").fetchone()
    world.db.conn.execute("PRAGMA busy_timeout = 100")
    done = erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    assert not done.is_clean
    other.close()
    again = erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    assert again.is_clean
    assert erasable.found_in(world.settings.root) == set()
