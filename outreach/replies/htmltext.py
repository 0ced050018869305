"""HTML mail to plain text, with quotes marked by `> ` and signatures by `-- ` as plain text does.

So everything after this reads one form only. Writes nothing, never raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, cast

from lxml import etree

from outreach.replies.containers import (
    is_intro,
    is_quote,
    is_quoted_head,
    is_signature,
    names_of,
    starts_quote,
)
from outreach.replies.signatures import DIVIDER
from outreach.replies.tagless import without_tags

_BLOCK_NAMES: Final = """
    address article blockquote body center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6
    header hr html li main nav ol p pre section table tbody tfoot thead tr ul
"""
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_SKIPPED: Final = frozenset({"head", "script", "style", "template", "noscript", "object", "svg"})
#: elements that quote by their own name; others do by what they are called
_QUOTING: Final = frozenset({"blockquote", "includetail"})
_SPACES = re.compile(r"[ \t\r\n\f]+")
#: what is not as it shows; looked for one by one, which takes a tenth of the expression's time
_FOLDS: Final = ("\n", "  ", "\t", "\r", "\f")
#: in what libxml2 says when it gives up
_TOO_DEEP: Final = "Excessive depth"
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)


def html_to_text(html: str) -> str:
    """Give the visible text of `html`; a line inside a quote container starts with `> `.

    A divider stands above what a program marks as signature. Of a page that is too deep for the
    parser, which drops all from there on, the words are given without what programs mark.
    """
    # without huge_tree it takes no more than 256 elements within each other
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, huge_tree=True
    )
    try:
        root = etree.fromstring(html.replace("\0", "").encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        root = None
    if root is None or any(_TOO_DEEP in entry.message for entry in parser.error_log):
        return without_tags(html, _BLOCKS, _SKIPPED)
    page = _Page()
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if isinstance(node.tag, str):
            (page.enter if event == "start" else page.leave)(node)
        if event == "end" and node.tail and node is not root:
            page.write(node.tail, node.getparent())
    return page.text()


class _Page:
    """The lines written so far."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []
        self.line = ""
        self.depth = 0
        #: the open elements: what each is and whether it is hidden, and how many are
        self.opened: list[tuple[str, bool]] = []
        self.hidden = 0
        self.quoting: set[etree._Element] = set()
        #: whether anything stands outside of quotes so far
        self.has_own = False
        self.is_signed = False

    def enter(self, node: etree._Element) -> None:
        tag = str(node.tag).lower()
        if tag in _BLOCKS or tag == "br":
            self.end_line(keep=tag == "br")
        attributes = _attributes(node)
        if attributes or tag in _QUOTING:
            self.begin(node, tag, attributes)
        self.opened.append((tag, _is_hidden(tag, attributes)))
        self.hidden += self.opened[-1][1]
        if tag == "td" and self.line:
            self.line += " "
        if tag == "img":
            # a short alternative is an emoji; a long one is a logo's
            alt = attributes.get("alt", "")
            self.write(alt if len(alt) < 3 else "", node)
        if node.text:
            self.write(node.text, node)

    def begin(self, node: etree._Element, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin a quote or the signature, where the element is one."""
        names = names_of(attributes)
        if is_intro(node, tag):
            self.end_line()
            self.depth += 1
        elif is_quote(node, tag, names) or starts_quote(tag, names):
            self.end_line()
            self.depth += 1
            self.quoting.add(node)
        elif self.depth:
            return
        elif is_quoted_head(node, attributes.get("style", "")):
            # never undone: no answer can be told from what follows
            self.end_line()
            self.depth += 1
        elif not self.is_signed and self.has_own and is_signature(node, names):
            self.is_signed = True
            self.end_line()
            self.lines.append((0, DIVIDER))

    def leave(self, node: etree._Element) -> None:
        tag, was_hidden = self.opened.pop()
        self.hidden -= was_hidden
        if tag in _BLOCKS:
            self.end_line()
        if tag == "p" and self.lines and self.lines[-1][1]:
            self.lines.append((self.depth, ""))
        if node not in self.quoting:
            return
        self.quoting.discard(node)
        parent = node.getparent()
        if parent in self.quoting:
            parent = None
        if parent is not None and starts_quote(tag, names_of(_attributes(node))):
            # the rest of the parent is quoted, so the parent's end ends the quote
            self.quoting.add(parent)
        else:
            self.end_line()
            self.depth -= 1

    def write(self, text: str, within: etree._Element | None) -> None:
        if self.hidden:
            return
        if within is not None and within.tag == "pre":
            first, *rest = text.split("\n")
            self.line += first
            for line in rest:
                self.end_line(keep=True)
                self.line = line
            return
        folded = _SPACES.sub(" ", text) if any(fold in text for fold in _FOLDS) else text
        self.line += folded if self.line else folded.lstrip()
        self.has_own = self.has_own or (not self.depth and bool(self.line.strip()))

    def end_line(self, *, keep: bool = False) -> None:
        if self.line.strip() or keep:
            self.lines.append((self.depth, self.line.replace("\xa0", " ").rstrip()))
        self.line = ""

    def text(self) -> str:
        self.end_line()
        return "\n".join("> " * min(depth, 5) + line for depth, line in self.lines)


def _attributes(node: etree._Element) -> dict[str, str]:
    # of HTML that was decoded, lxml gives no bytes
    return cast("dict[str, str]", dict(node.items()))


def _is_hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    style = attributes.get("style", "")
    return tag in _SKIPPED or (style != "" and _hides(style))


# one mail has the same few styles in hundreds of cells
@lru_cache(maxsize=256)
def _hides(style: str) -> bool:
    return _HIDDEN.search(style) is not None
