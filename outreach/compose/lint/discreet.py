"""What a discreet version gives away: the organisation's name, a case's, a masthead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from lxml.html import HtmlElement

from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.page import Page, is_hidden, said
from outreach.errors import shown
from outreach.facts.sheet import Sheet
from outreach.model import Safety


def tells(page: Page, sheet: Sheet) -> Iterator[Finding]:
    """Give where a discreet reader's message names whom it is from, or whom it is about.

    What comes from outreach.toml into every mail can't be helped: the sender's name and the postal
    address, whatever they hold.
    """
    if page.reader.supporter.safety is not Safety.DISCREET:
        return
    names = [page.letterhead.organisation]
    for case in sheet.cases.values():
        names += [case.name, *case.names.values()]
    for where, what, text in _said(page):
        for name in _named(text, names, page):
            place = where or _place(page, name)
            yield finding("discreet-tells", *place, f"{what} names {shown(name)}")
    for element in page.elements():
        if "masthead" in (element.get("class") or "").split() and _shows(element):
            yield finding("discreet-tells", *page.place(element), "there is a masthead")


def _said(page: Page) -> Iterator[tuple[tuple[str, int | None] | None, str, str]]:
    """Give all that a message says, each with its place, where that is known, and what it is."""
    yield page.block("subject"), "the subject", page.message.subject
    yield page.block("preheader"), "the preheader", page.message.preheader
    yield None, "the page", page.words
    if page.text_file:
        yield (page.text_file, None), "the text", page.message.text
    for link in page.elements("a"):
        target = unquote(link.get("href") or "")
        if target.lower().startswith("mailto:"):
            yield page.place(link), "the answer that a link opens", target.partition("?")[2]


def _named(text: str, names: Sequence[str], page: Page) -> list[str]:
    text = " ".join(text.split())
    for given in (page.letterhead.postal_address, page.letterhead.sender.name):
        text = text.replace(" ".join(given.split()) or " ", " ")
    return [name for name in dict.fromkeys(names) if _holds(text, name)]


def _holds(text: str, name: str) -> bool:
    name = " ".join(name.split())
    if not re.search(r"\w", name):
        return False
    # "we hope" doesn't name an organisation called Hope
    flags = re.IGNORECASE if " " in name else 0
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, flags) is not None


def _place(page: Page, name: str) -> tuple[str, int | None]:
    """Find the innermost element that shows a name, where it isn't in a hidden one."""
    found = None
    for element in page.elements():
        if _holds(said(element), name) and not is_hidden(element):
            found = element
    return page.place(found) if found is not None else (page.file, None)


def _shows(element: HtmlElement) -> bool:
    return bool(said(element)) or next(element.iter("img"), None) is not None
