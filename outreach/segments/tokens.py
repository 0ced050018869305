"""Cut SQL into tokens as SQLite does, just far enough to know strings and comments from SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<blank> \s+ | --[^\n]* | /\*.*?\*/ )
      | (?P<text> '(?:[^']|'')*' )
      | (?P<quoted> "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\] )
      | (?P<word> [^\W\d][\w$]* )
      | (?P<number> \d[\w.]* )
      | (?P<open> ['"`\[] | /\* )
      | (?P<mark> . )""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of SQL that is neither space nor comment."""

    #: text, quoted, word, number, mark; open for a quotation mark or comment that has no end
    kind: str
    text: str
    start: int
    line: int

    @property
    def name(self) -> str:
        """The identifier that it is, lower-case and without its quotes."""
        return (self.text[1:-1] if self.kind == "quoted" else self.text).lower()


def tokens(sql: str) -> Iterator[Token]:
    """Cut SQL into tokens, leaving out space and comments."""
    line, counted = 1, 0
    for found in _TOKEN.finditer(sql):
        if found.lastgroup != "blank":
            line += sql.count("\n", counted, found.start())
            counted = found.start()
            yield Token(str(found.lastgroup), found[0], found.start(), line)
