"""Whether the plain text says what the page says: its links, its figures, and about as much."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from outreach.compose import mailto, vocabulary
from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.page import Page, is_hidden, said
from outreach.errors import shown

#: a text written by hand may put it more shortly
_LEAST_SHARE: Final = 0.6
#: of a page with fewer letters than that a share says little
_FEW_LETTERS: Final = 80
_NUMBER: Final = re.compile(r"\d+(?:[.,٫٬ \u00a0\u202f']\d+)*")


def says_less(page: Page) -> Iterator[Finding]:
    """Links or figures that only the page has, or much less of everything."""
    file = page.text_file or page.file
    text = _plain(page.message.text)
    in_page, in_text = _letters(page.words), _letters(text)
    if in_page >= _FEW_LETTERS and in_text < in_page * _LEAST_SHARE:
        what = f"the plain text has less than {_LEAST_SHARE:.0%} of the letters of the page"
        yield finding("text-less", file, None, what)
        # what else it lacks is no news then
        return
    for target in _targets(page):
        if target not in page.message.text and unquote(target) not in page.message.text:
            yield finding("text-less", file, None, f"the plain text lacks the link {shown(target)}")
    of_text = set(_NUMBER.findall(text))
    # a missing postal address is told of elsewhere
    words = page.words.replace(_plain(page.letterhead.postal_address), "")
    lacking = [n for n in dict.fromkeys(_NUMBER.findall(words)) if n not in of_text]
    if lacking:
        what = f"the plain text lacks figures of the page: {', '.join(lacking[:5])}"
        yield finding("text-less", file, None, what)


def _targets(page: Page) -> Iterator[str]:
    """What the page's links lead to, as a text says it."""
    # a missing link to unsubscribe is told of elsewhere
    seen = {vocabulary.unsubscribe_url(page.letterhead, page.reader)}
    for link in page.elements("a"):
        target = (link.get("href") or "").strip()
        if not target or target.startswith("#") or is_hidden(link) or not said(link):
            continue
        if target.lower().startswith("mailto:"):
            target = mailto.address_in(target)
        if target not in seen:
            seen.add(target)
            yield target


def _letters(text: str) -> int:
    """Count letters; addresses of links are none, as a page doesn't show them."""
    return sum(map(str.isalpha, re.sub(r"\(?\b(?:https?://|mailto:)\S+|\S+@\S+", "", text)))


def _plain(text: str) -> str:
    return " ".join(text.split())
