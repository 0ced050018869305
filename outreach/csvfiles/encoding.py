"""Find out how a file's text is encoded, by reading all of it once, in chunks.

Reading it whole is what tells UTF-8 from Windows-1252 for certain, and costs about a hundredth of
an import. What is no text, or has lines beyond all measure, is refused here, before any row.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from outreach.errors import InputError

_CHUNK: Final = 1 << 16
#: bytes; one line has to fit into memory, and no honest row comes near this
MAX_LINE: Final = 1 << 20

_UTF16_BOMS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
#: how files begin that people take for CSV -> what to tell them
_WORKBOOKS: Final = {
    b"PK\x03\x04": "this is a workbook (.xlsx, .ods or .zip), not a CSV file",
    b"\xd0\xcf\x11\xe0": "this is an old Excel workbook (.xls), not a CSV file",
}
#: bytes to which Windows-1252 gives no meaning
_NOT_IN_CP1252: Final = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")
#: how Python keeps a byte that is no UTF-8 (PEP 383)
_ESCAPED: Final = re.compile("[\udc80-\udcff]")
_SAVE_AS_CSV: Final = "save it as CSV (UTF-8) from the program that made it"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How to read a file's bytes as text, and to write them back as they were."""

    #: Python's name of the codec: utf-8, utf-16-le, utf-16-be, cp1252
    name: str
    bom: bytes = b""
    #: some bytes mean nothing in this encoding; their rows can't be used
    flawed: bool = False

    @property
    def errors(self) -> str:
        """Python's handler that keeps meaningless bytes, as surrogates, for writing them back."""
        return "surrogatepass" if self.name.startswith("utf-16") else "surrogateescape"


def encoding_of(path: Path, file: BinaryIO) -> Encoding:
    """Find the encoding of an open file; `path` is for messages. Leaves the file anywhere.

    Raises:
        InputError: it is empty, not text, or has a line longer than MAX_LINE.
    """
    if not file.seekable():
        raise InputError("this is not a file on a disk", file=path, next_step="save it first")
    start = file.read(_CHUNK)
    if not start.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise InputError("the file is empty", file=path, next_step="check that it is the right one")
    for magic, problem in _WORKBOOKS.items():
        if start.startswith(magic):
            raise InputError(problem, file=path, next_step=_SAVE_AS_CSV)
    _refuse_endless_lines(path, file)
    if start[:2] in _UTF16_BOMS and start[2:4] != b"\x00\x00":
        return Encoding(_UTF16_BOMS[start[:2]], start[:2], flawed=True)
    guess = _utf16_without_bom(start[:4096])
    if guess:
        return Encoding(guess, flawed=True)
    bom = codecs.BOM_UTF8 if start.startswith(codecs.BOM_UTF8) else b""
    return _eight_bit(path, file, bom)


def _utf16_without_bom(start: bytes) -> str:
    """Name the UTF-16 codec where every other byte of a Latin header is NUL; else ''."""
    half = len(start) // 2
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > half * 0.4 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.1:
        return "utf-16-be"
    return ""


def _eight_bit(path: Path, file: BinaryIO, bom: bytes) -> Encoding:
    """Tell UTF-8 from Windows-1252.

    What a person typed in Windows-1252 is next to never valid UTF-8. So a file with some valid
    sequences is UTF-8 with flaws, whose rows are refused; one with next to none is Windows-1252.
    """
    try:
        strict = codecs.getincrementaldecoder("utf-8")("strict")
        for chunk in _text_chunks(path, file):
            strict.decode(chunk)
        strict.decode(b"", final=True)
    except UnicodeDecodeError:
        return _flawed_eight_bit(path, file, bom)
    return Encoding("utf-8", bom=bom)


def _flawed_eight_bit(path: Path, file: BinaryIO, bom: bytes) -> Encoding:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    meant = flaws = undefined = 0
    for chunk in _text_chunks(path, file):
        text = decoder.decode(chunk)
        bad = len(_ESCAPED.findall(text))
        flaws += bad
        meant += len(text) - len(text.encode("ascii", "ignore")) - bad
        undefined += sum(map(chunk.count, _NOT_IN_CP1252))
    flaws += len(decoder.getstate()[0])
    if bom or meant * 10 >= flaws:
        return Encoding("utf-8", bom=bom, flawed=True)
    return Encoding("cp1252", flawed=undefined > 0)


def _text_chunks(path: Path, file: BinaryIO) -> Iterator[bytes]:
    lines = 1
    for chunk in _chunks(file):
        nul = chunk.find(b"\x00")
        if nul >= 0:
            raise InputError(
                "this is not a text file (it holds NUL bytes)",
                file=path,
                line=lines + chunk.count(b"\n", 0, nul),
                next_step=_SAVE_AS_CSV,
            )
        lines += chunk.count(b"\n")
        yield chunk


def _refuse_endless_lines(path: Path, file: BinaryIO) -> None:
    length = 0
    line = 1
    for chunk in _chunks(file):
        breaks = [place for place in (chunk.find(b"\n"), chunk.find(b"\r")) if place >= 0]
        length += min(breaks, default=len(chunk))
        if length > MAX_LINE:
            raise InputError(
                f"a line is longer than {MAX_LINE:,} bytes",
                file=path,
                line=line,
                next_step="check that this is the right file, and mend that line",
            )
        if breaks:
            length = len(chunk) - 1 - max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            line += chunk.count(b"\n") or chunk.count(b"\r")


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0, io.SEEK_SET)
    while chunk := file.read(_CHUNK):
        yield chunk
