"""HTML mail to plain text, with what is quoted marked by `> ` as plain-text mail marks it.

So everything after this reads one form only. Writes nothing, never raises.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

_BLOCK_NAMES: Final = """
    address article blockquote body center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6
    header hr html li main nav ol p pre section table tbody tfoot thead tr ul
"""
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_SKIPPED: Final = frozenset({"head", "script", "style", "template", "noscript", "object", "svg"})
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)

#: words in class, id or name by which mail programs mark the container of what they quote
_QUOTE_MARKS: Final = frozenset(
    {
        "gmail_quote",
        "gmail_quote_container",
        "gmail_extra_quote",
        "protonmail_quote",
        "yahoo_quoted",
        "zmail_extra",
        "moz-cite-prefix",
        "moz-forward-container",
        "olk_src_body_section",
        "mail-editor-reference-message-container",
        "tutanota_quote",
        "ms-outlook-mobile-reference-message",
        "quote",
    }
)
#: ids of the line after which everything on the same level is quoted (Outlook)
_QUOTE_STARTS: Final = frozenset({"divrplyfwdmsg", "appendonsend", "x_divrplyfwdmsg"})


def html_to_text(html: str) -> str:
    """Give the visible text of `html`; a line inside a quote container starts with `> `."""
    try:
        root = etree.fromstring(
            html.replace("\0", "").encode("utf-8", "replace"),
            etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True),
        )
    except etree.LxmlError:
        return ""
    if root is None:
        return ""
    page = _Page()
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if isinstance(node.tag, str):
            (page.enter if event == "start" else page.leave)(node)
        if event == "end" and node is not root:
            page.write(node.tail or "", node.getparent())
    return page.text()


class _Page:
    """The lines written so far."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []
        self.line = ""
        self.depth = 0
        #: how many of the open elements are hidden
        self.hidden = 0
        self.quoting: set[etree._Element] = set()

    def enter(self, node: etree._Element) -> None:
        tag = str(node.tag).lower()
        if tag in _BLOCKS or tag == "br":
            self.end_line(keep=tag == "br")
        if _is_quote(node):
            self.end_line()
            self.depth += 1
            self.quoting.add(node)
        self.hidden += _is_hidden(node, tag)
        if tag == "td" and self.line:
            self.line += " "
        if tag == "img":
            # a short alternative is an emoji; a long one is a logo's
            alt = str(node.get("alt") or "")
            self.write(alt if len(alt) < 3 else "", node)
        self.write(node.text or "", node)

    def leave(self, node: etree._Element) -> None:
        tag = str(node.tag).lower()
        self.hidden -= _is_hidden(node, tag)
        if tag in _BLOCKS:
            self.end_line()
        if tag == "p" and self.lines and self.lines[-1][1]:
            self.lines.append((self.depth, ""))
        if node not in self.quoting:
            return
        self.quoting.discard(node)
        parent = node.getparent()
        if _starts_quote(node) and parent is not None and parent not in self.quoting:
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
        folded = re.sub(r"[ \t\r\n\f]+", " ", text)
        self.line += folded if self.line else folded.lstrip()

    def end_line(self, *, keep: bool = False) -> None:
        if self.line.strip() or keep:
            self.lines.append((self.depth, self.line.replace("\xa0", " ").rstrip()))
        self.line = ""

    def text(self) -> str:
        self.end_line()
        return "\n".join("> " * min(depth, 5) + line for depth, line in self.lines)


def _is_hidden(node: etree._Element, tag: str) -> bool:
    return tag in _SKIPPED or _HIDDEN.search(str(node.get("style") or "")) is not None


def _marks(node: etree._Element) -> set[str]:
    words = " ".join(str(node.get(key) or "") for key in ("class", "id", "name")).lower().split()
    return {"yahoo_quoted" if word.startswith("yahoo_quoted") else word for word in words}


def _starts_quote(node: etree._Element) -> bool:
    return str(node.get("id") or "").lower() in _QUOTE_STARTS


def _is_quote(node: etree._Element) -> bool:
    # a blockquote is how every program that marks at all marks a quote; Gmail's is inside another
    tag = str(node.tag).lower()
    return tag == "blockquote" or bool(_marks(node) & _QUOTE_MARKS) or _starts_quote(node)
