"""Reading segment files: headers, names, bytes; and writing them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import AlreadyExists, InputError, NotFound, SegmentError
from outreach.segments import Wish, get_segment, segment_names, write_segment
from outreach.segments.draft import drafted
from outreach.segments.tokens import tokens

SHIPPED = Path(__file__).parents[2] / "segments"
GOOD = "-- title: T\n-- reason: R\nSELECT supporter_id FROM supporters;\n"


def test_the_header_gives_title_and_reason(tmp_path: Path) -> None:
    """A reason may go on in the lines below it, and other comments are left alone."""
    text = (
        "-- Title:  Who took part \n"
        "-- reason: They wrote,\n--   so they are owed\n--  the result.\n"
        "--\n-- not a part of it\n\n-- title: nor this\nSELECT supporter_id FROM actions;"
    )
    (tmp_path / "a.sql").write_text(text, encoding="utf-8")
    segment = get_segment(tmp_path, "a")
    assert segment.title == "Who took part"
    assert segment.reason == "They wrote, so they are owed the result."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT supporter_id FROM supporters", "title"),
        ("-- title: T\nSELECT supporter_id FROM supporters", "reason"),
        ("-- title:\n-- reason: R\nSELECT supporter_id FROM supporters", "title"),
        ("", "no SELECT"),
        ("-- title: T\n-- reason: R\n", "no SELECT"),
    ],
)
def test_a_broken_header_is_reported(tmp_path: Path, text: str, words: str) -> None:
    """With the line to write."""
    (tmp_path / "a.sql").write_text(text, encoding="utf-8")
    with pytest.raises(SegmentError, match=words):
        get_segment(tmp_path, "a")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"-- title: T\n-- reason: \xff\nSELECT 1", "line 2: it is not UTF-8"),
        (GOOD.encode() + b"\x00", "line 4: it is not text"),
        (GOOD.encode() + b"-" * 1_000_001, "longer than"),
        (GOOD.encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_file_that_is_no_text_is_reported(tmp_path: Path, raw: bytes, words: str) -> None:
    """With file and line."""
    (tmp_path / "a.sql").write_bytes(raw)
    with pytest.raises(SegmentError, match=words):
        get_segment(tmp_path, "a")


def test_windows_files_are_read(tmp_path: Path) -> None:
    """A byte order mark and line ends of two characters don't matter."""
    (tmp_path / "a.sql").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert get_segment(tmp_path, "a").title == "T"


@pytest.mark.parametrize("name", ["Took Part", "été", "a.b", "-a", "a" * 65])
def test_a_file_whose_name_is_none_spoils_no_other(tmp_path: Path, name: str) -> None:
    """It is reported when it is asked for; the others can be used meanwhile."""
    (tmp_path / f"{name}.sql").write_text(GOOD, encoding="utf-8")
    (tmp_path / "good.sql").write_text(GOOD, encoding="utf-8")
    assert get_segment(tmp_path, "good").title == "T"
    with pytest.raises(SegmentError, match="lower-case"):
        get_segment(tmp_path, name)


def test_two_files_that_sql_can_not_tell_apart_are_reported(tmp_path: Path) -> None:
    """`a-b` and `a_b` would both be segment_a_b."""
    for name in ("a-b", "a_b"):
        (tmp_path / f"{name}.sql").write_text(GOOD, encoding="utf-8")
    for name in ("a-b", "a_b"):
        with pytest.raises(SegmentError, match="segment_a_b"):
            get_segment(tmp_path, name)


def test_what_editors_leave_behind_is_no_segment(tmp_path: Path) -> None:
    """Hidden files and other endings are passed over."""
    for name in (".#a.sql", "a.sql~", "notes.txt"):
        (tmp_path / name).write_text("?", encoding="utf-8")
    assert segment_names(tmp_path) == ()


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(SegmentError, match="can't be read"):
        segment_names(tmp_path / "nowhere")


def test_the_shipped_segments_can_all_be_read() -> None:
    """Those that the example campaign needs are among them."""
    shipped = {name: get_segment(SHIPPED, name) for name in segment_names(SHIPPED)}
    assert {"everyone", "took-part-2013", "took-part-2013-no-office"} <= set(shipped)


def test_a_new_segment_says_what_was_wished_for(tmp_path: Path) -> None:
    """One condition a line, values quoted."""
    (tmp_path / "volunteers.sql").write_text(GOOD, encoding="utf-8")
    wish = Wish(
        title="Togo,\nin French",
        countries=["TG", "CD", "TG"],
        languages=["fr"],
        tags=["it's"],
        took_action=["w4r"],
        not_in=["volunteers"],
    )
    segment = write_segment(tmp_path, "togo", wish)
    assert segment.title == "Togo, in French"
    assert segment.sql.splitlines()[3:] == [
        "SELECT supporter_id",
        "  FROM supporters",
        " WHERE country IN ('TG', 'CD')",
        "   AND (language = 'fr' OR language LIKE 'fr-%')",
        "   AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value IN ('it''s'))",
        "   AND supporter_id IN (SELECT supporter_id FROM actions WHERE campaign IN ('w4r'))",
        "   AND supporter_id NOT IN (SELECT supporter_id FROM segment_volunteers)",
    ]


def test_an_existing_segment_is_never_written_over(tmp_path: Path) -> None:
    """Nor one that SQL could not tell from it."""
    write_segment(tmp_path, "a-b", Wish())
    before = (tmp_path / "a-b.sql").read_bytes()
    for name in ("a-b", "a_b"):
        with pytest.raises(AlreadyExists):
            write_segment(tmp_path, name, Wish(title="other"))
    assert [p.name for p in tmp_path.iterdir()] == ["a-b.sql"]
    assert (tmp_path / "a-b.sql").read_bytes() == before


@pytest.mark.parametrize("name", ["", "A", "a b", "../a", "a.sql", "a/b"])
def test_a_new_segment_has_a_name_that_segments_may_have(tmp_path: Path, name: str) -> None:
    """And nothing is written outside the folder."""
    with pytest.raises(InputError, match="lower-case"):
        write_segment(tmp_path, name, Wish())
    assert list(tmp_path.iterdir()) == []


def test_a_segment_to_leave_out_must_exist(tmp_path: Path) -> None:
    """Nothing is written otherwise."""
    with pytest.raises(NotFound):
        write_segment(tmp_path, "a", Wish(not_in=["nobody"]))
    assert list(tmp_path.iterdir()) == []


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_no_value_escapes_its_quotes(value: str) -> None:
    """Whatever a tag is, SQLite reads it back as that tag."""
    sql = drafted("s", Wish(tags=[value])).split(" IN (")[1].split("));")[0]
    connection = sqlite3.connect(":memory:")
    try:
        assert connection.execute(f"SELECT {sql}").fetchone() == (value,)
    finally:
        connection.close()


@given(st.text(alphabet="ab;'\"`[]-/*\n ()1é"))
def test_tokens_leave_out_nothing_but_space_and_comments(sql: str) -> None:
    """Each stands where it says, and they come in order."""
    end = 0
    for token in tokens(sql):
        assert sql.startswith(token.text, token.start)
        assert token.start >= end
        assert token.line == sql.count("\n", 0, token.start) + 1
        between = sql[end : token.start].strip()
        assert not between or between.startswith(("--", "/*"))
        end = token.start + len(token.text)
