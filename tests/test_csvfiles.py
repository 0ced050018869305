"""A file becomes numbered rows however it was saved; what can't be used is kept, byte for byte."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from outreach.csvfiles import Rejects, RowProblem, defused, open_table, rejects_path, restored
from outreach.errors import InputError


def file_of(folder: Path, content: bytes) -> Path:
    """Write a file."""
    path = folder / "list.csv"
    path.write_bytes(content)
    return path


def rows_of(path: Path) -> list[tuple[int, list[str], RowProblem | None]]:
    """Read a file whole."""
    with open_table(path) as table:
        return [tuple(row) for row in table.rows()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("codec", "bom", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_the_same_rows_come_from_every_way_of_saving_them(
    tmp_path: Path, codec: str, bom: bytes, name: str, line_end: str, delimiter: str
) -> None:
    """Delimiter, encoding, byte order mark and line ends are found without being told."""
    lines = ["email,name", "a@example.org,Chloé", "", '"b@example.org","Zoë"']
    text = line_end.join(line.replace(",", delimiter) for line in lines) + line_end
    path = file_of(tmp_path, bom + text.encode(codec))
    with open_table(path) as table:
        assert table.header == ("email", "name")
        assert table.encoding.name == name
        assert [tuple(row) for row in table.rows()] == [
            (2, ["a@example.org", "Chloé"], None),
            (4, ["b@example.org", "Zoë"], None),
        ]


def test_a_line_number_is_that_of_the_rows_first_line(tmp_path: Path) -> None:
    """Quoted line breaks of all kinds count as the lines that an editor shows."""
    content = b'a,b\r\n"one\r\ntwo\nthree\rfour",x\r\n\r\nlast,y'
    assert rows_of(file_of(tmp_path, content)) == [
        (2, ["one\r\ntwo\nthree\rfour", "x"], None),
        (7, ["last", "y"], None),
    ]


def test_a_ragged_row_is_a_problem_of_its_line_only(tmp_path: Path) -> None:
    """Rows with too few and too many cells are told apart from the good ones between them."""
    assert rows_of(file_of(tmp_path, b"a,b\n1\n2,2\n3,3,3\n")) == [
        (2, ["1"], RowProblem.RAGGED),
        (3, ["2", "2"], None),
        (4, ["3", "3", "3"], RowProblem.RAGGED),
    ]


def test_one_bad_byte_in_a_utf8_file_costs_one_row(tmp_path: Path) -> None:
    """A file with valid UTF-8 beyond ASCII is UTF-8, and is not read as Windows-1252 for a byte."""
    content = "a,b\né,ü\n".encode() + b"caf\xe9,x\nc,d\n"
    problems = [(line, problem) for line, _, problem in rows_of(file_of(tmp_path, content))]
    assert problems == [(2, None), (3, RowProblem.UNDECODABLE), (4, None)]


def test_a_bad_byte_far_into_the_file_is_found(tmp_path: Path) -> None:
    """The encoding is judged from the whole file, not from its start."""
    content = b"a,b\n" + b"x,y\n" * 100_000 + "é,ü\n".encode("cp1252")
    with open_table(file_of(tmp_path, content)) as table:
        assert table.encoding.name == "cp1252"
        assert [row.cells for row in table.rows()][-1] == ["é", "ü"]


def test_excels_line_about_the_delimiter_is_not_the_header(tmp_path: Path) -> None:
    """`sep=;` states the delimiter; the header stands on line 2."""
    path = file_of(tmp_path, b"sep=;\r\na,b;c\r\n1;2\r\n")
    with open_table(path) as table:
        assert table.header == ("a,b", "c")
        assert [tuple(row) for row in table.rows()] == [(3, ["1", "2"], None)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n \n", "empty"),
        (bytes(range(256)) * 100, "line 1: this is not a text file"),
        (b"a,b\n1,2\n3,\x004\n", "line 3: this is not a text file"),
        (b"PK\x03\x04" + b"\x00" * 100, "workbook"),
        (b"a,b\n1,2\n" + b"x" * 10_000_000, "line 3: a line is longer than"),
        (b'"a,b\n1,2\n', "line 1: the header can't be read"),
        (b'"a,b\n' + b"1,2\n" * 100_000, "line 1: the header can't be read"),
        ("é,b\n1,2\n".encode("utf-16") + b"x", "can't be read as utf-16-le"),
    ],
)
def test_an_unusable_file_is_one_clear_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    """The sentence names the file and, where there is one, the line."""
    path = file_of(tmp_path, content)
    with pytest.raises(InputError) as caught:
        rows_of(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)


def test_what_is_no_file_is_one_clear_sentence(tmp_path: Path) -> None:
    """A missing file and a folder are errors of ours, not of Python."""
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(InputError, match="can't be opened"):
            rows_of(path)


def test_a_file_with_only_a_header_has_no_rows(tmp_path: Path) -> None:
    """With and without a line end after it."""
    assert rows_of(file_of(tmp_path, b"a,b")) == []
    assert rows_of(file_of(tmp_path, b"a,b\n")) == []


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (
            b'a@q.org,"Ann,yes\nb@q.org,Bob,no\nc@q.org,"Cy",yes\n',
            [(2, "bad_quotes"), (3, None), (4, None)],
        ),
        (b'1,"2" x,3\n4,5,6\n', [(2, "bad_quotes"), (3, None)]),
        (b'1,2,3\n4,"5,6\n7,8,9', [(2, None), (3, "bad_quotes"), (4, None)]),
        (b'1,"2\n2",3\n\n4,"5,6\n', [(2, None), (5, "bad_quotes")]),
        (b'1,2,"\n1,2,"\n1,2,"x\n', [(2, None), (4, "bad_quotes")]),
        (b"1," + b"x" * 200_000 + b",3\n4,5,6\n", [(2, "cell_too_long"), (3, None)]),
        (
            b'1,"2,3\n' + b"4,5,6\n" * 50_000,
            [(2, "bad_quotes"), *((line, None) for line in range(3, 50_003))],
        ),
        (b'"x\n' * 3_001, [(line, "bad_quotes") for line in range(2, 3_003)]),
    ],
)
def test_a_stray_quotation_mark_costs_its_own_line_only(
    tmp_path: Path, content: bytes, rows: list[tuple[int, str | None]]
) -> None:
    """Reading goes on at the next; the line is kept as it is."""
    found = rows_of(file_of(tmp_path, b"a,b,c\n" + content))
    assert [(line, problem) for line, _, problem in found] == rows
    lines = [b"", b"a,b,c", *content.split(b"\n")]
    for line, cells, problem in found:
        if problem is not None:
            assert cells == [lines[line].decode()]


def test_rows_over_several_lines_are_told(tmp_path: Path) -> None:
    """By the line that they begin on."""
    path = file_of(tmp_path, b'a,b\n1,2\n"3\n3",4\nragged\n5,"6\r6"\n')
    with open_table(path) as table:
        (batch,) = table.batches()
    assert list(batch.broken) == [3, 6]
    assert list(batch.lines) == [2, 3, 6]


@pytest.mark.parametrize(
    "row",
    [
        b"somebody@example.org,Somebody\n",
        b'somebody@example.org,"' + b"a line of a note\n" * 1_000 + b'"\n',
        b"somebody@example.org," + b"x" * 100_000 + b"\n",
    ],
    ids=["short", "many lines", "long"],
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, row: bytes) -> None:
    """Nor much with the length of its rows: ten times the file takes about the same."""

    def peak(size: int) -> int:
        path = file_of(tmp_path, b"email,name\n" + row * (size // len(row)))
        tracemalloc.start()
        with open_table(path) as table:
            for _ in table.batches():
                pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(3_000_000) < peak(300_000) * 2


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
#: how a formula begins, perhaps made harmless before
SIGN = st.sampled_from(["=", "+", "-", "@", "\t", "'=", "''-", "＝", "", "x"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=12),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_cell_comes_back_as_it_was_written(
    tmp_path: Path, rows: list[list[str]], delimiter: str, line_end: str
) -> None:
    """Whatever is in a cell: quotes, delimiters, line breaks, any script."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *rows])
    path = file_of(tmp_path, text.getvalue().encode())
    assert [cells for _, cells, _ in rows_of(path)] == rows


@pytest.mark.parametrize(
    "content",
    [
        b'\xef\xbb\xbfa;b\r\n"x;1";\xff\r\n"say ""hi""";"l1\r\nl2"\r\n',
        "a\tb\nж\té\n".encode("utf-16"),
        "a,b\né,\x81\n".encode("latin-1"),
    ],
)
def test_rejected_rows_keep_their_bytes(tmp_path: Path, content: bytes) -> None:
    """The rejects' own file, read again, has the same cells in the same encoding."""
    path = file_of(tmp_path, content)
    with open_table(path) as table:
        rejects = Rejects(table)
        rows = list(table.rows())
        for row in rows:
            rejects.add(row.line, "why", row.cells)
        kept = rejects.keep()
    assert kept == rejects_path(path)
    with open_table(kept) as again:
        assert again.header == ("line", "reason", "a", "b")
        assert again.delimiter == table.delimiter
        assert [row.cells for row in again.rows()] == [
            [str(row.line), "why", *row.cells] for row in rows
        ]


@given(cells=st.lists(CELL, min_size=2, max_size=2), starts=st.lists(SIGN, min_size=2, max_size=2))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_rejected_cell_is_a_formula(tmp_path: Path, cells: list[str], starts: list[str]) -> None:
    """People mend them in a spreadsheet; what we read of it is what stood in the first file."""
    text = io.StringIO(newline="")
    hostile = [start + cell for start, cell in zip(starts, cells, strict=True)]
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["=1+1", "b"], hostile])
    path = file_of(tmp_path, text.getvalue().encode())
    with open_table(path) as table:
        rejects = Rejects(table)
        for row in table.rows():
            rejects.add(row.line, "why", row.cells)
        kept = rejects.keep()
    if kept is None:
        return
    with kept.open(encoding="utf-8", newline="") as written:
        shown = [cell for row in csv.reader(written) for cell in row]
    assert not [cell for cell in shown if cell.startswith(("=", "+", "-", "@", "\t"))]
    with open_table(kept) as again:
        assert again.header == ("line", "reason", "=1+1", "b")
        assert [row.cells[2:] for row in again.rows()] == [hostile]
    kept.unlink()


@settings(max_examples=300)
@given(st.text(";|,\t\n =+-@＝'\"ab"))
@example(";'=1")
@example('x;\n"=1')
def test_no_part_of_a_cell_is_a_formula_either(cell: str) -> None:
    """Where a spreadsheet takes another sign for the end of a cell; reading back is exact."""
    harmless = defused(cell)
    assert restored(harmless) == cell
    parts = [part.lstrip(' "') for part in re.split(r"[;|,\t\n]", harmless)[1:]]
    assert not [part for part in parts if part.startswith(("=", "+", "-", "@", "＝"))]


def test_what_is_called_a_file_of_rejected_rows_is_one(tmp_path: Path) -> None:
    """Another may begin with such columns; and a header that a spreadsheet wrote anew is ours."""
    content = b"Line,reason,a\n1,why,'=Q\n"
    assert [cells[2] for _, cells, _ in rows_of(file_of(tmp_path, content))] == ["'=Q"]
    ours = rejects_path(tmp_path / "list.csv")
    ours.write_bytes(content)
    with open_table(ours) as table:
        assert [row.cells[2] for row in table.rows()] == ["=Q"]


def test_a_file_of_anybody_elses_is_read_as_it_is(tmp_path: Path) -> None:
    """Only what we wrote is restored."""
    path = file_of(tmp_path, b"a,b\n'=1,'+2\n")
    assert [cells for _, cells, _ in rows_of(path)] == [["'=1", "'+2"]]


def test_a_rejects_file_never_replaces_another(tmp_path: Path) -> None:
    """The next free number is taken; the very same file is not kept twice."""
    path = file_of(tmp_path, b"a,b\n1,2\n")

    def kept(cell: str) -> Path | None:
        with open_table(path) as table, Rejects(table) as rejects:
            rejects.add(2, "why", [cell, "2"])
            return rejects.keep()

    paths = [rejects_path(path), rejects_path(path, 2), rejects_path(path, 3)]
    rejects_path(path, 2).mkdir()
    assert [kept("1"), kept("1"), kept("x"), kept("1")] == [paths[0], paths[0], paths[2], paths[0]]
    assert paths[0].read_text() == "line,reason,a,b\n2,why,1,2\n"
    assert sorted(tmp_path.iterdir()) == sorted([path, *paths])
    with open_table(path) as table:
        assert Rejects(table).keep() is None
    assert sorted(tmp_path.iterdir()) == sorted([path, *paths])


def test_a_dry_run_counts_rejects_and_writes_none(tmp_path: Path) -> None:
    """Whatever lies beside the file stays as it is."""
    path = file_of(tmp_path, b"a,b\n1,2\n")
    with open_table(path) as table, Rejects(table, dry_run=True) as rejects:
        rejects.add(2, "why", ["1", "2"])
        assert rejects.keep() is None
        assert rejects.reasons == {"why": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["list.csv"]


def test_discarded_rejects_leave_nothing_behind(tmp_path: Path) -> None:
    """Neither a finished nor an unfinished file."""
    path = file_of(tmp_path, b"a,b\n1,2\n")
    with open_table(path) as table:
        rejects = Rejects(table)
        rejects.add(2, "why", ["1", "2"])
        rejects.discard()
    assert [entry.name for entry in tmp_path.iterdir()] == ["list.csv"]
