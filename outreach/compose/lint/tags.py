"""Tags that don't fit together: elements that are never closed, ends of what was not begun.

Looked at before the styles are written in: what reads a page to style it also mends it, each
program in its own way. Where HTML lets an end be left out, nothing is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.page import Page
from outreach.compose.lint.tracing import MARK

_VOID: Final = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
    *("source", "track", "wbr"),
}
#: whose end may be left out (HTML, 13.1.2.4)
_ENDS_BY_ITSELF: Final = {
    *("html", "head", "body", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot"),
    *("colgroup", "caption", "option", "optgroup", "rt", "rp"),
}
#: more are the same slip again
_MOST: Final = 10


def misfits(page: Page) -> Iterator[Finding]:
    """Give the tags that don't fit, by the page of an ordinary reader."""
    if not page.ordinary:
        return
    reader = _Reader()
    reader.feed(page.source)
    reader.close()
    reader.end()
    for what, mark in list(dict.fromkeys(reader.found))[:_MOST]:
        file, line = page.traces.place(mark) or (page.file, None)
        yield finding("html-broken", file, line, what)


class _Reader(HTMLParser):
    """Reads tags and keeps what is open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        #: element and the mark of where it was written
        self._open: list[tuple[str, str | None]] = []
        #: ends that are still to come of what was told of already
        self._late: list[str] = []
        self._last: str | None = None
        self.found: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        mark = dict(attrs).get(MARK)
        self._last = mark or self._last
        if tag not in _VOID:
            self._open.append((tag, mark))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # HTML takes <b/> for <b>
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if tag not in (name for name, _ in self._open):
            if tag in self._late:
                self._late.remove(tag)
            elif tag != "p":
                self.found.append((f"</{tag}> ends nothing that was begun", self._last))
            return
        while (opened := self._open.pop())[0] != tag:
            if opened[0] not in _ENDS_BY_ITSELF:
                self._late.append(opened[0])
                self.found.append((f"<{opened[0]}> isn't closed before </{tag}>", opened[1]))

    def end(self) -> None:
        """Tell of what is open still."""
        for tag, mark in self._open:
            if tag not in _ENDS_BY_ITSELF:
                self.found.append((f"<{tag}> is never closed", mark))
