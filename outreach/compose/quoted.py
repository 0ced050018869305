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

from outreach.compose.standins import FIRST, Hole, Standins

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
    """Give lines, none of which ends with a space, as one text, and the same encoded."""
    plain = "\n".join(rows) + "\n"
    short = len(plain) <= _LONGEST or max(map(len, rows)) <= _LONGEST
    if short and plain.isascii() and "=" not in plain and "." not in rows:
        return plain, plain.encode("ascii").replace(b"\n", b"\r\n")
    return plain, _bytes(plain)


class PlannedPage:
    """A page of which as much is encoded as can be.

    Numbers stand for what is filled in later: below zero for tokens, else for texts.
    """

    def __init__(self, parts: Sequence[str | int], standins: Standins | None) -> None:
        pieces = _Pieces(standins)
        for unit in _units(parts):
            if any(isinstance(part, int) and part >= 0 for part in unit):
                pieces.wait(unit)
            else:
                pieces.add(_unit(standins.whole(unit) if standins else "".join(map(str, unit))))
        self._pieces = pieces

    def filled(self, fills: Sequence[str]) -> list[bytes]:
        """Encode the rest. Together the same as `page` of the whole."""
        done = self._pieces.with_tokens(fills)
        for at, unit in self._pieces.waiting:
            done[at] = _units_of("".join([p if isinstance(p, str) else fills[p] for p in unit]))
        return done


class PlannedText:
    """A text of which whole lines wait, and the rest is the same for everybody but for tokens.

    The lines stand between its `stretches`, each of which ends with a line break or is empty.
    """

    def __init__(self, stretches: Sequence[str], standins: Standins | None) -> None:
        self._texts: list[str] = []
        self._lines: list[int] = []
        self._tokens: list[tuple[int, int]] = []
        self._pieces = _Pieces(standins)
        for at, stretch in enumerate(stretches):
            if at:
                self._lines.append(len(self._texts))
                self._texts.append("")
                self._pieces.wait(())
            if stretch:
                self._pieces.add(text(stretch))
                for part in standins.parted(stretch) if standins else [stretch]:
                    if isinstance(part, int):
                        self._tokens.append((len(self._texts), part))
                    self._texts.append(part if isinstance(part, str) else "")

    @property
    def parts(self) -> list[str | int]:
        """Its texts, with the numbers of lines between them; below zero stand tokens."""
        parts: list[str | int] = [*self._texts]
        for line, at in enumerate(self._lines):
            parts[at] = line
        for at, token in self._tokens:
            parts[at] = token
        return parts

    def text(self, lines: Sequence[tuple[str, bytes]], values: Sequence[str]) -> str:
        """Give the whole; of each line it takes the text."""
        texts = self._texts.copy()
        for at, index in self._tokens:
            texts[at] = values[index]
        for (line, _), at in zip(lines, self._lines, strict=True):
            texts[at] = line
        return "".join(texts)

    def encoded(self, lines: Sequence[tuple[str, bytes]], values: Sequence[str]) -> list[bytes]:
        """Give the whole in quoted-printable, in pieces; of each line it takes the bytes."""
        encoded = self._pieces.with_tokens(values)
        for (_, line), (waiting, _) in zip(lines, self._pieces.waiting, strict=True):
            encoded[waiting] = line
        return encoded


class _Pieces:
    """Encoded bytes, places for tokens in them, and places for what has to wait."""

    def __init__(self, standins: Standins | None) -> None:
        self._standins = standins
        self._done: list[bytes] = []
        #: whether the last of them may grow
        self._open = False
        self._tokens: list[tuple[int, Hole]] = []
        self.waiting: list[tuple[int, tuple[str | int, ...]]] = []

    def add(self, encoded: bytes) -> None:
        parts = self._standins.parted_bytes(encoded) if self._standins else [encoded]
        for part in parts:
            if isinstance(part, tuple):
                self._tokens.append((len(self._done), part))
                self._done.append(b"")
                self._open = False
            elif self._open:
                self._done[-1] += part
            else:
                self._done.append(part)
                self._open = True

    def wait(self, unit: tuple[str | int, ...]) -> None:
        self.waiting.append((len(self._done), unit))
        self._done.append(b"")
        self._open = False

    def with_tokens(self, values: Sequence[str]) -> list[bytes]:
        done = self._done.copy()
        if not self._tokens:
            return done
        tokens = [token.encode("ascii") for token in values[FIRST:]]
        for at, (index, start, end) in self._tokens:
            done[at] = tokens[index][start:end]
        return done


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
    encoded = _bytes(unit)
    if unit[-1:] == "\n":
        return encoded
    if len(encoded) - encoded.rfind(b"\n") - 1 > _LONGEST:
        # a full line leaves no room for the = of the break: it is broken before its last character
        last = 3 if encoded[-3:-2] == b"=" else 1
        encoded = encoded[:-last] + _SOFT_BREAK + encoded[-last:]
    return encoded + _SOFT_BREAK


def _bytes(plain: str) -> bytes:
    encoded = b2a_qp(plain.encode(), istext=True)
    return encoded.replace(b"\n", b"\r\n") if b"\n" in encoded else encoded


def _ended(plain: str) -> str:
    return plain if plain.endswith("\n") else plain + "\n"
