"""Read mails and say what is understood of each, without a workspace or a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from outreach.errors import NotFound
from outreach.replies import Understanding, mbox, understand
from outreach.replies.mailfiles import MAX_MAIL, RawMail, Refused, check_exists, read_mails

#: the path that stands for standard input
STDIN: Final = Path("-")
#: bytes that tell whether a file is an mbox
_START: Final = 65_536


@dataclass(frozen=True, slots=True)
class ReadMail:
    """One mail of a file, and what was understood of it."""

    #: the file, and for an mbox the mail's place in it
    file: str
    mail: Understanding


def read_apart(
    paths: Iterable[Path], stdin: BinaryIO | None = None
) -> Iterator[ReadMail | Refused]:
    """Understand the mails of files, folders and, for the path `-`, of `stdin`, one by one.

    What can't be read is given as Refused in its place, and the others follow. A file that is
    named is taken for a mail whatever it holds; of a folder only what looks like mails is read.
    """
    for path in paths:
        for found in _raw(path, stdin):
            if isinstance(found, Refused):
                yield found
            else:
                yield ReadMail(found.source, understand(found.raw))


def _raw(path: Path, stdin: BinaryIO | None) -> Iterator[RawMail | Refused]:
    if path == STDIN and stdin is not None:
        yield from _of_file("-", BytesIO(stdin.read(MAX_MAIL)))
        return
    try:
        check_exists(path)
        if not path.is_file():
            yield from read_mails(path)
            return
        with path.open("rb") as file:
            yield from _of_file(str(path), file)
    except NotFound:
        yield Refused(str(path), "there is no such file or folder")
    except OSError as error:
        yield Refused(str(path), f"it can't be read: {error.strerror}")


def _of_file(source: str, file: BinaryIO) -> Iterator[RawMail | Refused]:
    start = file.read(_START)
    if not start.strip():
        yield Refused(source, "it is empty")
        return
    file.seek(0)
    mails = _mails_in(file) if mbox.is_mbox(start) else iter([file.read(MAX_MAIL)])
    first, second = next(mails, b""), next(mails, None)
    if second is None:
        yield RawMail(source, first)
        return
    yield RawMail(f"{source}, mail 1", first)
    yield RawMail(f"{source}, mail 2", second)
    for number, raw in enumerate(mails, 3):
        yield RawMail(f"{source}, mail {number}", raw)


def _mails_in(file: BinaryIO) -> Iterator[bytes]:
    return (raw for raw, _ in mbox.split(file, MAX_MAIL))
