"""TOML texts with the lines on which their entries stand, which TOML parsers don't tell. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from outreach.errors import OutreachError

_HEADER: Final = re.compile(r"""\[{1,2}((?:[^\]"']|"[^"]*"|'[^']*')+)\]{1,2}\s*(?:#.*)?""")
_HEADER_KEY: Final = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^."']+))""")
_NAME: Final = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*[=.]""")


@dataclass(slots=True)
class _Table:
    line: int
    names: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TomlText:
    """A parsed text; `line` says where a thing stands in it."""

    file: str
    data: Mapping[str, Any]
    _tables: Mapping[str, list[_Table]]

    def line(self, header: str, number: int = 0, name: str = "") -> int | None:
        """Give the line of `name` under the `number`th [header] or [[header]], else the header's.

        Without a header, that of a name above all headers. None where none is found.
        """
        tables = self._tables.get(header, [])
        if number >= len(tables):
            return None
        return tables[number].names.get(name) or tables[number].line or None


def read(file: str, text: str, error: type[OutreachError]) -> TomlText:
    """Parse the text of `file`.

    Raises:
        error: it is not TOML, with the line.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        at = re.search(r"line (\d+)", str(fault))
        line = int(at[1]) if at else None
        raise error(f"not TOML: {fault}", file=file, line=line) from fault
    except (ValueError, RecursionError) as fault:
        # numbers of thousands of digits, tables thousands deep in one another
        raise error(f"not TOML that can be read: {fault}", file=file) from fault
    return TomlText(file, data, _tables(text))


def _tables(text: str) -> Mapping[str, list[_Table]]:
    table = _Table(0)
    tables = {"": [table]}
    for number, line in enumerate(text.split("\n"), 1):
        header, name = _HEADER.fullmatch(line.strip()), _NAME.match(line)
        if header:
            keys = _HEADER_KEY.findall(header[1])
            table = _Table(number)
            tables.setdefault(".".join("".join(key).strip() for key in keys), []).append(table)
        elif name:
            table.names.setdefault("".join(filter(None, name.groups())), number)
    return tables
