"""Read the rows of a CSV file, each with its line number and, where it has one, its problem.

A line is a line of the file as an editor counts them; a row with line breaks inside quotes has the
number of its first line. A stray quotation mark costs the line it stands on, and no other: reading
goes on at the next. Memory does not grow with the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from outreach.csvfiles.encoding import Encoding, encoding_of
from outreach.csvfiles.formulas import restored
from outreach.errors import InputError

#: characters of the file handed over at a time, give or take a line
_BATCH: Final = 1 << 15

#: what stands before the columns of a file of rejected rows, which `Rejects` wrote
MARKS: Final = ("line", "reason")
#: part of the name of such a file
_REJECTS: Final = ".rejected."
_DELIMITERS: Final = ",;\t"
_QUOTED: Final = re.compile('"[^"]*"')
_LINE_BREAK: Final = re.compile("\r\n|\r|\n")
#: how a byte without a meaning in the file's encoding is read
_UNDECODABLE: Final = re.compile("[\ud800-\udfff]")
#: Excel's own way to state the delimiter, above the header
_SEPARATOR_LINE: Final = re.compile(r"sep=([,;\t])\s*", re.IGNORECASE)


class RowProblem(StrEnum):
    """Why a row can't be used, whatever its columns mean."""

    #: it has more or fewer cells than the header
    RAGGED = "ragged_row"
    #: it holds bytes that mean nothing in the file's encoding
    UNDECODABLE = "undecodable"
    #: a quotation mark is not closed, or stands where none may; the row is its first line, unread
    BAD_QUOTES = "bad_quotes"
    #: longer than any honest cell; the row is its first line, unread
    CELL_TOO_LONG = "cell_too_long"


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
    #: the lines of those rows that go over several, as a stray quotation mark may have it
    broken: Collection[int] = ()


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
        first, skipped, stated = _first_line(self._text)
        self.delimiter = stated or _likeliest_delimiter(first)
        #: the line of the file that the header begins on
        self.header_line = skipped + 1
        reader = self._reader(chain([first], self._text))
        first_row = self._first_row(reader)
        marks = tuple(cell.strip().casefold() for cell in first_row[: len(MARKS)])
        # somebody's own file may have such columns as well, with whatever it means
        self._is_of_rejects = marks == MARKS and _REJECTS in path.name.casefold()
        #: without surrounding spaces; the same name may stand in it twice
        self.header = tuple(cell.strip() for cell in self._as_meant(first_row))
        self._first_line = self.header_line + reader.line_num

    def rows(self) -> Iterator[Row]:
        """Give every row that is not blank, in the file's order.

        Raises:
            InputError: the file ends in the midst of a character.
        """
        for lines, rows, problems, _ in self.batches():
            good = [Row(line, cells, None) for line, cells in zip(lines, rows, strict=True)]
            yield from sorted(good + problems, key=lambda row: row.line) if problems else good

    def batches(self) -> Iterator[Batch]:
        """Give the same rows, many at a time, for those in a hurry.

        Raises:
            InputError: as `rows`.
        """
        line = self._first_line
        lines = self._read()
        while lines:
            taken = len(lines)
            reader = self._reader(lines)
            rows: list[list[str]] = []
            failed = False
            try:
                rows.extend(reader)  # which keeps what it took before an error
            except csv.Error:
                failed = True
            one_each = not failed and reader.line_num == len(rows)
            if self._is_of_rejects:
                rows = list(map(self._as_meant, rows))
            numbers, after, broken = _numbered(rows, line, one_each)
            batch = self._judged(numbers, rows, broken)
            line, lines = after, lines[after - line :]
            if failed:
                # at the end of what was read, the row may only go on: then twice as much is read
                more = self._read(sum(map(len, lines))) if reader.line_num == taken else []
                lines += more
                if not more:
                    batch.problems.append(_unread(line, lines.pop(0)))
                    line += 1
            lines = lines or self._read()
            yield batch

    def _as_meant(self, cells: list[str]) -> list[str]:
        """Give the cells that were written into a file of rejected rows."""
        return list(map(restored, cells)) if self._is_of_rejects else cells

    def bytes_read(self) -> int:
        """Give how far into the file we are, to show progress."""
        return self._file.tell()

    def _reader(self, lines: Iterable[str]) -> Any:
        return csv.reader(lines, delimiter=self.delimiter, strict=True)

    def _first_row(self, reader: Any) -> list[str]:
        try:
            header: list[str] = next(reader)
        except csv.Error as error:
            raise InputError(
                "the header can't be read: a quotation mark is not closed, or stands amid a cell",
                file=self.path,
                line=self.header_line,
                next_step="mend the header and run the command again",
            ) from error
        except UnicodeError as error:
            raise self._unreadable(self.header_line) from error
        if any(map(_UNDECODABLE.search, header)):
            raise self._unreadable(self.header_line)
        return header

    def _read(self, at_least: int = 0) -> list[str]:
        """Give some more lines, in characters at least so many; none at the end."""
        try:
            return self._text.readlines(max(_BATCH, at_least))
        except UnicodeError as error:
            raise self._unreadable(None) from error

    def _judged(
        self, lines: Sequence[int], rows: list[list[str]], broken: Collection[int]
    ) -> Batch:
        width = len(self.header)
        if not self.encoding.flawed and set(map(len, rows)) <= {width}:
            return Batch(lines, rows, [], broken)
        good: list[int] = []
        batch = Batch(good, [], [], broken)
        for line, cells in zip(lines, rows, strict=True):
            if not cells or (len(cells) < width and not any(map(str.strip, cells))):
                continue
            if self.encoding.flawed and any(map(_UNDECODABLE.search, cells)):
                batch.problems.append(Row(line, cells, RowProblem.UNDECODABLE))
            elif len(cells) != width:
                batch.problems.append(Row(line, cells, RowProblem.RAGGED))
            else:
                good.append(line)
                batch.rows.append(cells)
        return batch

    def _unreadable(self, line: int | None) -> InputError:
        return InputError(
            f"the text can't be read as {self.encoding.name}",
            file=self.path,
            line=line,
            next_step="save the file as UTF-8 and run the command again",
        )


def _numbered(
    rows: list[list[str]], line: int, one_each: bool
) -> tuple[Sequence[int], int, Collection[int]]:
    """Number `rows`, of which the first stands on `line`; give the line after them, and which of
    them go over several lines.
    """
    if one_each:
        return range(line, line + len(rows)), line + len(rows), ()
    lines, broken = [], set()
    for cells in rows:
        lines.append(line)
        breaks = len(_LINE_BREAK.findall("|".join(cells)))
        if breaks:
            broken.add(line)
        line += 1 + breaks
    return lines, line, broken


def _unread(number: int, line: str) -> Row:
    problem = RowProblem.BAD_QUOTES if '"' in line else RowProblem.CELL_TOO_LONG
    return Row(number, [line.rstrip("\r\n")], problem)


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
