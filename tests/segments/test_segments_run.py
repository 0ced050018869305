"""Running segments: what they may read, what they may not, and what a person is told."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database

from outreach import segments
from outreach.errors import NotFound, SegmentError
from outreach.segments.guard import FUNCTIONS
from outreach.segments.views import VIEWS, View, with_views
from outreach.store import atomic

DOCUMENTED = (Path(__file__).parents[2] / "docs" / "segments.md").read_text(encoding="utf-8")
RUNAWAY = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS supporter_id"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for segments."""
    path = tmp_path / "segments"
    path.mkdir()
    return path


@pytest.fixture
def people(db: Database) -> Database:
    """Zoé (1) in France, Moket (2) in the DRC who took part twice, and (3) of whom little is known.

    A reply and an event of Moket's, a count without a person, a reply of a stranger.
    """
    db.conn.executescript(
        """
        INSERT INTO supporters (supporter_id, email, given_name, country, language, tags) VALUES
            (1, 'zoe@example.org', 'Zoé', 'FR', 'fr', '["it''s", "été"]'),
            (2, 'moket@example.org', 'Moket', 'CD', 'fr-CD', '[]'),
            (3, 'x@example.org', '', '', '', '[]');
        INSERT INTO actions (supporter_id, campaign, case_key, kind, quantity, row_key) VALUES
            (2, 'w4r', 'yorm-bopha', 'letter', 3, x'01'), (2, 'w4r', '', 'tweet', 1, x'02'),
            (NULL, 'w4r', '', 'letter', 216000, x'03');
        INSERT INTO campaigns (campaign_id, name, template, segment, created_at)
            VALUES (1, 'spring', 't', 's', '2014-02-25T09:00:00Z');
        INSERT INTO deliveries (campaign_id, supporter_id, state, changed_at) VALUES
            (1, 1, 'refused', '2014-02-26T09:00:00Z'), (1, 2, 'accepted', '2014-02-26T09:00:00Z');
        INSERT INTO inbound (inbound_id, dedupe_key, source, received_at, raw) VALUES
            (1, x'01', 'file', '2014-02-27T09:00:00Z', x'00'),
            (2, x'02', 'file', '2014-02-27T09:00:00Z', x'00');
        INSERT INTO replies (inbound_id, kind, certainty, campaign_id, supporter_id, understood_at)
            VALUES (1, 'volunteer', 1, 1, 2, ''), (2, 'thanks', 1, NULL, NULL, '');
        INSERT INTO followups (followup_id, campaign_id, supporter_id, stage, opened_at)
            VALUES (1, 1, 2, 'new', '');
        INSERT INTO gatherings (followup_id, country) VALUES (1, 'CD'), (NULL, 'TG');
        """
    )
    return db


def write(folder: Path, sql: str, name: str = "s") -> None:
    """Write a segment."""
    (folder / f"{name}.sql").write_text(f"-- title: T\n-- reason: R\n{sql}", encoding="utf-8")


def ids(db: Database, folder: Path, name: str = "s") -> list[int]:
    """Give the people of a segment as planning gets them."""
    with atomic(db):
        number = segments.fill_audience(db, folder, name, time_limit=60)
    found = [i for (i,) in db.conn.execute("SELECT supporter_id FROM temp.audience ORDER BY 1")]
    assert number == len(found) == segments.count(db, folder, name, time_limit=60)
    return found


def refusal(db: Database, folder: Path, name: str = "s", time_limit: float = 60) -> SegmentError:
    """Give the error that a segment ends with; the connection must be as free as before."""
    before = db.conn.total_changes
    with pytest.raises(SegmentError) as caught:
        segments.count(db, folder, name, time_limit=time_limit)
    assert db.conn.total_changes == before
    assert db.conn.execute("SELECT count(*) FROM signing_keys, main.supporters").fetchone()
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT supporter_id FROM supporters", [1, 2, 3]),
        ("SELECT * FROM supporters WHERE country <> 'FR';  -- the end; really", [2, 3]),
        ("SELECT supporter_id FROM actions", [2]),
        ("SELECT supporter_id FROM actions WHERE case_key = 'yorm-bopha' AND quantity > 2", [2]),
        ("SELECT supporter_id FROM deliveries WHERE campaign = 'spring'", [1, 2]),
        ("SELECT supporter_id FROM deliveries WHERE accepted_on >= '2014-02-26'", [2]),
        ("SELECT supporter_id FROM replies WHERE kind = 'volunteer' AND campaign = 'spring'", [2]),
        ("SELECT supporter_id FROM gatherings WHERE campaign = 'spring'", [2]),
        (
            "SELECT supporter_id FROM supporters, json_each(tags) WHERE json_each.value = 'été'",
            [1],
        ),
        (
            "WITH busy AS (SELECT supporter_id, sum(quantity) AS n FROM actions GROUP BY 1)"
            " SELECT supporter_id FROM busy WHERE n > 3",
            [2],
        ),
        (
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 9)"
            " SELECT x AS supporter_id FROM n WHERE (SELECT count(*) FROM n) = 9",
            [1, 2, 3],
        ),
        (
            "SELECT 1 AS supporter_id UNION ALL SELECT 1 UNION ALL SELECT NULL UNION ALL SELECT 9",
            [1],
        ),
        ("SELECT 'x' AS supporter_id UNION SELECT '2'", [2]),
        (
            "SELECT supporter_id, 1 AS segment_size FROM supporters"
            " WHERE email = 'ZOE@example.org'",
            [1],
        ),
        ("SELECT supporter_id FROM supporters WHERE joined < date('now') ORDER BY 1 LIMIT 1", [1]),
    ],
)
def test_a_segment_chooses_among_the_documented_views(
    people: Database, folder: Path, sql: str, expected: list[int]
) -> None:
    """Each person once, in whatever way the SELECT is written."""
    write(folder, sql)
    assert ids(people, folder) == expected


def test_segments_build_on_each_other_and_leave_each_other_out(
    people: Database, folder: Path
) -> None:
    """A hyphen in a file's name is an underscore in SQL."""
    write(folder, "SELECT supporter_id FROM actions", "took-part")
    write(folder, "SELECT supporter_id FROM Segment_Took_Part", "on_top")
    write(
        folder,
        "SELECT supporter_id FROM supporters"
        ' EXCEPT SELECT supporter_id FROM segment_took_part EXCEPT SELECT * FROM "segment_on_top"',
    )
    assert ids(people, folder) == [1, 3]


@pytest.mark.parametrize("view", [v.name for v in VIEWS if v.name != "supporters"])
def test_not_in_is_safe_for_every_view(people: Database, folder: Path, view: str) -> None:
    """A NULL among the ids would make NOT IN choose nobody; no view holds one."""
    write(
        folder,
        "SELECT supporter_id FROM supporters"
        f" WHERE supporter_id NOT IN (SELECT supporter_id FROM {view})",
    )
    assert 3 in ids(people, folder)


def test_a_row_without_a_person_does_not_empty_a_segment_built_on_it(
    people: Database, folder: Path
) -> None:
    """The same holds for a segment that gives a NULL."""
    write(folder, "SELECT 1 AS supporter_id UNION SELECT NULL", "with-null")
    write(
        folder,
        "SELECT supporter_id FROM supporters"
        " WHERE supporter_id NOT IN (SELECT supporter_id FROM segment_with_null)",
    )
    assert ids(people, folder) == [2, 3]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM supporters",
        "UPDATE supporters SET consent = 'granted'",
        "INSERT INTO supporters (email) VALUES ('a@example.org')",
        "ATTACH 'x.db' AS x",
        "PRAGMA user_version = 3",
        "EXPLAIN SELECT 1",
        "CREATE TABLE t (x)",
        "WITH x AS (SELECT 1) DELETE FROM supporters",
        "SELECT supporter_id FROM supporters; DELETE FROM supporters",
        "SELECT supporter_id FROM supporters; SELECT supporter_id FROM supporters",
        "SELECT supporter_id FROM main.supporters",
        "SELECT supporter_id FROM supporters WHERE (SELECT count(secret) FROM signing_keys)",
        "SELECT supporter_id FROM supporters WHERE (SELECT count(*) FROM Signing_Keys) = 0",
        "SELECT supporter_id FROM supporters WHERE (SELECT count(*) FROM suppressions) = 0",
        "SELECT key_id AS supporter_id FROM signing_keys",
        "SELECT rootpage AS supporter_id FROM sqlite_master",
        "SELECT 1 AS supporter_id FROM temp.sqlite_temp_master",
        "SELECT cid AS supporter_id FROM pragma_table_info('supporters')",
        # a part of one's own under the name of a view is no way around
        "WITH supporters AS (SELECT key_id AS supporter_id, secret FROM main.signing_keys)"
        " SELECT * FROM supporters",
        "WITH replies AS (SELECT inbound_id AS supporter_id, raw FROM main.inbound)"
        " SELECT * FROM replies",
        "SELECT load_extension('x') AS supporter_id",
        "SELECT fts3_tokenizer('a', 'b') AS supporter_id",
        "SELECT zeroblob(1000000000) AS supporter_id",
        "SELECT readfile('/etc/passwd') AS supporter_id",
        "SELECT supporter_id FROM supporters) UNION SELECT * FROM (SELECT 1",
    ],
)
def test_a_segment_can_do_nothing_but_read_the_views(
    people: Database, folder: Path, sql: str
) -> None:
    """Whatever the SQL asks for besides is refused, and nothing is changed."""
    write(folder, sql)
    error = refusal(people, folder)
    assert str(folder / "s.sql") in str(error)
    assert [n for (n,) in people.conn.execute("SELECT count(*) FROM supporters")] == [3]


@pytest.mark.parametrize(
    ("sql", "line", "words"),
    [
        ("SELECT supporter_id\nFROM supporters\nWHERE contry = 'FR'", 5, "contry"),
        ("SELECT supporter_id\nFROM\n\nsuporters", 6, "did you mean supporters"),
        ("SELECT supporter_id\nFROM segment_nobody", 4, "segment_nobody"),
        ("SELECT supporter_id FROM supporters\nWHERE 1 AND\nGROUP BY 1 AND", 5, "GROUP"),
        ("SELECT supporter_id FROM supporters\nWHERE length()", 4, "length"),
        ("SELECT supporter_id FROM supporters\nWHERE lenght(email)", 4, "lenght"),
        ("SELECT supporter_id FROM supporters\nWHERE country = 'FR", 4, "not closed"),
        ("SELECT supporter_id FROM supporters\n/* and so on", 4, "not closed"),
        ("SELECT supporter_id FROM supporters\nWHERE country = ?", 4, "values from outside"),
        ("SELECT supporter_id FROM supporters\nWHERE country = :c", 4, "values from outside"),
        ("SELECT supporter_id FROM supporters\n; SELECT 1", 4, "more than one statement"),
        ("\nDROP TABLE supporters", 4, "DROP"),
        ("SELECT 1 AS supporter_id\nFROM main.signing_keys", 4, "signing_keys"),
        ("SELECT supporter_id FROM supporters\nWHERE randomblob(9)", 4, "randomblob()"),
        ("SELECT (supporter_id FROM supporters", None, "bracket"),
        ("SELECT country, email FROM supporters", None, "country, email"),
        ("SELECT supporter_id FROM supporters WHERE json_extract(country, '$')", None, "JSON"),
        ("SELECT supporter_id FROM supporters WHERE 1 # 2", None, "#"),
        ("-- nothing", None, "no SELECT"),
    ],
)
def test_a_fault_is_told_with_its_line(
    people: Database, folder: Path, sql: str, line: int | None, words: str
) -> None:
    """The line is the file's own, header included."""
    write(folder, sql)
    error = refusal(people, folder)
    assert error.line == line
    assert words in str(error)


def test_a_fault_is_told_of_the_file_in_which_it_stands(people: Database, folder: Path) -> None:
    """Not of the segment that builds on it."""
    write(folder, "SELECT supporter_id FROM supporters WHERE contry = 'FR'", "below")
    write(folder, "SELECT supporter_id FROM segment_below")
    assert refusal(people, folder).file == str(folder / "below.sql")


@pytest.mark.parametrize("start", ["a", "b", "c"])
def test_a_circle_is_named(people: Database, folder: Path, start: str) -> None:
    """Also where one builds on itself by way of others."""
    for name, below in [("a", "b"), ("b", "c"), ("c", "a")]:
        write(folder, f"SELECT supporter_id FROM segment_{below}", name)
    problem = str(refusal(people, folder, start))
    assert f"{start} -> " in problem
    assert problem.count("->") == 3


@pytest.mark.parametrize(
    "sql",
    [
        f"{RUNAWAY} FROM n",
        f"SELECT supporter_id FROM supporters WHERE supporter_id IN ({RUNAWAY} FROM n)",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
        " SELECT count(*) AS supporter_id FROM n",
    ],
)
def test_a_runaway_is_stopped(people: Database, folder: Path, sql: str) -> None:
    """It ends soon after its time limit, and the database can be used at once."""
    write(folder, sql)
    assert "longer than 0.2 s" in str(refusal(people, folder, time_limit=0.2))
    write(folder, "SELECT supporter_id FROM supporters")
    assert ids(people, folder) == [1, 2, 3]


LONG = "hex(" * 12 + "'aa'" + ")" * 12
HUGE = f"replace({LONG}, '3', {LONG})"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT length(printf('%.900000000c', 'x')) AS supporter_id",
        "SELECT length(format('%.*d', 2147483647, 1)) AS supporter_id",
        f"SELECT length({HUGE}) AS supporter_id",
        f"SELECT group_concat({HUGE}) AS supporter_id FROM supporters",
        f"{RUNAWAY} FROM n WHERE length(group_concat(x)) > 0",
        "WITH RECURSIVE d(x) AS (SELECT 'ab' UNION ALL SELECT x || x FROM d)"
        " SELECT length(x) AS supporter_id FROM d",
    ],
)
def test_no_function_fills_the_memory(people: Database, folder: Path, sql: str) -> None:
    """A text has an end, whichever way it is made; afterwards the connection has no such limit."""
    write(folder, sql)
    before = people.conn.getlimit(sqlite3.SQLITE_LIMIT_LENGTH)
    tracked = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal(people, folder, time_limit=0.5)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - tracked < 100_000
    assert people.conn.getlimit(sqlite3.SQLITE_LIMIT_LENGTH) == before


def test_a_text_too_long_is_told_as_such(people: Database, folder: Path) -> None:
    """Also where it came with the list."""
    people.conn.execute("UPDATE supporters SET attributes = json_object('x', hex(zeroblob(99999)))")
    write(folder, "SELECT supporter_id FROM supporters")
    assert ids(people, folder) == [1, 2, 3]
    write(folder, "SELECT supporter_id FROM supporters WHERE attributes ->> 'x' <> ''")
    assert "100,000 bytes" in str(refusal(people, folder))


@pytest.mark.parametrize("slow", ["instr(x || hay, needle)", "replace(x || hay, needle, '') = ''"])
def test_slow_functions_are_stopped_too(people: Database, folder: Path, slow: str) -> None:
    """Between one call and the next."""
    write(
        folder,
        "WITH RECURSIVE c(x) AS (SELECT 'aa' UNION ALL SELECT x || x FROM c LIMIT 16),"
        " big(hay, needle) AS (SELECT max(x), substr(max(x), 1, 30000) || 'b' FROM c),"
        " n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
        f" SELECT count(*) AS supporter_id FROM n, big WHERE {slow}",
    )
    assert "longer than 0.2 s" in str(refusal(people, folder, time_limit=0.2))


def doubling(folder: Path, levels: int) -> str:
    """Write segments each of which joins the one below with itself; give the name of the top."""
    write(folder, "SELECT supporter_id FROM supporters", "s0")
    for level in range(1, levels):
        below = f"segment_s{level - 1}"
        sql = f"SELECT a.supporter_id FROM {below} a JOIN {below} b USING (supporter_id)"
        write(folder, sql, f"s{level}")
    return f"s{levels - 1}"


def test_segments_that_double_each_other_are_refused_before_they_fill_the_memory(
    people: Database, folder: Path
) -> None:
    """A few such are well; a chain of them would be written out 2 to the power of its length."""
    assert ids(people, folder, doubling(folder, 6)) == [1, 2, 3]
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for levels in (16, 60):
        assert "so often" in str(refusal(people, folder, doubling(folder, levels)))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used < 50_000


@pytest.mark.parametrize("quoted", ["{}", '"{}"', "'{}'", "[{}]"])
def test_so_are_the_parts_of_one_segment(people: Database, folder: Path, quoted: str) -> None:
    """Whichever way their names are written, and columns or MATERIALIZED beside them."""
    parts = ["p0 AS (SELECT supporter_id FROM supporters)"]
    for level in range(1, 20):
        below = quoted.format(f"P{level - 1}")
        parts.append(
            f"p{level}(supporter_id) AS NOT MATERIALIZED"
            f" (SELECT a.supporter_id FROM {below} a, {below} b)"
        )
    write(folder, f"WITH {', '.join(parts)} SELECT supporter_id FROM p19")
    assert "so often" in str(refusal(people, folder))


def test_segments_may_build_on_each_other_for_long_and_not_for_ever(
    people: Database, folder: Path
) -> None:
    """Their number is said where it ends."""
    write(folder, "SELECT supporter_id FROM supporters", "s0")
    for level in range(1, 1200):
        write(folder, f"SELECT supporter_id FROM segment_s{level - 1}", f"s{level}")
    assert ids(people, folder, "s60") == [1, 2, 3]
    assert "more than 100 segments" in str(refusal(people, folder, "s1199"))


def test_a_runaway_at_planning_takes_the_whole_transaction_back(
    people: Database, folder: Path
) -> None:
    """What the caller did before in the same transaction is undone."""
    write(folder, f"{RUNAWAY} FROM n")

    def plan() -> None:
        with atomic(people):
            people.conn.execute("DELETE FROM deliveries")
            segments.fill_audience(people, folder, "s", time_limit=0.2)

    with pytest.raises(SegmentError):
        plan()
    assert not people.conn.in_transaction
    assert people["deliveries"].count == 2


def test_ctrl_c_stops_a_segment(people: Database, folder: Path) -> None:
    """It need not wait for the time limit."""
    write(folder, f"{RUNAWAY} FROM n")
    # whoever started the tests may have them ignore it, as nohup does
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            segments.count(people, folder, "s", time_limit=60)
    finally:
        signal.signal(signal.SIGINT, before)
    assert people["supporters"].count == 3


def test_the_audience_is_made_afresh_each_time(people: Database, folder: Path) -> None:
    """Nobody of an earlier segment is left in it."""
    write(folder, "SELECT supporter_id FROM supporters")
    write(folder, "SELECT 2 AS supporter_id", "two")
    assert ids(people, folder) == [1, 2, 3]
    assert ids(people, folder, "two") == [2]


def test_nothing_is_left_in_front_of_the_tables(people: Database, folder: Path) -> None:
    """After a run, `supporters` is the table again, to read and to write."""
    write(folder, "SELECT supporter_id FROM supporters")
    with atomic(people):
        segments.fill_audience(people, folder, "s", time_limit=60)
        people.conn.execute("UPDATE supporters SET import_id = NULL")
        people.conn.execute("INSERT INTO supporters (email) VALUES ('n@example.org')")
    assert people["supporters"].count == 4


def test_a_segment_of_that_name_must_exist(people: Database, folder: Path) -> None:
    """A near name is offered."""
    write(folder, "SELECT supporter_id FROM supporters", "volunteers")
    with pytest.raises(NotFound, match="did you mean volunteers"):
        segments.count(people, folder, "volunters", time_limit=60)


def test_explain_names_the_indexes_with_their_columns(people: Database, folder: Path) -> None:
    """A reader sees whether an index serves, without knowing the schema."""
    write(folder, "SELECT supporter_id FROM actions WHERE campaign = 'w4r'")
    explained = segments.explain(people, folder, "s", time_limit=60)
    assert explained.indexes == ("actions_campaign on actions (campaign, supporter_id)",)
    assert any("SEARCH" in line for line in explained.plan)
    assert "WHERE campaign = 'w4r'" in explained.sql


def test_a_sample_masks_addresses(people: Database, folder: Path) -> None:
    """Looking at a segment shows nobody's whole address."""
    write(folder, "SELECT supporter_id FROM supporters")
    first, second = segments.sample(people, folder, "s", time_limit=60, limit=2)
    assert (first.given_name, first.email) == ("Zoé", "z…@example.org")
    assert second.supporter_id == 2


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.name)
class TestEveryView:
    """Promises of every documented view."""

    def test_has_exactly_the_documented_columns(self, db: Database, view: View) -> None:
        """In code."""
        found = db.conn.execute(f"{with_views()} SELECT * FROM {view.name}")
        assert [c[0] for c in found.description] == list(view.columns)

    def test_stands_in_the_docs_with_every_column(self, view: View) -> None:
        """And on the page that people read."""
        section = DOCUMENTED.split(f"\n### {view.name}\n")[1].split("\n#")[0]
        rows = [f"| `{name}` | {meaning} |" for name, meaning in view.columns.items()]
        assert [line for line in section.splitlines() if line.startswith("| `")] == rows


def test_every_allowed_function_is_documented() -> None:
    """The page lists all of them, and no other."""
    listed = DOCUMENTED.split("The functions that it may use")[1].split("\n\n")[1]
    assert set(listed.replace("`", "").replace("\n", " ").split(", ")) == FUNCTIONS
