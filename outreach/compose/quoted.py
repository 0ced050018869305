"""Quoted-printable (RFC 2045 §6.7) that can be put together from pieces.

A line of a page is encoded tag by tag, with a soft line break before each, and a line of text by
itself. What a piece is encoded to so depends on nothing around it: what is the same in everybody's
message is encoded once, and the bytes are still a function of the finished text alone.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Sequence
from typing import Final, TypeAlias

_UNIT: Final = re.compile(r"<[^<\n]*\n?|[^<\n]+\n?|\n")
_SOFT_BREAK: Final = b"=\r\n"

#: encoded already, or what it is put together from: text, and numbers of what is filled in
Encoded: TypeAlias = bytes | tuple[str | int, ...]


def page(html: str) -> bytes:
    """Encode a page; it ends with a line break."""
    return b"".join(map(_unit, _UNIT.findall(_ended(html))))


def text(plain: str) -> bytes:
    """Encode plain text; it ends with a line break."""
    return _bytes(_ended(plain))


def planned_page(parts: Sequence[str | int]) -> list[Encoded]:
    """Encode what can be encoded of a page; numbers stand for what is filled in later."""
    planned: list[Encoded] = []
    done: list[bytes] = []
    for unit in _units(parts):
        if all(isinstance(part, str) for part in unit):
            done.append(_unit("".join(map(str, unit))))
            continue
        planned += [b"".join(done), unit]
        done = []
    return [*planned, b"".join(done)]


def filled_page(planned: Sequence[Encoded], fills: Sequence[str]) -> bytes:
    """Encode the rest. The same as `page` of the whole."""
    done: list[bytes] = []
    for piece in planned:
        if isinstance(piece, bytes):
            done.append(piece)
        else:
            done.append(_units_of("".join([p if isinstance(p, str) else fills[p] for p in piece])))
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
            if piece.startswith("<") and unit:
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
    if "\n" in filled[:-1] or "<" in filled[1:]:
        return b"".join(map(_unit, _UNIT.findall(filled)))
    return _unit(filled) if filled else b""


def _unit(unit: str) -> bytes:
    return _bytes(unit) if unit[-1:] == "\n" else _bytes(unit) + _SOFT_BREAK


def _bytes(plain: str) -> bytes:
    return b2a_qp(plain.encode(), istext=True).replace(b"\n", b"\r\n")


def _ended(plain: str) -> str:
    return plain if plain.endswith("\n") else plain + "\n"
