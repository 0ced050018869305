"""Mails in files: .eml, mbox and Maildir, and folders of .eml files. Only reads.

Nothing is marked, moved or locked. What is no mail is given as `Refused`, so that one bad file
keeps no other from being read.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from outreach.errors import NotFound
from outreach.replies import mbox

#: more of one mail is not kept: its text stands before that, the rest are attachments
MAX_MAIL: Final = 64 * 1024 * 1024
#: bytes that tell what a file is
_START: Final = 65_536

_FIELD = re.compile(
    rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])(?:from|to|cc|bcc|subject|date|message-id|received|return-path|delivered-to|"
    rb"reply-to|sender|mime-version|content-type|content-transfer-encoding|in-reply-to|references|"
    rb"auto-submitted|x-original-to|envelope-to)[ \t]*:",
    re.IGNORECASE,
)
_END_OF_HEAD = re.compile(rb"(?<=[^\r\n])(?:\r?\n\r?\n|\r\r)")


@dataclass(frozen=True, slots=True)
class RawMail:
    """One mail as it was found."""

    #: the file, and for an mbox the mail's place in it
    source: str
    raw: bytes
    #: of a mail of which `raw` is only the beginning: its bytes
    whole_size: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """What was named as a mail, or lay among mails, and is none."""

    #: as in RawMail
    source: str
    #: in words for staff
    reason: str


def check_exists(path: Path) -> None:
    """Pass where there is a file or folder at `path`, readable or not.

    Raises:
        NotFound: there is none.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound("there is no such file or folder", file=path) from error
    except OSError:
        return  # it can't be read, which `read_mails` says


def read_mails(path: Path, *, limit: int = MAX_MAIL) -> Iterator[RawMail | Refused]:
    """Give the mails in a file or folder one by one; memory holds one mail at a time.

    Of a mail of more than `limit` bytes only the first `limit` are given.
    """
    try:
        yield from _folder(path, limit) if path.is_dir() else _file(path, limit)
    except OSError as error:
        yield Refused(str(path), f"it can't be read: {error.strerror}")


def is_mail(raw: bytes) -> bool:
    """Whether bytes begin with header fields, of which one at least is a mail's."""
    head = raw[:_START]
    end = _END_OF_HEAD.search(head)
    return _FIELD.search(head, 0, end.start() if end else len(head)) is not None


def _folder(path: Path, limit: int) -> Iterator[RawMail | Refused]:
    if (path / "new").is_dir() or (path / "cur").is_dir():
        yield from _maildir(path, limit)
        return
    files = [file for file in _files_in(path) if file.suffix.lower() == ".eml"]
    if not files:
        yield Refused(str(path), "this folder is no Maildir, and holds no .eml files")
    for file in files:
        yield from read_mails(file, limit=limit)


def _files_in(folder: Path) -> list[Path]:
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    # one that is gone may have been moved, and is looked for when it is its turn
    return [f for f in files if not f.name.startswith(".") and (f.is_file() or not f.exists())]


def _file(path: Path, limit: int) -> Iterator[RawMail | Refused]:
    if not path.is_file():
        yield Refused(str(path), "this is neither a file nor a folder")
        return
    with path.open("rb") as file:
        start = file.read(_START)
        if mbox.is_mbox(start):
            file.seek(0)
            for number, (raw, whole) in enumerate(mbox.split(file, limit), 1):
                yield _judged(f"{path}, mail {number}", raw, whole)
        else:
            size = path.stat().st_size
            raw = (start + file.read(max(limit - _START, 0)))[:limit]
            yield _judged(str(path), raw, size if size > limit else 0)


def read_stream(
    stream: BinaryIO, source: str, *, limit: int = MAX_MAIL
) -> Iterator[RawMail | Refused]:
    """Give the mail that a mail server hands over, or the mails of an mbox; reads to the end.

    Whatever is handed over is a mail, but nothing. Memory holds one mail; more is on the disk.
    """
    with tempfile.SpooledTemporaryFile(max_size=limit) as spooled:
        shutil.copyfileobj(stream, spooled)
        size = spooled.tell()
        spooled.seek(0)
        start = spooled.read(_START)
        spooled.seek(0)
        if not start.strip():
            yield Refused(source, "it is empty")
            return
        if not mbox.is_mbox(start):
            yield RawMail(source, spooled.read(limit), size if size > limit else 0)
            return
        for number, (raw, whole) in enumerate(mbox.split(spooled, limit), 1):
            yield RawMail(f"{source}, mail {number}" if number > 1 else source, raw, whole)


def _judged(source: str, raw: bytes, whole_size: int = 0) -> RawMail | Refused:
    if not raw:
        return Refused(source, "it is empty")
    if not is_mail(raw):
        return Refused(source, "this is no mail: it has no From, To, Subject, Date or the like")
    return RawMail(source, raw, whole_size)


def _maildir(folder: Path, limit: int) -> Iterator[RawMail | Refused]:
    for file in [*_files_in(folder / "new"), *_files_in(folder / "cur")]:
        try:
            found = _read_moving(file, limit)
        except OSError as error:
            yield Refused(str(file), f"it can't be read: {error.strerror}")
            continue
        if found is not None:
            yield _judged(str(file), *found)


def _read_moving(file: Path, limit: int) -> tuple[bytes, int] | None:
    """Read a file of a Maildir; another program may move it from new to cur, or flag it, or go.

    Beside what was read stand the file's bytes where that is only its beginning, else 0.
    """
    base = file.name.partition(":")[0]
    for _ in range(2):
        try:
            with file.open("rb") as opened:
                size = os.fstat(opened.fileno()).st_size
                return opened.read(limit), size if size > limit else 0
        except FileNotFoundError:
            moved = [f for f in (file.parent.parent / "cur").iterdir() if f.name.startswith(base)]
            file = moved[0] if moved else file
    return None
