"""winmail.dat: what Outlook wraps a mail in that it takes for a colleague's. Writes nothing.

MS-OXTNEF, https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxtnef. Only the text
is read: the plain body, else that in compressed RTF, and the HTML body.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from outreach.replies.charsets import decode
from outreach.replies.rtf import text_of_rtf

_SIGNATURE: Final = 0x223E9F78
_OEM_CODEPAGE: Final = 0x00069007
_BODY: Final = 0x0002800C
_PROPERTIES: Final = 0x00069003
_MESSAGE: Final = 1
#: a file with more attributes than this is hostile
_MOST: Final = 500

_PR_BODY: Final = 0x1000
_PR_RTF: Final = 0x1009
_PR_HTML: Final = 0x1013
#: MAPI types whose values have no length of their own -> bytes, padded to four
_FIXED: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_TEXT8, _TEXT16, _OBJECT, _BINARY = 30, 31, 13, 258
_MANY: Final = 0x1000


def text_of_tnef(raw: bytes) -> tuple[str, str]:
    """Give the plain and the HTML body; either, or both for any other bytes, may be ''."""
    plain, html, rtf, codepage = "", "", b"", "cp1252"
    try:
        for name, data in _attributes(raw):
            if name == _OEM_CODEPAGE and len(data) >= 4:
                codepage = f"cp{struct.unpack_from('<I', data)[0]}"
            elif name == _BODY:
                plain = _text(data, codepage)
            elif name == _PROPERTIES:
                for prop, kind, value in _properties(data):
                    if prop == _PR_BODY:
                        plain = plain or _text(value, "utf-16-le" if kind == _TEXT16 else codepage)
                    elif prop == _PR_RTF:
                        rtf = rtf or value
                    elif prop == _PR_HTML:
                        html = html or _text(value, codepage)
    except struct.error:
        pass
    return plain or ("" if html else text_of_rtf(rtf)), html


def _text(data: bytes, charset: str) -> str:
    return decode(data, charset).replace("\0", "").replace("\r\n", "\n")


def _attributes(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """The attributes of the message itself: id and value; those of attachments are passed over."""
    if len(raw) < 6 or struct.unpack_from("<I", raw)[0] != _SIGNATURE:
        return
    at = 6
    for _ in range(_MOST):
        if at + 9 > len(raw):
            return
        level, name, length = struct.unpack_from("<BII", raw, at)
        at += 9
        if level == _MESSAGE:
            yield name, raw[at : at + length]
        at += length + 2


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Each property of a MAPI list: id, type and value."""
    (count,) = struct.unpack_from("<I", data)
    at = 4
    for _ in range(min(count, _MOST)):
        kind, prop = struct.unpack_from("<HH", data, at)
        at += 4
        if prop >= 0x8000:
            at = _after_name(data, at)
        number = 1
        if kind & _MANY or kind in (_TEXT8, _TEXT16, _OBJECT, _BINARY):
            (number,) = struct.unpack_from("<I", data, at)
            at += 4
        for _ in range(min(number, _MOST)):
            size, at = _size(data, at, kind & ~_MANY)
            yield prop, kind, data[at : at + size]
            at += size + (-size % 4)


def _size(data: bytes, at: int, kind: int) -> tuple[int, int]:
    if kind in _FIXED:
        return _FIXED[kind], at
    (size,) = struct.unpack_from("<I", data, at)
    return size, at + 4


def _after_name(data: bytes, at: int) -> int:
    """Named properties carry a GUID, then a number or a name."""
    (by_name,) = struct.unpack_from("<I", data, at + 16)
    at += 20
    if not by_name:
        return at + 4
    (size,) = struct.unpack_from("<I", data, at)
    return int(at + 4 + size + (-size % 4))
