"""Bytes to text, whatever the mail says of its charset. Writes nothing, never raises."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Final

#: names seen in mail that Python does not know -> a codec that it does
_ALIASES: Final[Mapping[str, str]] = {
    "_iso-2022-jp$esc": "iso2022_jp",
    "ansi": "cp1252",
    "ansi_x3.110-1983": "cp1252",
    "cp-850": "cp850",
    "cp-1252": "cp1252",
    "dos-720": "cp720",
    "dos-862": "cp862",
    "iso-10646-ucs-2": "utf-16",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "iso-8859-6-e": "iso8859-6",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-8-i": "iso8859-8",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "cp51932": "euc_jp",
    "gb_2312-80": "gb18030",
    "gbk2312": "gb18030",
    "ks_c_5601": "cp949",
    "koi8": "koi8_r",
    "macintosh": "mac_roman",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb3": "utf-8",
    "utf8mb4": "utf-8",
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "windows-31j": "cp932",
    "windows-936": "gb18030",
    "windows-949": "cp949",
    "windows-874": "cp874",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-iso-8859-1": "cp1252",
    "x-mac-ce": "mac_latin2",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman",
    "x-sjis": "cp932",
    "x-unicode-2-0-utf-8": "utf-8",
    "x-windows-1252": "cp1252",
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


_META = re.compile(
    rb"<(?:meta\b[^>]{0,200}?|\?xml\b[^>]{0,80}?en)(?:charset|coding)\s*=\s*[\"']?([\w.:-]+)", re.I
)
#: how ISO-2022-JP turns to two-byte letters; nothing else in mail has these bytes
_SHIFTS_TO_JAPANESE = re.compile(rb"\x1b\$[@B]")


def charset_of_page(raw: bytes) -> str:
    """Give the charset that an HTML page names at its beginning, or ''."""
    found = _META.search(raw[:2048])
    return found[1].decode("ascii", "replace") if found else ""


def decode(raw: bytes, declared: str = "") -> str:
    """Decode `raw` by its `declared` charset, or better where that is absent, unknown or wrong.

    Bytes that are valid UTF-8 are UTF-8 where Latin-1, ASCII or nothing was declared. What can't
    be decoded becomes U+FFFD.
    """
    codec = _codec(declared)
    if codec in ("", "cp1252") and _SHIFTS_TO_JAPANESE.search(raw):
        codec = "iso2022_jp_ext"
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
