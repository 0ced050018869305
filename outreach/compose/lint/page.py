"""One made-up reader's finished page, and what the checks ask of its elements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import lxml.html
from lxml.html import HtmlElement

from outreach.compose.lint.tracing import MARK, Traces, unmarked
from outreach.model import Letterhead, Message, Reader

_HIDDEN = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|max-height\s*:\s*0(?:px)?\s*(?:;|$))",
    re.IGNORECASE,
)
_UNREAD = {"style", "script", "title", "head", "template", "noscript"}


@dataclass(frozen=True)
class Page:
    """A message that was composed for a made-up reader, with its page as a tree.

    The tree is that of the marked copy, so that `place` can name a line.
    """

    #: who the reader is, in words that follow "for"
    whom: str
    #: whether it is the reader by whom lengths are judged
    ordinary: bool
    reader: Reader
    letterhead: Letterhead
    message: Message
    #: the language file, as people find it
    file: str
    #: the text written by hand, or ''
    text_file: str
    #: block of the language file -> its file and line
    blocks: Mapping[str, tuple[str, int]]
    html: str
    #: the page before styles are written in, of an ordinary reader; '' of others
    source: str
    traces: Traces

    @cached_property
    def root(self) -> HtmlElement:
        """The page as a tree."""
        return cast(HtmlElement, lxml.html.document_fromstring(self.html))

    @property
    def body(self) -> HtmlElement:
        """The element that holds all that is shown."""
        return next(self.elements("body"), self.root)

    def block(self, name: str) -> tuple[str, int | None]:
        """Give file and line of a block, or the language file where it has none."""
        return self.blocks.get(name, (self.file, None))

    def place(self, element: HtmlElement) -> tuple[str, int | None]:
        """Give file and line where an element was written, or as near to that as is known."""
        for near in (element, *element.iterancestors()):
            if found := self.traces.place(near.get(MARK)):
                return found
        return self.file, None

    def elements(self, *tags: str) -> Iterator[HtmlElement]:
        """Give the elements of these tags, in their order; comments are none."""
        return (element for element in self.root.iter(*tags) if isinstance(element.tag, str))

    @cached_property
    def words(self) -> str:
        """All that can be seen, in one line."""
        return said(self.root)


def said(element: HtmlElement) -> str:
    """Give the visible words of an element in one line; pictures by their alt text."""
    # what was captured as HTML and printed as text shows its marks
    return unmarked(" ".join("".join(_seen(element)).split()))


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element is hidden by its own style or that of one around it."""
    return any(
        _HIDDEN.search(near.get("style") or "") or near.get("hidden") is not None
        for near in (element, *element.iterancestors())
    )


def _seen(element: HtmlElement) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in _UNREAD:
        return
    if _HIDDEN.search(element.get("style") or "") or element.get("hidden") is not None:
        return
    if element.tag == "img":
        yield f" {element.get('alt') or ''} "
    yield element.text or ""
    for child in element:
        yield from _seen(child)
        yield child.tail or ""
    if element.tag in _BREAKS:
        yield " "


_BREAKS = {
    *("p", "div", "td", "th", "tr", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "table"),
    *("blockquote", "section", "article", "header", "footer", "dt", "dd", "hr", "pre"),
}
