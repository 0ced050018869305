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

from outreach.compose.marks import Spot

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


def in_attribute(spot: Spot, texts: Sequence[str], indexes: Sequence[int]) -> Fill:
    """Write an attribute's value with its quotes: values between `texts`, as lxml wrote those."""
    uri = _is_uri(spot.tag, spot.name)
    plain = (_PLAIN_URI if uri else _PLAIN).fullmatch

    def written(values: Sequence[str]) -> str:
        own = [values[index] for index in indexes]
        if not all(map(plain, own)):
            whole = _mixed([unescape(text) for text in texts], own)[1:-1]
            return _serialised(spot.tag, spot.name, whole)
        return _mixed(texts, [value.replace("&", "&amp;") for value in own])

    if len(indexes) > 1:
        return written
    index, before, after = indexes[0], texts[0], texts[1]

    def fill(values: Sequence[str]) -> str:
        value = values[index]
        return f"{before}{value}{after}" if plain(value) and "&" not in value else written(values)

    return fill


def _mixed(texts: Sequence[str], values: Sequence[str]) -> str:
    """Put values between texts."""
    return texts[0] + "".join([v + text for v, text in zip(values, texts[1:], strict=True)])


@lru_cache(maxsize=1024)
def _serialised(tag: str, name: str, value: str) -> str:
    """Give an attribute's value as lxml writes it, with its quotes."""
    element = etree.Element("a" if tag == "a" else "p")
    try:
        element.set(name, value)
    except ValueError as error:
        raise Unfillable from error
    whole = etree.tostring(element, method="html", encoding="utf-8").decode()
    return whole[len(f"<p {name}=") : -len("></p>")]


@lru_cache(maxsize=1024)
def _is_uri(tag: str, name: str) -> bool:
    try:
        return "é" not in _serialised(tag, name, "é")
    except Unfillable:
        return False
