"""Tables are no wider than the terminal, and whole where there is none."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from outreach.cli import main, tables
from outreach.settings import Settings

HEADERS = ("name", "people", "who approved it", "source")
_WORDS = st.text(alphabet="ab 小é", max_size=70)
_ROWS = st.lists(
    st.tuples(_WORDS, st.integers(0, 10**7), _WORDS, _WORDS), min_size=1, max_size=4
).map(lambda rows: [list(row) for row in rows])


def width(cells: list[str]) -> int:
    """How wide the widest line of a column is."""
    return max(wcswidth(line) for cell in cells for line in cell.split("\n"))


@given(_ROWS, st.integers(20, 200))
def test_a_fitted_table_is_no_wider_than_the_terminal(
    rows: list[list[int | float | str]], room: int
) -> None:
    """Or it is stacked; then its lines are no wider than what a value needs beside its label."""
    fitted = tables.fitted(HEADERS, rows, room)
    if fitted is None:
        lines = list(tables.stacked(HEADERS, rows, room))
        assert max(map(wcswidth, lines)) <= max(room, 2 + 15 + 2 + 12)
        return
    columns = zip(*[map(str, row) for row in (HEADERS, *fitted)], strict=True)
    assert sum(width(list(column)) for column in columns) + 2 * 3 <= room


@given(_WORDS, st.integers(2, 80))
def test_nothing_is_lost_by_wrapping(text: str, room: int) -> None:
    """But the spaces at which lines end."""
    lines = tables.wrapped(text, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert max(map(wcswidth, lines)) <= room


def test_numbers_are_never_cut() -> None:
    """Half a number is another number."""
    fitted = tables.fitted(("a", "b", "c"), [["x" * 40, 123456789012345, "y" * 90]], 60)
    assert fitted is not None
    assert fitted[0][1] == 123456789012345
    assert str(fitted[0][0]).endswith("…")


def test_a_number_among_texts_is_no_reason_to_stack() -> None:
    """As the id of a person among all that is known of them."""
    fitted = tables.fitted(("", ""), [["id", 7], ["note", "word " * 20]], 60)
    assert fitted is not None
    assert fitted[0] == ["id", 7]


def test_an_empty_value_takes_no_line_where_rows_are_stacked() -> None:
    """A person without a name is three lines shorter."""
    assert list(tables.stacked(("id", "name", "mail"), [[1, "", "a@b.example"]], 40)) == [
        "1",
        "  mail  a@b.example",
    ]


def listed(settings: Settings, columns: int) -> list[str]:
    """What `facts list` prints in a terminal so many columns wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    command = [sys.executable, "-m", "outreach", "--workspace", str(settings.root), "facts", "list"]
    with subprocess.Popen(command, stdout=theirs, env=environment) as process:
        os.close(theirs)
        written = b""
        try:
            while more := os.read(ours, 65536):
                written += more
        except OSError:
            # Linux says so that nobody writes any more
            pass
        assert process.wait() == 0
    os.close(ours)
    return written.decode().splitlines()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_list_fits_the_terminal(settings: Settings, columns: int) -> None:
    """Whatever its width."""
    lines = listed(settings, columns)
    assert len(lines) > 10
    assert max(map(wcswidth, lines)) <= columns


def test_a_list_in_a_pipe_is_whole(
    settings: Settings,
) -> None:
    """Even where somebody's shell says how wide their terminal is."""
    arguments = ["--workspace", str(settings.root), "facts", "list"]
    lines = CliRunner(env={"COLUMNS": "60"}).invoke(main, arguments).stdout.splitlines()
    assert "…" not in "".join(lines)
    assert max(map(wcswidth, lines)) > 120
