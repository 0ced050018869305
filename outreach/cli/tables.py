"""Fit a table into a terminal: its last column is wrapped, then the others cut, then it is stacked.

Widths are those that a terminal gives to characters: a Chinese one takes two places. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, TypeAlias

from wcwidth import wcswidth, wcwidth

#: numbers are left alone: half a number is another number
Cell: TypeAlias = int | float | str
Row: TypeAlias = Sequence[Cell]

#: what tabulate puts between two columns
_GAP: Final = 2
#: less than this of a column tells nothing
_LEAST: Final = 12
#: less than this makes a wrapped column a ladder
_LEAST_WRAPPED: Final = 24
_ELLIPSIS: Final = "…"


def fitted(headers: Sequence[str], rows: Sequence[Row], room: int) -> list[list[Cell]] | None:
    """Give the rows so that the table is at most `room` wide; None where that can't be done.

    The last column is wrapped, so that nothing of it is lost. Where that doesn't do, the widest of
    the others are cut, each as little as possible.
    """
    widths = [_natural(header, [row[n] for row in rows]) for n, header in enumerate(headers)]
    last = len(widths) - 1
    room -= _GAP * last
    is_text = [all(isinstance(row[place], str) for row in rows) for place in range(last + 1)]
    least = [max(_LEAST, wcswidth(header)) for header in headers]
    if any(isinstance(row[last], str) for row in rows):
        spare = widths[last] - max(_LEAST_WRAPPED, wcswidth(headers[last]))
        widths[last] -= max(0, min(sum(widths) - room, spare))
    while sum(widths) > room:
        free = [n for n in range(last) if is_text[n] and widths[n] > least[n]]
        if not free:
            return None
        # the first column names the thing: it is cut once nothing else can be
        widths[max(free, key=lambda n: (n > 0, widths[n]))] -= 1
    return [
        [
            cell
            if not isinstance(cell, str)
            else "\n".join(wrapped(cell, widths[place]))
            if place == last
            else _cut(cell, widths[place])
            for place, cell in enumerate(row)
        ]
        for row in rows
    ]


def stacked(headers: Sequence[str], rows: Sequence[Row], room: int) -> Iterator[str]:
    """Give each row as lines of its own, a value on each, without those that are empty."""
    label = max(map(wcswidth, headers[1:]), default=0)
    for row in rows:
        yield from wrapped(str(row[0]), room)
        for header, cell in zip(headers[1:], row[1:], strict=True):
            lines = wrapped(str(cell), max(_LEAST, room - label - 2 * _GAP))
            for number, line in enumerate(lines if str(cell) else ()):
                name = "" if number else header
                yield f"{' ' * _GAP}{name}{' ' * (label - wcswidth(name) + _GAP)}{line}"


def wrapped(text: str, room: int) -> list[str]:
    """Break a text into lines at most `room` wide, between words where it has some."""
    lines = [""]
    for word in text.split():
        line = f"{lines[-1]} {word}" if lines[-1] else word
        if wcswidth(line) <= room:
            lines[-1] = line
            continue
        if lines[-1]:
            lines.append("")
        lines[-1:] = _pieces(word, room)
    return lines


def _pieces(word: str, room: int) -> Iterator[str]:
    while word:
        piece = word[: max(1, _fitting(word, room))]
        yield piece
        word = word[len(piece) :]


def _cut(text: str, room: int) -> str:
    if wcswidth(text) <= room:
        return text
    return text[: _fitting(text, room - 1)].rstrip() + _ELLIPSIS


def _fitting(text: str, room: int) -> int:
    """Say how many characters of a text have room."""
    ends = accumulate(max(0, wcwidth(character)) for character in text)
    return sum(end <= room for end in ends)


def _natural(header: str, cells: Sequence[Cell]) -> int:
    return max(wcswidth(str(text)) for text in (header, *cells))
