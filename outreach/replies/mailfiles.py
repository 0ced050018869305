"""Mails in files: .eml, mbox and Maildir. Only reads: nothing is marked, moved or locked.

The standard library's mbox reader splits a mail at every line that starts with "From ". Here a mail
starts only at `From address date`, at the start of the file or after an empty line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from outreach.errors import InputError

#: more of one mail is not kept: its text stands before that, the rest are attachments
MAX_MAIL: Final = 64 * 1024 * 1024
_PIECE: Final = 1024 * 1024

_START = re.compile(
    rb"From (?:\S+|\S.{0,200}@\S+) +(?:[A-Za-z]{3},? +)?"
    rb"(?:[A-Za-z]{3} +\d{1,2}|\d{1,2} +[A-Za-z]{3}) +(?:\d{4} +)?\d{1,2}:\d\d"
)
_ESCAPED = re.compile(rb">+From ")
_FIELD = re.compile(rb"(?:\xef\xbb\xbf)?\s*[A-Za-z][A-Za-z0-9-]{1,60}:[ \t\r\n]")


class Format(StrEnum):
    """What a path holds."""

    EML = "eml"
    MBOX = "mbox"
    MAILDIR = "maildir"


@dataclass(frozen=True, slots=True)
class RawMail:
    """One mail as it was found."""

    #: the file, and for an mbox the mail's place in it
    source: str
    raw: bytes


def read_mails(path: Path, *, limit: int = MAX_MAIL) -> Iterator[RawMail]:
    """Give the mails in a file or folder one by one; memory holds one mail at a time.

    Of a mail of more than `limit` bytes only the first `limit` are given.

    Raises:
        InputError: the path is no .eml file, mbox or Maildir, or can't be read.
    """
    found = format_of(path)
    try:
        if found is Format.MAILDIR:
            yield from _maildir(path, limit)
        elif found is Format.MBOX:
            with path.open("rb") as file:
                for number, raw in enumerate(_mbox(file, limit), 1):
                    yield RawMail(f"{path}, mail {number}", raw)
        else:
            with path.open("rb") as file:
                yield RawMail(str(path), file.read(limit))
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", file=path) from error


def format_of(path: Path) -> Format:
    """Tell what `path` holds by looking at its beginning.

    Raises:
        InputError: it is no .eml file, mbox or Maildir, or can't be read.
    """
    try:
        if path.is_dir():
            if (path / "new").is_dir() or (path / "cur").is_dir():
                return Format.MAILDIR
            raise InputError(
                "this folder is no Maildir: it has no folders new and cur",
                file=path,
                next_step="name the mail files in it one by one",
            )
        if not path.is_file():
            raise InputError("there is no such file or folder", file=path)
        with path.open("rb") as file:
            start = file.read(65_536)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", file=path) from error
    if not start:
        raise InputError("the file is empty: there is no mail in it", file=path)
    if _START.match(start):
        return Format.MBOX
    if path.suffix.lower() == ".eml" or _FIELD.match(start):
        return Format.EML
    raise InputError(
        "this file is neither a mail, an mbox nor a Maildir",
        file=path,
        next_step="name .eml files, mbox files or Maildir folders",
    )


def _maildir(folder: Path, limit: int) -> Iterator[RawMail]:
    for part in ("new", "cur"):
        if not (folder / part).is_dir():
            continue
        for file in sorted((folder / part).iterdir()):
            if file.name.startswith(".") or not file.is_file():
                continue
            raw = _read_moving(file, limit)
            if raw:
                yield RawMail(str(file), raw)


def _read_moving(file: Path, limit: int) -> bytes:
    """Read a file of a Maildir; another program may move it from new to cur, or flag it, or go."""
    base = file.name.partition(":")[0]
    for _ in range(2):
        try:
            with file.open("rb") as opened:
                return opened.read(limit)
        except FileNotFoundError:
            moved = [f for f in (file.parent.parent / "cur").iterdir() if f.name.startswith(base)]
            file = moved[0] if moved else file
    return b""


def _mbox(file: BinaryIO, limit: int) -> Iterator[bytes]:
    mail: list[bytes] = []
    size, after_empty, line_start, begun = 0, True, True, False
    while piece := file.readline(_PIECE):
        if line_start and after_empty and _START.match(piece):
            if begun:
                yield _closed(mail)
            mail, size, begun = [], 0, True
            after_empty = False
            line_start = piece.endswith(b"\n")
            continue
        if line_start:
            after_empty = piece.strip(b"\r\n") == b""
            if _ESCAPED.match(piece):
                piece = piece[1:]
        line_start = piece.endswith(b"\n")
        if size < limit:
            mail.append(piece[: limit - size])
            size += len(mail[-1])
    if begun:
        yield _closed(mail)


def _closed(mail: list[bytes]) -> bytes:
    """Join a mail's lines without the empty line that ends it in an mbox."""
    if mail and mail[-1].strip(b"\r\n") == b"":
        mail = mail[:-1]
    return b"".join(mail)
