"""Which declarations count for which element, in the light scheme and in the dark one.

Only what a mail program does with a finished page: style attributes, and what is left in <style>.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import cssselect
from lxml import etree
from lxml.html import HtmlElement

from outreach.compose.lint import sheets
from outreach.compose.lint.sheets import Declaration, Rule

#: important, in the style attribute, specificity, order
Rank = tuple[bool, bool, tuple[int, int, int], int]

_SCHEME: Final = re.compile(r"prefers-color-scheme\s*:\s*(light|dark)", re.IGNORECASE)
_SCREEN: Final = re.compile(r"(?:only\s+)?(?:screen|all)", re.IGNORECASE)


class Scheme(StrEnum):
    """What a reader's device asks for."""

    LIGHT = "light"
    DARK = "dark"


def counts_in(rule: Rule, scheme: Scheme) -> bool:
    """Whether a rule holds in this scheme on every screen."""
    if rule.at:
        return False
    if not rule.condition or _SCREEN.fullmatch(rule.condition):
        return True
    wanted = _SCHEME.search(rule.condition)
    return wanted is not None and wanted[1].lower() == scheme


def has_dark_rules(rules: Iterable[Rule]) -> bool:
    """Whether a page says anything about the dark scheme."""
    return any(
        (wanted := _SCHEME.search(rule.condition)) and wanted[1].lower() == Scheme.DARK
        for rule in rules
    )


def rules_of(root: HtmlElement) -> list[Rule]:
    """Give the rules that are left in the page's <style> elements."""
    return [
        rule
        for style in root.iter("style")
        for rule in sheets.parse(style.text or "")
        if isinstance(rule, Rule)
    ]


def computed(
    root: HtmlElement, rules: Iterable[Rule], scheme: Scheme
) -> dict[HtmlElement, Mapping[str, str]]:
    """Give each element's own declarations, of several for one property the one that counts."""
    ranked: dict[HtmlElement, dict[str, tuple[Rank, str]]] = {}
    for order, rule in enumerate(rules):
        if counts_in(rule, scheme):
            for specificity, elements in matching(root, rule.selector):
                for element in elements:
                    _put(ranked, element, rule.declarations, False, specificity, order)
    for element in root.iter(etree.Element):
        if style := element.get("style"):
            found, _ = sheets.declarations(style)
            _put(ranked, element, found, True, (0, 0, 0), 0)
    return {
        element: {name: value for name, (_, value) in of_element.items()}
        for element, of_element in ranked.items()
    }


def matching(
    root: HtmlElement, selector: str
) -> Iterator[tuple[tuple[int, int, int], list[HtmlElement]]]:
    """Give the elements that each part of a selector fits, with its specificity."""
    for specificity, path in _paths(selector):
        yield specificity, path(root)


def _put(
    ranked: dict[HtmlElement, dict[str, tuple[Rank, str]]],
    element: HtmlElement,
    declarations: Iterable[Declaration],
    in_attribute: bool,
    specificity: tuple[int, int, int],
    order: int,
) -> None:
    of_element = ranked.setdefault(element, {})
    for declaration in declarations:
        rank = (declaration.important, in_attribute, specificity, order)
        standing = of_element.get(declaration.name)
        if standing is None or rank >= standing[0]:
            of_element[declaration.name] = (rank, declaration.value)


@lru_cache(maxsize=1000)
def _paths(selector: str) -> tuple[tuple[tuple[int, int, int], Any], ...]:
    translator = cssselect.HTMLTranslator()
    try:
        return tuple(
            (part.specificity(), etree.XPath(translator.selector_to_xpath(part)))
            for part in cssselect.parse(selector)
            if part.pseudo_element is None
        )
    except (cssselect.SelectorError, etree.XPathError):
        return ()
