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

#: not { either: after an & it is the beginning of what HTML 4 called a script macro
_PLAIN: Final = re.compile(r"""[^&<>"'{\n\t]*""")
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
    plain = (_PLAIN_URI if _is_uri(spot.tag, spot.name) else _PLAIN).fullmatch
    # a value could make &{...} or <!--...--> of these, which lxml doesn't escape
    is_odd = any(character in unescape(text) for text in texts for character in "{<")

    def written(values: Sequence[str]) -> str:
        own = [values[index] for index in indexes]
        if is_odd or not all(map(plain, own)):
            whole = _mixed([unescape(text) for text in texts], own)[1:-1]
            return _serialised(spot.tag, spot.name, whole)
        return _mixed(texts, [value.replace("&", "&amp;") for value in own])

    if is_odd or len(indexes) > 1:
        return written
    index, before, after = indexes[0], texts[0], texts[1]

    def fill(values: Sequence[str]) -> str:
        value = values[index]
        return f"{before}{value}{after}" if plain(value) and "&" not in value else written(values)

    return fill


def at_the_start(spot: Spot, texts: Sequence[str], indexes: Sequence[int]) -> Sequence[int]:
    """Give the values that a URI may begin with: of blanks there, lxml leaves out each."""
    if not _is_uri(spot.tag, spot.name):
        return ()
    first = next((at for at, text in enumerate(texts) if text.lstrip("\"'")), len(indexes))
    return indexes[:first]


def _mixed(texts: Sequence[str], values: Sequence[str]) -> str:
    """Put values between texts."""
    return texts[0] + "".join([v + text for v, text in zip(values, texts[1:], strict=True)])


@lru_cache(maxsize=1024)
def _serialised(tag: str, name: str, value: str) -> str:
    """Give an attribute's value as lxml writes it, with its quotes."""
    # of an HTML document: in any other, lxml escapes more
    (element,) = etree.HTML("<a></a>" if tag == "a" else "<p></p>")[0]
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
