"""The words of a file without its Jinja, its tags and its styles, each still on its own line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from jinja2 import Environment

#: what the lexer calls text that stands as it is
DATA: Final = "data"
#: stands where Jinja prints something: no letter, no digit, no space
PRINTED: Final = "\ufffc"
#: stands where a tag or an entity was: no letter, no digit, no space
TAG: Final = "\u200b"

_STYLE: Final = re.compile(r"(<style\b[^>]*>)(.*?)(</style\s*>)", re.IGNORECASE | re.DOTALL)
_STYLED: Final = re.compile(r"""\sstyle\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
_READ_OUT: Final = re.compile(r"""\s(?:alt|title|aria-label)\s*=\s*("[^"]*"|'[^']*')""", re.I)
_ANY_TAG: Final = re.compile(r"""<[/!?]?[A-Za-z](?:"[^"]*"|'[^']*'|[^>"'])*>""")
_NOT_READ: Final = (
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"<(style|script|title)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL),
)
_SPACE_ENTITY: Final = re.compile(r"&(?:nbsp|#160|#8239|#x202f);", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?:[a-z][a-z0-9]*|#\d+|#x[0-9a-f]+);", re.IGNORECASE)


def without_jinja(source: str, environment: Environment) -> str:
    """Blank what is Jinja's, line for line; where it prints, one `PRINTED` stands."""
    parts, line = [], 1
    for at, kind, value in environment.lex(source):
        # the lexer drops spaces and line ends around some tags
        parts.append("\n" * (at - line))
        line = at + value.count("\n")
        if kind == "variable_begin":
            parts.append(PRINTED)
        parts.append(value if kind == DATA else "\n" * value.count("\n"))
    return "".join(parts)


def copy(text: str, *, html: bool) -> str:
    """Leave of a file without Jinja only what people read, and the attributes read out to them."""
    if not html:
        return text
    for pattern in _NOT_READ:
        text = pattern.sub(_blank, text)
    text = _ANY_TAG.sub(_read_out, text)
    return _ENTITY.sub(TAG, _SPACE_ENTITY.sub("\u00a0", text))


def style_sheets(text: str) -> Iterator[tuple[int, str]]:
    """Give line and text of each <style> of a file without Jinja; none of those in comments."""
    text = _NOT_READ[0].sub(_blank, text)
    for found in _STYLE.finditer(text):
        yield line_at(text, found.start(2)), found[2]


def style_attributes(text: str) -> Iterator[tuple[int, str]]:
    """Give line and text of each style attribute of a file without Jinja."""
    for found in _STYLED.finditer(text):
        yield line_at(text, found.start(1)), found[1][1:-1]


def line_at(text: str, position: int) -> int:
    """Give the number of the line that holds this position."""
    return text.count("\n", 0, position) + 1


def _blank(found: re.Match[str]) -> str:
    return TAG + "\n" * found[0].count("\n")


def _read_out(found: re.Match[str]) -> str:
    tag = found[0]
    words = "".join(f"{said[1][1:-1]}{TAG}" for said in _READ_OUT.finditer(tag))
    return TAG + words + "\n" * (tag.count("\n") - words.count("\n"))
