"""Bytes to text, whatever the mail says of its charset. Writes nothing, never raises."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Final

#: names seen in mail that Python does not know -> a codec that it does
_ALIASES: Final[Mapping[str, str]] = {
    "ansi": "cp1252",
    "ansi_x3.110-1983": "cp1252",
    "cp-850": "cp850",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-8-i": "iso8859-8",
    "macintosh": "mac_roman",
    "utf8mb4": "utf-8",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-mac-roman": "mac_roman",
    "x-sjis": "cp932",
    "x-windows-949": "cp949",
}

#: codec -> the wider one that senders mean by its name (as the WHATWG encoding standard has it)
_WIDER: Final[Mapping[str, str]] = {
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-11": "cp874",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}

#: the rest of Python's codecs (idna, unicode_escape, undefined, zip, ...) are no charsets
_CHARSET = re.compile(
    r"(utf-?(7|8|16|32)|cp\d|iso8859|iso2022|koi8|mac-?|gb|hz|big5|euc|shift_jis|johab|ptcp154|tis)"
)


def decode(raw: bytes, declared: str = "") -> str:
    """Decode `raw` by its `declared` charset, or better where that is absent, unknown or wrong.

    Bytes that are valid UTF-8 are UTF-8 where Latin-1, ASCII or nothing was declared. What can't
    be decoded becomes U+FFFD.
    """
    codec = _codec(declared)
    if codec in ("", "cp1252", "utf-8"):
        try:
            return raw.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError:
            pass
    for candidate in (codec, "utf-8"):
        text = raw.decode(candidate, "replace") if candidate else "\ufffd"
        if text.count("\ufffd") * 20 <= len(text):
            return text.removeprefix("\ufeff")
    return raw.decode("cp1252", "replace")


def _codec(declared: str) -> str:
    name = declared.strip().strip("\"'").lower()
    try:
        found = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError):  # ValueError: a NUL or a surrogate in the name
        return ""
    return _WIDER.get(found, found) if _CHARSET.match(found) else ""
