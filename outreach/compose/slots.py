"""How a value is written in its place in a page, exactly as lxml would write it there.

Most values are written by replacing a few characters. What needs more, such as a quote in a link,
is put into an element and handed to lxml itself: its rules differ between versions, and ours are
not to be guesses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import unescape
from typing import Final, TypeAlias

from lxml import etree
from markupsafe import escape

#: writes what stands in one spot, out of all values of a person
Fill: TypeAlias = Callable[[Sequence[str]], str]

_PLAIN: Final = re.compile(r"""[^&<>"'\n\t]*""")
#: what every version of lxml leaves alone in a URI, but that & becomes &amp;
_PLAIN_URI: Final = re.compile(r"[A-Za-z0-9._~/:?=;%+,@#!*()&-]*")


class Unfillable(Exception):
    """This value can't be written by itself; the person's message is rendered whole."""


def in_text(index: int) -> Fill:
    """Write a value between tags."""

    def fill(values: Sequence[str]) -> str:
        value = values[index]
        if value.isalnum():
            return value
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    return fill


def in_comment(index: int) -> Fill:
    """Write a value in a comment, where nobody takes escapes back."""

    def fill(values: Sequence[str]) -> str:
        value = values[index]
        if "--" in value or value[:1] in "->" or value[-1:] in "-!":
            raise Unfillable
        return str(escape(value))

    return fill


def in_attribute(tag: str, name: str, texts: Sequence[str], indexes: Sequence[int]) -> Fill:
    """Write a whole attribute ` name="..."`: `texts` as they stand, a value between each two."""
    uri = _is_uri(tag, name)
    plain = (_PLAIN_URI if uri else _PLAIN).fullmatch

    def written(values: Sequence[str]) -> str:
        own = [values[index] for index in indexes]
        if not all(map(plain, own)):
            return _by_lxml(tag, name, texts, own)
        if uri:
            own = [value.replace("&", "&amp;") for value in own]
        return _joined(texts, own)

    if len(indexes) > 1:
        return written
    before, after, (index,) = texts[0], texts[1], indexes

    def fill(values: Sequence[str]) -> str:
        value = values[index]
        if plain(value) and "&" not in value:
            return f"{before}{value}{after}"
        return written(values)

    return fill


def _joined(texts: Sequence[str], values: Sequence[str]) -> str:
    return texts[0] + "".join(value + text for value, text in zip(values, texts[1:], strict=True))


def _by_lxml(tag: str, name: str, texts: Sequence[str], values: Sequence[str]) -> str:
    start = texts[0].index("=") + 2
    own = [texts[0][start:], *texts[1:-1], texts[-1][:-1]] if len(texts) > 1 else []
    whole = _joined([unescape(text) for text in own], values)
    return _serialised(tag, name, whole)


@lru_cache(maxsize=1024)
def _serialised(tag: str, name: str, value: str) -> str:
    """Give an attribute as lxml writes it, with the space before it."""
    element = etree.Element("a" if tag == "a" else "p")
    try:
        element.set(name, value)
    except ValueError as error:
        raise Unfillable from error
    whole = etree.tostring(element, method="html", encoding="utf-8").decode()
    return whole[2 : -len("></p>")]


@lru_cache(maxsize=1024)
def _is_uri(tag: str, name: str) -> bool:
    try:
        return "é" not in _serialised(tag, name, "é")
    except Unfillable:
        return False
