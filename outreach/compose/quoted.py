"""Quoted-printable (RFC 2045 §6.7) that can be put together from pieces.

A line of a page is encoded tag by tag, and style attributes by themselves, with a soft line break
before each; a line of text is encoded by itself. What a piece is encoded to so depends on nothing
around it: what is the same in everybody's message is encoded once, and the bytes are still a
function of the finished text alone.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Sequence
from typing import Final

#: a unit begins at a tag, at a style attribute and at a line
_STYLE: Final = ' style="'
_BEGIN: Final = ("<", _STYLE)
_UNIT: Final = re.compile(r"""(?:<| style="|[^<\n])(?:(?! style=")[^<\n])*\n?|\n""")
#: a line may have so many characters and the = of a soft break
_LONGEST: Final = 75
_SOFT_BREAK: Final = b"=\r\n"


def page(html: str) -> bytes:
    """Encode a page; it ends with a line break."""
    return b"".join(map(_unit, _UNIT.findall(_ended(html))))


def text(plain: str) -> bytes:
    """Encode plain text; it ends with a line break."""
    return _bytes(_ended(plain))


def lines(rows: Sequence[str]) -> tuple[str, bytes]:
    """Give lines as one text that ends with a break, and the same encoded."""
    plain = "\n".join(rows) + "\n"
    short = len(plain) <= _LONGEST or max(map(len, rows)) <= _LONGEST
    if short and plain.isascii() and "=" not in plain and "." not in rows:
        return plain, plain.encode("ascii").replace(b"\n", b"\r\n")
    return plain, _bytes(plain)


class PlannedPage:
    """A page of which as much is encoded as can be; numbers stand for what is filled in later."""

    def __init__(self, parts: Sequence[str | int]) -> None:
        done: list[bytes] = []
        self._pieces: list[bytes] = []
        #: what comes after each of these pieces: text, number, text, number, ... text
        self._waiting: list[tuple[str, tuple[int | str, ...]]] = []
        for unit in _units(parts):
            if any(isinstance(part, int) for part in unit):
                self._pieces.append(b"".join(done))
                done = []
                first = unit[0] if isinstance(unit[0], str) else ""
                self._waiting.append((first, unit[1:] if first else unit))
            else:
                done.append(_unit("".join(map(str, unit))))
        self._pieces.append(b"".join(done))

    def filled(self, fills: Sequence[str]) -> bytes:
        """Encode the rest. The same as `page` of the whole."""
        done: list[bytes] = []
        for piece, (first, rest) in zip(self._pieces, self._waiting, strict=False):
            done.append(piece)
            unit = first
            for part in rest:
                unit += part if isinstance(part, str) else fills[part]
            done.append(_units_of(unit))
        done.append(self._pieces[-1])
        return b"".join(done)


def _units(parts: Sequence[str | int]) -> list[tuple[str | int, ...]]:
    """Cut a page into units; a number goes with what is around it up to the next tag or line."""
    units: list[tuple[str | int, ...]] = []
    unit: list[str | int] = []
    last = len(parts) - 1
    for at, part in enumerate(parts):
        if isinstance(part, int):
            unit.append(part)
            continue
        for piece in _UNIT.findall(part if at < last else _ended(part)):
            if unit and piece.startswith(_BEGIN):
                units.append(tuple(unit))
                unit = []
            unit.append(piece)
            if piece.endswith("\n"):
                units.append(tuple(unit))
                unit = []
    if unit:
        units.append(tuple(unit))
    return units


def _units_of(filled: str) -> bytes:
    if filled.find("<", 1) < 0 and filled.find("\n", 0, -1) < 0 and filled.find(_STYLE, 1) < 0:
        return _unit(filled) if filled else b""
    return b"".join(map(_unit, _UNIT.findall(filled)))


def _unit(unit: str) -> bytes:
    return _bytes(unit) if unit[-1:] == "\n" else _bytes(unit) + _SOFT_BREAK


def _bytes(plain: str) -> bytes:
    encoded = b2a_qp(plain.encode(), istext=True)
    return encoded.replace(b"\n", b"\r\n") if b"\n" in encoded else encoded


def _ended(plain: str) -> str:
    return plain if plain.endswith("\n") else plain + "\n"
