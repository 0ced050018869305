"""Every page by keyboard, screen reader and little light: over the HTML and the style sheet."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise, product
from pathlib import Path

import lxml.html
import pytest
from desking import Staffed

import outreach.web
from outreach.web.pages import STATIC

PAGES = [
    "/",
    "/keys",
    "/campaigns",
    "/campaigns/autumn",
    "/campaigns/spring",
    "/campaigns/autumn/schedule?at=2099-01-01T09:00",
    "/campaigns/autumn/left-out",
    "/campaigns/autumn/doubts",
    "/campaigns/autumn/diff",
    "/campaigns/autumn/progress",
    "/campaigns/autumn/counts",
    "/messages",
    "/messages/hello",
    "/messages/hello/check",
    "/messages/hello/variants?segment=everybody",
    "/messages/hello/people?segment=everybody",
    *(f"/messages/hello/preview?as=1&view={v}" for v in ("page", "text", "source", "headers")),
    "/messages/hello/preview?view=values",
    "/messages/hello/preview?view=findings",
    "/segments",
    "/segments/everybody",
    "/followups",
    "/followups/next",
    "/followups/figures",
    "/followups/duplicates",
    "/gatherings",
    "/gatherings/new",
    "/supporters",
    "/supporters/3",
    "/reports",
    "/staff",
    "/acts",
    "/nothing-here",
]
_FOCUSABLE = "a[href], button, input, select, textarea, summary, iframe, [tabindex]"


def _name(page: lxml.html.HtmlElement, element: lxml.html.HtmlElement) -> str:
    """What a screen reader calls it."""
    if element.get("aria-label") or element.get("title"):
        return str(element.get("aria-label") or element.get("title"))
    labels = page.xpath("//label[@for=$id]", id=element.get("id") or "")
    labels += element.xpath("ancestor::label")
    if labels:
        return str(labels[0].text_content())
    return str(element.text_content())


def _problems(text: str) -> list[str]:
    page = lxml.html.fromstring(text)
    found = []
    for tag, most in (("main", 1), ("h1", 1), ("title", 1)):
        if len(page.xpath(f"//{tag}")) != most:
            found.append(f"{len(page.xpath(f'//{tag}'))} {tag}")
    if not page.get("lang"):
        found.append("no language")
    found += [f"two of {i}" for i, n in Counter(page.xpath("//@id")).items() if n > 1]
    for element in page.xpath("//a[@href] | //button | //select | //textarea | //iframe | //input"):
        if element.get("type") != "hidden" and not _name(page, element).strip():
            found.append(f"no name: {lxml.html.tostring(element)[:80]!r}")
    for ids in page.xpath("//@aria-describedby | //@aria-labelledby"):
        found += [f"nothing is {i}" for i in ids.split() if not page.xpath("//*[@id=$i]", i=i)]
    names = [nav.get("aria-label") for nav in page.xpath("//nav")]
    found += [f"two navigations {name}" for name, n in Counter(names).items() if n > 1 or not name]
    levels = [int(h.tag[1]) for h in page.xpath("//h1 | //h2 | //h3 | //h4")]
    found += ["a heading is left out" for a, b in pairwise(levels) if b > a + 1]
    found += ["a cell is no header" for _ in page.xpath("//thead//th[not(@scope)]")]
    found += [f"style: {e.tag}" for e in page.xpath("//*[@style] | //style")]
    found += [
        "script inside" for e in page.xpath("//script") if e.text_content() or not e.get("src")
    ]
    found += [f"handler {a}" for a in page.xpath("//@*[starts-with(name(), 'on')]")]
    found += ["a positive tabindex" for t in page.xpath("//@tabindex") if int(t) > 0]
    # what scrolls by itself must be reached by the keyboard
    for box in page.xpath("//pre | //*[@class='wide'] | //*[@class='file']"):
        if box.get("tabindex") != "0" or not box.get("aria-label"):
            found.append(f"{box.tag} is not reached")
    return found


def test_every_page_has_names_landmarks_and_headings(desk: Staffed) -> None:
    """And no style, script or handler inside, which the policy would forbid."""
    noor = desk.enter("Noor")
    problems = {path: _problems(noor.get(path).text) for path in PAGES}
    outside = desk.browser()
    problems |= {path: _problems(outside.get(path).text) for path in ("/sign-in", "/sign-in/x")}
    assert {path: found for path, found in problems.items() if found} == {}


def test_the_first_stop_of_the_keyboard_skips_to_the_content(desk: Staffed) -> None:
    """Then comes the navigation, which says where one is."""
    page = lxml.html.fromstring(desk.enter("Noor").page("/campaigns/autumn"))
    first = page.cssselect(_FOCUSABLE)[0]
    assert first.get("href") == "#content"
    assert page.get_element_by_id("content").tag == "main"
    assert page.xpath("//nav[@aria-label='Desk']//a[@aria-current]/text()") == ["Campaigns"]


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


_SHEET = (STATIC / "pages.css").read_text("utf-8")
_SCHEMES = [
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", _SHEET, re.S)
]


@pytest.mark.parametrize("colours", _SCHEMES, ids=["light", "dark"])
def test_colours_are_told_apart(colours: dict[str, str]) -> None:
    """Text by WCAG's 4.5 to 1, borders of fields by 3 to 1, in both schemes."""
    written = ("text", "quiet", "accent", "warning", "good")
    pairs = [*product(written, ("page", "card")), ("on-accent", "accent"), ("card", "warning")]
    assert [p for p in pairs if _contrast(colours[p[0]], colours[p[1]]) < 4.5] == []
    assert _contrast(colours["line"], colours["card"]) >= 3


def test_nothing_comes_from_elsewhere() -> None:
    """Style sheets and scripts name no other host, and colours have names."""
    folder = Path(outreach.web.__file__).parent / "desk" / "static"
    for file in folder.iterdir():
        text = file.read_text("utf-8").replace("html.spec.whatwg.org", "")
        assert "://" not in text
        assert "url(" not in text
        assert "innerHTML" not in text


def test_what_is_served_for_ever_has_a_mark_of_its_content(desk: Staffed) -> None:
    """So that after an update the new one is got."""
    page = desk.browser().page("/sign-in")
    names = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(names) == 4
    for name in names:
        answer = desk.browser().get(name)
        assert "immutable" in answer.headers["cache-control"]
