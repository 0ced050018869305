"""Text that can't be read well on what is behind it, in the light scheme and in the dark one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import Final

from lxml.html import HtmlElement

from outreach.compose.lint import cascade
from outreach.compose.lint import kind as limits
from outreach.compose.lint.cascade import Scheme
from outreach.compose.lint.colours import BLACK, WHITE, Colour, background, colour, contrast
from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.page import Page
from outreach.compose.lint.sheets import Rule

#: WCAG's 18 pt, and 14 pt in bold, in pixels
_LARGE, _LARGE_BOLD = 24.0, 18.66
_UNREAD: Final = {"head", "style", "script", "title", "template"}
_BOLD: Final = {"b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"}
_SIZES: Final = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83}
_UNITS: Final = {"px": 1.0, "pt": 4 / 3, "rem": 16.0}
_LINK: Final = {Scheme.LIGHT: Colour(0, 0, 0.933), Scheme.DARK: Colour(0.62, 0.62, 1.0)}
_CANVAS: Final = {Scheme.LIGHT: WHITE, Scheme.DARK: Colour(0.07, 0.07, 0.07)}
_INK: Final = {Scheme.LIGHT: BLACK, Scheme.DARK: WHITE}


@dataclass(frozen=True, slots=True)
class _Look:
    """How text of an element looks."""

    ink: Colour
    #: opaque
    paper: Colour
    #: whether a picture hides the paper, so that nothing can be said
    covered: bool
    pixels: float
    bold: bool

    @property
    def least(self) -> float:
        large = self.pixels >= (_LARGE_BOLD if self.bold else _LARGE)
        return limits.LEAST_CONTRAST_LARGE if large else limits.LEAST_CONTRAST


def too_low(page: Page, sources: Sequence[tuple[str, Rule]]) -> Iterator[Finding]:
    """Give each pair of colours that is too near, once for each place in `sources` or the page."""
    rules = cascade.rules_of(page.root)
    for scheme in Scheme:
        if scheme is Scheme.DARK and not cascade.has_dark_rules(rules):
            continue
        styles = cascade.computed(page.root, rules, scheme)
        plain = _Look(_INK[scheme], _CANVAS[scheme], False, 16.0, False)
        seen = set()
        for element, look in _texts(page.root, plain, styles, scheme):
            ink = look.ink.over(look.paper)
            ratio = contrast(ink, look.paper)
            pair = (str(ink), str(look.paper), look.least)
            if look.covered or ratio >= look.least or pair in seen:
                continue
            seen.add(pair)
            file, line = _written(page, element, look.ink, sources, scheme) or page.place(element)
            what = (
                f"text of {ink} on {look.paper} has a contrast of {floor(ratio * 100) / 100} to 1,"
                f" under {look.least}"
            )
            yield finding(f"contrast-{scheme}", file, line, what)


def _texts(
    element: HtmlElement,
    around: _Look,
    styles: Mapping[HtmlElement, Mapping[str, str]],
    scheme: Scheme,
) -> Iterator[tuple[HtmlElement, _Look]]:
    """Give each element that says something, and how that looks."""
    if not isinstance(element.tag, str) or element.tag in _UNREAD:
        return
    style = styles.get(element, {})
    if style.get("display", "").lower() == "none" or style.get("visibility") == "hidden":
        return
    if (element.get("aria-hidden") or "").lower() == "true" or element.get("hidden") is not None:
        return
    look = _look(element, around, style, scheme)
    spoken = (element.text or "") + "".join(child.tail or "" for child in element)
    if re.search(r"\S", spoken.replace("\u00a0", " ").replace("\u034f", " ")):
        yield element, look
    for child in element:
        yield from _texts(child, look, styles, scheme)


def _look(element: HtmlElement, around: _Look, style: Mapping[str, str], scheme: Scheme) -> _Look:
    tag = str(element.tag)
    look = replace(
        around,
        pixels=_pixels(style.get("font-size", ""), around.pixels, _SIZES.get(tag, 1.0)),
        bold=_is_bold(style.get("font-weight", ""), around.bold or tag in _BOLD),
        paper=_paper(element, around.paper, style),
        covered=_is_covered(element, around.covered, style),
    )
    if tag == "a" and element.get("href"):
        look = replace(look, ink=_LINK[scheme])
    ink = style.get("color") or _attribute(element, "color" if tag == "font" else "text")
    if ink.lower() == "inherit":
        return replace(look, ink=around.ink)
    return replace(look, ink=colour(ink) or look.ink)


def _paper(element: HtmlElement, around: Colour, style: Mapping[str, str]) -> Colour:
    written = style.get("background-color") or style.get("background", "")
    own, _ = background(written or _attribute(element, "bgcolor"))
    return own.over(around) if own else around


def _is_covered(element: HtmlElement, around: bool, style: Mapping[str, str]) -> bool:
    picture = style.get("background-image") or style.get("background", "")
    if background(picture)[1] or element.get("background"):
        return True
    own, _ = background(style.get("background-color") or style.get("background", ""))
    return around and not (own and own.alpha == 1)


def _attribute(element: HtmlElement, name: str) -> str:
    """Read a colour of HTML, which may lack its #."""
    written = (element.get(name) or "").strip()
    return f"#{written}" if re.fullmatch(r"[0-9A-Fa-f]{6}", written) else written


def _pixels(written: str, around: float, of_tag: float) -> float:
    found = re.match(r"([\d.]+)\s*(px|pt|rem|em|%)", written.lower())
    if found is None:
        return around * of_tag
    number = float(found[1].rstrip(".") or 0)
    if found[2] == "em":
        return around * number
    return around * number / 100 if found[2] == "%" else number * _UNITS[found[2]]


def _is_bold(written: str, around: bool) -> bool:
    if written.isdigit():
        return int(written) >= 700
    return {"bold": True, "bolder": True, "normal": False, "lighter": False}.get(
        written.lower(), around
    )


def _written(
    page: Page,
    element: HtmlElement,
    ink: Colour,
    sources: Sequence[tuple[str, Rule]],
    scheme: Scheme,
) -> tuple[str, int] | None:
    """Find the rule that gives an element its colour."""
    best: dict[HtmlElement, tuple[tuple[int, int, int], str, int]] = {}
    for file, rule in sources:
        if not cascade.counts_in(rule, scheme):
            continue
        for declaration in rule.declarations:
            if declaration.name != "color" or colour(declaration.value) != ink:
                continue
            for specificity, elements in cascade.matching(page.root, rule.selector):
                for found in elements:
                    if found not in best or specificity >= best[found][0]:
                        best[found] = (specificity, file, declaration.line)
    for near in (element, *element.iterancestors()):
        if near in best:
            return best[near][1:]
    return None
