"""What the law, the inbox and good manners ask of each message: headings, footer, links, pictures.

Each function looks for one thing and gives what it finds; `ALL` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from wcwidth import wcswidth

from outreach.compose import languages, vocabulary
from outreach.compose.lint import kind as limits
from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.page import Page, is_hidden, said
from outreach.compose.mailto import MAX_LINK
from outreach.errors import shown

#: elements that mail programs take out -> what becomes of them
DROPPED: Final = {
    "script": "never runs",
    "noscript": "is taken out",
    "form": "doesn't work or warns the reader",
    "input": "is taken out",
    "textarea": "is taken out",
    "select": "is taken out",
    "button": "does nothing",
    "iframe": "is taken out with all in it",
    "frame": "is taken out",
    "object": "is taken out",
    "embed": "is taken out",
    "applet": "is taken out",
    "video": "plays almost nowhere",
    "audio": "plays almost nowhere",
    "svg": "is taken out by Gmail and Outlook",
    "canvas": "stays empty",
    "link": "is taken out: styles stand in <style>",
    "base": "is taken out, and links with it lead nowhere",
}
#: what shows as it is written in plain text
_MARKUP: Final = re.compile(r"</?[A-Za-z][^<>]*>|&(?:[A-Za-z][A-Za-z0-9]*|#\d+|#x[0-9A-Fa-f]+);")
#: without the beginnings of words that end in a semicolon by chance
_ENTITIES: Final = {
    *("&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&nbsp;", "&copy;", "&reg;", "&trade;"),
    *("&shy;", "&zwj;", "&zwnj;", "&ndash;", "&mdash;", "&hellip;", "&bull;", "&middot;"),
    *("&lsquo;", "&rsquo;", "&ldquo;", "&rdquo;", "&laquo;", "&raquo;", "&euro;", "&pound;"),
}
#: words of links that say nothing of where they lead, as they are most often written
_VAGUE: Final = {
    *("click here", "click", "here", "this link", "link", "cliquez ici", "cliquer ici", "ici"),
    *("haz clic aquí", "haga clic aquí", "aquí", "clique aqui", "aqui", "hier klicken", "hier"),
    *("klick hier", "clicca qui", "qui", "klik hier", "اضغط هنا", "انقر هنا", "هنا"),
    *("нажмите здесь", "здесь"),
}
#: ends of names that only one house or computer knows (RFC 6761, 6762, 8375)
_AT_HOME: Final = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".invalid")
#: schemes that mail programs open
_SCHEMES: Final = {"https", "http", "mailto", "tel", "sms"}


def subject_missing(page: Page) -> Iterator[Finding]:
    """A subject of nothing but spaces and marks."""
    if not re.search(r"\w", page.message.subject):
        yield finding("subject-missing", *page.block("subject"), "the subject is empty")


def subject_length(page: Page) -> Iterator[Finding]:
    """A subject that inboxes cut."""
    length = _width(page.message.subject)
    if page.ordinary and length > limits.PHONE_SUBJECT:
        kind = "subject-long" if length > limits.LONGEST_SUBJECT else "subject-cut"
        what = f"the subject has {length} letters: {shown(page.message.subject, 120)}"
        yield finding(kind, *page.block("subject"), what)


def preheader(page: Page) -> Iterator[Finding]:
    """A preheader that is missing, too short or too long."""
    length = _width(page.message.preheader)
    if not re.search(r"\w", page.message.preheader):
        yield finding("preheader-missing", *page.block("preheader"), "the preheader is empty")
    elif page.ordinary and not limits.SHORTEST_PREHEADER <= length <= limits.LONGEST_PREHEADER:
        what = f"the preheader has {length} letters: {shown(page.message.preheader, 120)}"
        yield finding("preheader-length", *page.block("preheader"), what)


def plain_words(page: Page) -> Iterator[Finding]:
    """A subject or preheader that shows tags or entities."""
    said_in = {"subject": page.message.subject, "preheader": page.message.preheader}
    for block, text in said_in.items():
        for found in dict.fromkeys(_MARKUP.findall(text)):
            if found.startswith(("<", "&#")) or found in _ENTITIES:
                what = f"the {block} is plain text, and shows {shown(found)}"
                yield finding("subject-markup", *page.block(block), what)


def unsubscribe(page: Page) -> Iterator[Finding]:
    """No link to unsubscribe that can be seen and followed."""
    url = vocabulary.unsubscribe_url(page.letterhead, page.reader)
    links = [
        link for link in page.elements("a") if (link.get("href") or "").strip().startswith(url)
    ]
    if not any(said(link) and not is_hidden(link) for link in links):
        how = "there is no link to unsubscribe"
        if links:
            how = "the link to unsubscribe has no text or is hidden"
        where = page.place(links[0] if links else page.body)
        yield finding("unsubscribe-missing", *where, f"{how} in the page")
        if not page.text_file:
            # the text is made of the page and lacks what that lacks
            return
    if url not in page.message.text:
        what = "there is no link to unsubscribe in the plain text"
        yield finding("unsubscribe-missing", page.text_file or page.file, None, what)


def postal_address(page: Page) -> Iterator[Finding]:
    """No postal address that can be seen."""
    address = _plain(page.letterhead.postal_address)
    if not address:
        what = "outreach.toml has no postal address"
        mend = "Write postal_address in [organisation] of outreach.toml."
        yield finding("address-missing", "outreach.toml", None, what, mend=mend)
        return
    if address not in _plain(page.words):
        what = "the postal address can't be seen in the page"
        yield finding("address-missing", *page.place(page.body), what)
        if not page.text_file:
            return
    if address not in _plain(page.message.text):
        what = "the postal address is not in the plain text"
        yield finding("address-missing", page.text_file or page.file, None, what)


def direction(page: Page) -> Iterator[Finding]:
    """A right-to-left language on a page that runs left to right."""
    if languages.direction(page.message.language) == "rtl":
        body = page.body
        if not any((e.get("dir") or "").lower() == "rtl" for e in (body, *body.iterancestors())):
            what = f"{page.message.language} runs from right to left, and the page doesn't say so"
            yield finding("direction", *page.place(body), what)


def links(page: Page) -> Iterator[Finding]:
    """Links that lead nowhere, lead through the open, can't be seen or are cut."""
    for link in page.elements("a", "area"):
        target = link.get("href")
        if target is None:
            continue
        yield from _target(page, link, target.strip())
        if link.tag == "a" and not said(link) and not is_hidden(link):
            what = f"a link without text: {shown(target)}"
            yield finding("link-text", *page.place(link), what)
        elif said(link).casefold().strip(" .!>»→…") in _VAGUE:
            what = f"a link that only says {shown(said(link))}"
            yield finding("link-vague", *page.place(link), what)


def pictures(page: Page) -> Iterator[Finding]:
    """Pictures that say nothing, jump as they load, or never come."""
    for picture in page.elements("img"):
        source = (picture.get("src") or "").strip()
        where = page.place(picture)
        name = shown(source)
        if picture.get("alt") is None:
            yield finding("image-alt", *where, f"a picture without alt text: {name}")
        missing = [
            side for side in ("width", "height") if not re.match(r"\d", picture.get(side) or "")
        ]
        if missing:
            what = f"a picture without {' and '.join(missing)}: {name}"
            yield finding("image-size", *where, what)
        if not re.match(r"https://[^/\s]|cid:", source, re.IGNORECASE):
            yield finding("image-source", *where, f"a picture that can't be fetched: {name}")
        width, room = _pixels(picture), _room(picture)
        if room and width > room:
            what = f"a picture {width} pixels wide in {room}: {name}"
            yield finding("image-wide", *where, what)


def elements(page: Page) -> Iterator[Finding]:
    """Elements that mail programs take out."""
    for element in page.elements(*DROPPED):
        if element.tag == "link" and "stylesheet" not in (element.get("rel") or "").lower():
            continue
        what = f"<{element.tag}> {DROPPED[str(element.tag)]}"
        yield finding("html-dropped", *page.place(element), what)


def size(page: Page) -> Iterator[Finding]:
    """A page that Gmail cuts, or nearly so."""
    length = len(page.message.html.encode())
    if length > limits.LARGE_HTML:
        kind = "html-clipped" if length > limits.CLIPPED_HTML else "html-large"
        # thousands will do: names make it a little longer or shorter
        what = f"the page has {length // 1000},000 bytes or more"
        yield finding(kind, page.file, None, what)


ALL: Final[tuple[Callable[[Page], Iterator[Finding]], ...]] = (
    subject_missing,
    subject_length,
    preheader,
    plain_words,
    unsubscribe,
    postal_address,
    direction,
    links,
    pictures,
    elements,
    size,
)


def _target(page: Page, link: HtmlElement, target: str) -> Iterator[Finding]:
    where = page.place(link)
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    scheme = parts.scheme.lower()
    if target.startswith("#") and len(target) > 1:
        return
    if scheme not in _SCHEMES or (scheme in ("http", "https") and not host):
        yield finding("link-target", *where, f"a link that leads nowhere: {shown(target)}")
    elif scheme in ("http", "https") and _is_here(host) and not _is_ours(page, target):
        what = f"a link to a computer that readers can't reach: {shown(target)}"
        yield finding("link-target", *where, what)
    elif scheme == "http":
        yield finding("link-insecure", *where, f"a link without https: {shown(target)}")
    elif scheme == "mailto" and len(target) > MAX_LINK:
        what = f"a mailto link of {len(target):,} characters: {shown(target)}"
        yield finding("mailto-long", *where, what)
    elif scheme == "mailto" and "@" not in parts.path and "%40" not in parts.path:
        yield finding("link-target", *where, f"a mailto link to nobody: {shown(target)}")


def _is_here(host: str) -> bool:
    """Whether a host is of this computer or of the house's own network."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_AT_HOME)


def _is_ours(page: Page, target: str) -> bool:
    """Whether a link leads to what outreach.toml says: no message can mend that."""
    return target.startswith(page.letterhead.public_url)


def _pixels(element: HtmlElement) -> int:
    found = re.fullmatch(r"\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*", element.get("width") or "")
    return int(found[1]) if found else 0


def _room(picture: HtmlElement) -> int:
    """Give the width of the nearest thing around a picture that has one in pixels, or 0."""
    return next(filter(None, map(_pixels, picture.iterancestors())), 0)


def _width(text: str) -> int:
    return max(wcswidth(text), 0) or len(text)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
