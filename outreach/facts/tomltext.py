"""A TOML text with the lines its entries stand on, which TOML parsers don't tell. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from outreach.errors import TemplateError

_HEADER: Final = re.compile(r"""\[{1,2}((?:[^\]"']|"[^"]*"|'[^']*')+)\]{1,2}\s*(?:#.*)?""")
_NAME: Final = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*[=.]""")


@dataclass(slots=True)
class _Part:
    line: int
    names: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TomlText:
    """A parsed file; `line` says where a thing stands in it."""

    file: str
    data: Mapping[str, Any]
    _parts: Mapping[str, list[_Part]]

    def line(self, header: str, number: int = 0, name: str = "") -> int | None:
        """Give the line of `name` under the `number`th [header] or [[header]], else the header's.

        Without a header, that of a name above all headers. None where none is found.
        """
        parts = self._parts.get(header, [])
        if number >= len(parts):
            return None
        return parts[number].names.get(name) or parts[number].line or None


def read(file: str, text: str) -> TomlText:
    """Parse a file.

    Raises:
        TemplateError: it is not TOML, with the line.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        raise TemplateError(
            f"not TOML: {error}", file=file, line=int(at[1]) if at else None
        ) from error
    except (ValueError, RecursionError) as error:
        # numbers of thousands of digits, tables thousands deep in one another
        raise TemplateError(f"not TOML that can be read: {error}", file=file) from error
    part = _Part(0)
    parts = {"": [part]}
    for at_line, line in enumerate(text.split("\n"), 1):
        header, named = _HEADER.fullmatch(line.strip()), _NAME.match(line)
        if header:
            part = _Part(at_line)
            parts.setdefault(_dotted(header[1]), []).append(part)
        elif named:
            part.names.setdefault(named[1] or named[2] or named[3] or "", at_line)
    return TomlText(file, data, parts)


def _dotted(header: str) -> str:
    """Give a header's key as we write keys, without the quotes and spaces of TOML."""
    parts = re.findall(r"""\s*"([^"]*)"|\s*'([^']*)'|([^."']+)""", header)
    return ".".join(double or single or bare.strip() for double, single, bare in parts)
