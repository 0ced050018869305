"""Read the rows of a CSV file, each with its line number and, where it has one, its problem.

A line is a line of the file as an editor counts them; a row with line breaks inside quotes has the
number of its first line. Memory does not grow with the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from outreach.csvfiles.encoding import Encoding, encoding_of
from outreach.errors import InputError

#: most rows handed over at a time, and most bytes of the file in them
_BATCH_ROWS: Final = 300
_BATCH_BYTES: Final = 1 << 26

_DELIMITERS: Final = ",;\t"
_QUOTED: Final = re.compile('"[^"]*"')
_LINE_BREAK: Final = re.compile("\r\n|\r|\n")
#: how a byte without a meaning in the file's encoding is read
_UNDECODABLE: Final = re.compile("[\ud800-\udfff]")
#: Excel's own way to state the delimiter, above the header
_SEPARATOR_LINE: Final = re.compile(r"sep=([,;\t])\s*", re.IGNORECASE)
#: put after the last line; found inside a row only where a quote was never closed
_END: Final = "\x00end of file"


class RowProblem(StrEnum):
    """Why a row can't be used, whatever its columns mean."""

    #: it has more or fewer cells than the header
    RAGGED = "ragged_row"
    #: it holds bytes that mean nothing in the file's encoding
    UNDECODABLE = "undecodable"


class Row(NamedTuple):
    """One row; without a problem, `cells` is as long as the header."""

    line: int
    cells: list[str]
    problem: RowProblem | None


class Batch(NamedTuple):
    """Some rows of the file, those without a problem apart from those with one."""

    #: in step with `rows`
    lines: Sequence[int]
    rows: list[list[str]]
    problems: list[Row]


class Table:
    """An open file: its header, and its rows, which can be read once. Made by `open_table`."""

    def __init__(self, path: Path, file: BinaryIO, encoding: Encoding) -> None:
        self.path = path
        self.encoding = encoding
        #: bytes
        self.size = file.seek(0, io.SEEK_END)
        file.seek(len(self.encoding.bom))
        self._file = file
        # kept, as a wrapper that nobody holds any more closes the file under `bytes_read`
        self._text = io.TextIOWrapper(file, self.encoding.name, self.encoding.errors, newline="")
        lines = iter(self._text)
        first, self._skipped, stated = _first_line(lines)
        self.delimiter = stated or _likeliest_delimiter(first)
        self._reader = csv.reader(chain([first], lines, [_END]), delimiter=self.delimiter)
        #: the line of the file that the header begins on
        self.header_line = self._skipped + 1
        #: without surrounding spaces; the same name may stand in it twice
        self.header = tuple(cell.strip() for cell in self._first_row())

    def rows(self) -> Iterator[Row]:
        """Give every row that is not blank, in the file's order.

        Raises:
            InputError: a quotation mark is never closed, or a cell is longer than csv allows.
        """
        for lines, rows, problems in self.batches():
            good = [Row(line, cells, None) for line, cells in zip(lines, rows, strict=True)]
            yield from sorted(good + problems, key=lambda row: row.line) if problems else good

    def batches(self) -> Iterator[Batch]:
        """Give the same rows, many at a time, for those in a hurry.

        Raises:
            InputError: as `rows`.
        """
        size = min(_BATCH_ROWS, _BATCH_BYTES // self.encoding.longest_line)
        line = self._next_line()
        while rows := self._read(size, line):
            lines, line = self._numbered(rows, line)
            if rows[-1] and rows[-1][-1].endswith(_END):
                if rows[-1] != [_END]:
                    raise self._endless_cell(lines[-1])
                rows.pop()
                lines = lines[: len(rows)]
            yield self._judged(lines, rows)

    def bytes_read(self) -> int:
        """Give how far into the file we are, to show progress."""
        return self._file.tell()

    def _first_row(self) -> list[str]:
        (header,) = self._read(1, self._next_line()) or [[_END]]
        if header[-1].endswith(_END):
            raise self._endless_cell(self.header_line)
        if any(map(_UNDECODABLE.search, header)):
            raise self._unreadable(self.header_line)
        return header

    def _next_line(self) -> int:
        return self._skipped + self._reader.line_num + 1

    def _read(self, size: int, line: int) -> list[list[str]]:
        rows: list[list[str]] = []
        try:
            # extend keeps what it took before an error, and so we know on which line that was
            rows.extend(islice(self._reader, size))
        except csv.Error as error:
            raise self._endless_cell(self._numbered(rows, line)[1]) from error
        except UnicodeError as error:
            raise self._unreadable(self._numbered(rows, line)[1]) from error
        return rows

    def _numbered(self, rows: list[list[str]], line: int) -> tuple[Sequence[int], int]:
        """Number `rows`, of which the first stands on `line`; and give the line after them."""
        if self._next_line() == line + len(rows):
            return range(line, line + len(rows)), line + len(rows)
        lines = []
        for cells in rows:
            lines.append(line)
            line += 1 + sum(len(_LINE_BREAK.findall(cell)) for cell in cells)
        return lines, line

    def _judged(self, lines: Sequence[int], rows: list[list[str]]) -> Batch:
        width = len(self.header)
        if not self.encoding.flawed and set(map(len, rows)) <= {width}:
            return Batch(lines, rows, [])
        batch = Batch([], [], [])
        for line, cells in zip(lines, rows, strict=True):
            if not cells or (len(cells) < width and not any(map(str.strip, cells))):
                continue
            if self.encoding.flawed and any(map(_UNDECODABLE.search, cells)):
                batch.problems.append(Row(line, cells, RowProblem.UNDECODABLE))
            elif len(cells) != width:
                batch.problems.append(Row(line, cells, RowProblem.RAGGED))
            else:
                batch.lines.append(line)  # type: ignore[attr-defined]  # a list, three lines up
                batch.rows.append(cells)
        return batch

    def _endless_cell(self, line: int) -> InputError:
        return InputError(
            "a cell that begins in this row never ends: its quotation mark is not closed,"
            f" or it is longer than {csv.field_size_limit():,} characters",
            file=self.path,
            line=line,
            next_step="mend that row and run the command again",
        )

    def _unreadable(self, line: int) -> InputError:
        return InputError(
            f"the text can't be read as {self.encoding.name}",
            file=self.path,
            line=line,
            next_step="save the file as UTF-8 and run the command again",
        )


@contextmanager
def open_table(path: Path, encoding: Encoding | None = None) -> Iterator[Table]:
    """Open a CSV file: comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252; any line ends.

    The whole file is read to find its encoding, unless an earlier opening has found it.

    Raises:
        InputError: the file can't be opened, is empty, no text, or has a line beyond all measure.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(
            f"the file can't be opened: {error.strerror}",
            file=path,
            next_step="check its name and your rights to it",
        ) from error
    with file:
        yield Table(path, file, encoding or encoding_of(path, file))


def _first_line(lines: Iterator[str]) -> tuple[str, int, str]:
    """Give the header's first line, how many lines stand above it, and a stated delimiter."""
    stated = ""
    skipped = 0
    for line in lines:
        separator = _SEPARATOR_LINE.fullmatch(line)
        if separator:
            stated = separator[1]
        elif line.strip():
            return line, skipped, stated
        skipped += 1
    return "", skipped, stated


def _likeliest_delimiter(header: str) -> str:
    outside = _QUOTED.sub("", header)
    return max(_DELIMITERS, key=outside.count)
