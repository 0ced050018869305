"""The plain-text part, made from the same page as the HTML part, so that they say the same.

Elements of the class `html-only` are left out of it. A link shows where it leads.
"""

from __future__ import annotations

import re
import textwrap
from typing import Final, cast

import lxml.html
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml.html import HtmlElement

from outreach.compose import mailto

WIDTH: Final = 72
#: without indenting blocks, since every layout is blocks in blocks
_PLAIN: Final = ParserConfig(css=STRICT_CSS_PROFILE)
#: Inscriptis takes no-break spaces for spaces; French, and numbers, want them kept
_HIDE: Final = {0xA0: "\ufdd0", 0x202F: "\ufdd1", 0x2007: "\ufdd2"}
_SHOW: Final = {ord(stand_in): chr(space) for space, stand_in in _HIDE.items()}
_PARTS: Final = ("tbody", "tr", "td")


def from_html(html: str) -> str:
    """Give a page as text: lines of at most 72 characters, but a link is never broken."""
    page = cast(HtmlElement, lxml.html.document_fromstring(html))
    for element in page.find_class("html-only"):
        element.drop_tree()
    for element in page.iter("a"):
        _show_target(element)
    _flatten_layout(page)
    for element in page.iter():
        element.text = (element.text or "").translate(_HIDE)
        element.tail = (element.tail or "").translate(_HIDE)
    text = Inscriptis(page, _PLAIN).get_text()
    wrapped = "\n".join(part for line in text.splitlines() for part in _wrapped(line.rstrip()))
    return re.sub(r"\n{3,}", "\n\n", wrapped).strip("\n").translate(_SHOW) + "\n"


def _show_target(element: HtmlElement) -> None:
    target = element.get("href", "").strip()
    if target.lower().startswith("mailto:"):
        target = mailto.address_in(target)
    said = "".join(element.itertext()).strip()
    if not target or target.startswith("#") or target == said:
        return
    last = element[-1] if len(element) else None
    if last is None:
        element.text = f"{element.text or ''} ({target})"
    else:
        last.tail = f"{last.tail or ''} ({target})"


def _flatten_layout(page: HtmlElement) -> None:
    """Make plain blocks of the tables that only lay out (role=presentation): they hold no data."""
    layout = [table for table in page.iter("table") if table.get("role") == "presentation"]
    parts = [
        part for part in page.iter(*_PARTS) if next(part.iterancestors("table"), None) in layout
    ]
    for element in (*layout, *parts):
        element.tag = "div"


def _wrapped(line: str) -> list[str]:
    indent = re.match(r"\s*(?:[*•-]|\d+\.)?\s*", line)
    hanging = " " * len(indent[0]) if indent else ""
    return textwrap.wrap(
        line,
        WIDTH,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [""]
