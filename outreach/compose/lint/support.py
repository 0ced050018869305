"""Styles that large mail programs drop: a short table, made of what their makers publish.

Only what takes something from the reader is listed. A rounded corner that stays square, or a rule
inside a media query, which is for those who understand it, is no finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.sheets import Declaration, Rule, Unreadable


@dataclass(frozen=True, slots=True)
class Dropped:
    """One thing that is dropped: by whom, and what to write instead."""

    #: a property, or the beginning of several where it ends in -
    name: str
    #: a pattern for the values that are dropped; '' for all
    value: str
    by: str
    instead: str


_WORD: Final = "Outlook for Windows"
_GMAIL: Final = "Gmail"

DECLARATIONS: Final = (
    Dropped("position", r"absolute|fixed|sticky", f"{_GMAIL} and {_WORD}", "use a table"),
    Dropped("float", r"left|right|inline-", _WORD, "put cells side by side in a table"),
    Dropped("display", r"(?:inline-)?(?:flex|grid)", _WORD, "put cells side by side in a table"),
    Dropped("flex", "", _WORD, "give table cells a width"),
    Dropped("flex-", "", _WORD, "give table cells a width"),
    Dropped("grid-", "", _WORD, "use a table"),
    Dropped("gap", "", _WORD, "use padding on table cells"),
    Dropped("column-count", "", f"{_GMAIL} and {_WORD}", "put cells side by side in a table"),
    Dropped("columns", "", f"{_GMAIL} and {_WORD}", "put cells side by side in a table"),
    Dropped("background-image", r"(?!none)", _WORD, "give a background-color too, or use <img>"),
    Dropped("background", r".*(?:url|gradient)\(", _WORD, "use background-color, or <img>"),
    Dropped("opacity", r"(?!1(?:\.0+)?$)", _WORD, "write the mixed colour itself"),
    Dropped("visibility", r"hidden", _WORD, "leave it out, or write display: none"),
    Dropped("object-fit", "", f"{_GMAIL} and {_WORD}", "cut the picture itself"),
    Dropped("transform", r"(?!none)", f"{_GMAIL} and {_WORD}", "do without"),
    Dropped("filter", r"(?!none)", f"{_GMAIL} and {_WORD}", "change the picture itself"),
    Dropped("clip-path", r"(?!none)", f"{_GMAIL} and {_WORD}", "cut the picture itself"),
    Dropped("mix-blend-mode", "", f"{_GMAIL} and {_WORD}", "do without"),
    Dropped("animation", r"(?!none)", f"{_GMAIL} and {_WORD}", "show all in the first picture"),
    Dropped("animation-", "", f"{_GMAIL} and {_WORD}", "show all in the first picture"),
    Dropped("content", "", f"{_GMAIL} and {_WORD}", "write the words into the page"),
    Dropped("margin-inline", "", _WORD, "write margin-left and margin-right"),
    Dropped("margin-inline-", "", _WORD, "write margin-left or margin-right, by .rtl or .ltr"),
    Dropped("margin-block", "", _WORD, "write margin-top and margin-bottom"),
    Dropped("margin-block-", "", _WORD, "write margin-top or margin-bottom"),
    Dropped("padding-inline", "", _WORD, "write padding-left and padding-right"),
    Dropped("padding-inline-", "", _WORD, "write padding-left or padding-right, by .rtl or .ltr"),
    Dropped("padding-block", "", _WORD, "write padding-top and padding-bottom"),
    Dropped("padding-block-", "", _WORD, "write padding-top or padding-bottom"),
    Dropped("margin", r".*(?<![\w.])-\d", f"{_GMAIL} and {_WORD}", "do without negative margins"),
    Dropped("margin-", r"-\d", f"{_GMAIL} and {_WORD}", "do without negative margins"),
    Dropped("--", "", f"{_GMAIL} and {_WORD}", "write the value itself"),
)
#: what is dropped in whatever property it stands
VALUES: Final = (
    (re.compile(r"\bvar\("), f"{_GMAIL} and {_WORD}", "write the value itself"),
    (re.compile(r"\b(?:calc|min|max|clamp)\("), _WORD, "write one length"),
    (re.compile(r"\b(?:rgba|hsla?|hwb|lab|lch|oklab|oklch|color-mix|color)\("), _WORD, "#rrggbb"),
    (re.compile(r"\brgb\([^)]*/"), _WORD, "write the mixed colour as #rrggbb"),
    (re.compile(r"#(?:[0-9a-f]{8}|[0-9a-f]{4})\b", re.I), _WORD, "write it as #rrggbb"),
    (re.compile(r"(?<![\w.#-])[\d.]+(?:rem|vw|vh|vmin|vmax|ch|dvh)\b"), _WORD, "write px or %"),
)
AT_RULES: Final = {
    "import": ("most mail programs", "include the styles: nothing is fetched for a mail"),
    "font-face": (f"{_GMAIL} and {_WORD}", "name fonts that readers have"),
    "keyframes": (f"{_GMAIL} and {_WORD}", "show all in the first picture"),
    "namespace": ("most mail programs", "leave it out"),
}
_PSEUDO_ELEMENT: Final = re.compile(r"::?(?:before|after|marker|placeholder)\b")


def of_rule(file: str, rule: Rule | Unreadable) -> Iterator[Finding]:
    """Give what of a rule is dropped, or that it can't be read."""
    if isinstance(rule, Unreadable):
        yield finding("css-broken", file, rule.line, f"this is no CSS: {rule.why}")
        return
    if rule.at in AT_RULES:
        by, instead = AT_RULES[rule.at]
        yield _dropped(file, rule.line, f"@{rule.at}", by, instead)
    if rule.condition:
        return
    if _PSEUDO_ELEMENT.search(rule.selector):
        by = f"{_GMAIL} and {_WORD}"
        yield _dropped(file, rule.line, rule.selector, by, "write the words into the page")
        return
    for declaration in rule.declarations:
        yield from of_declaration(file, declaration)


def of_declaration(file: str, declaration: Declaration) -> Iterator[Finding]:
    """Give whether a declaration is dropped."""
    name, value = declaration.name, declaration.value
    written = f"{name}: {value}"
    for dropped in DECLARATIONS:
        named = name == dropped.name or (
            dropped.name.endswith("-") and name.startswith(dropped.name)
        )
        if named and re.match(dropped.value, value, re.IGNORECASE):
            yield _dropped(file, declaration.line, written, dropped.by, dropped.instead)
            return
    if name.startswith("mso-"):
        return
    for pattern, by, instead in VALUES:
        if pattern.search(value):
            yield _dropped(file, declaration.line, written, by, instead)
            return


def _dropped(file: str, line: int, what: str, by: str, instead: str) -> Finding:
    mend = f"Instead: {instead}."
    return finding("css-dropped", file, line, f"{by} drop{_s(by)} {what}", mend=mend)


def _s(by: str) -> str:
    return "" if " and " in by or by.startswith("most") else "s"
