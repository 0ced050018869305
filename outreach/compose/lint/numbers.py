"""Numbers typed into the copy: each ought to come from a fact that says who counted it and when.

Years, dates, times, ordinals, the numbers of articles and lists, telephone numbers and 0 and 1 are
no figures. A small count that is our own may be written `{{ 3|number }}`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from babel.dates import get_month_names
from jinja2 import nodes

from outreach.compose import numbers
from outreach.compose.lint.flat import PRINTED, TAG, line_at
from outreach.facts.sheet import Sheet
from outreach.facts.statements import Figure

#: a figure printed by an expression counts from here: smaller ones are ways of saying things
_LEAST_PRINTED: Final = 10
#: of smaller numbers there are too many for one to be known for a certain fact
_LEAST_TELLING: Final = 100
_YEARS: Final = range(1900, 2101)
_GAPS: Final = "[ \u00a0\u202f\u2009'’.,٬]"
#: words of one letter that Arabic writes together with what follows: and, by, so, like, for
_ARABIC_WORDS: Final = "وبفكل"
_NUMBER: Final = re.compile(
    rf"(?:(?<![\w+{PRINTED}])|(?<=\b[{_ARABIC_WORDS}]))"
    rf"(?:\d{{1,3}}(?:{_GAPS}\d{{3}})+(?!\d)|\d+)(?:[.,٫]\d+)?"
)
#: letters after a number that leave it one
_SHORT: Final = re.compile(r"(?:k|m|mn|mio|bn|mrd)\b", re.IGNORECASE)
#: what holds digits and is no figure at all
_NO_FIGURE: Final = re.compile(
    r"""
      \b(?:https?://|www\.)\S+ | \S+@\S+                            # addresses
    | \+\d[\d\s()/.-]{5,}\d                                         # telephone numbers
    | \b\d{1,4}[./-]\d{1,2}(?:[./-]\d{2,4})\b | \b\d{1,3}/\d{1,3}\b  # dates, 24/7
    | \b\d{1,2}[:h]\d{2}\b                                          # times
    | \b(?:19|20)\d\d\s?[-–/]\s?\d{2,4}\b                           # spans of years
    | ^[^\w\n]*\d{1,3}[.)]\s                                        # numbered lists
    """,
    re.VERBOSE | re.MULTILINE,
)
_TIME: Final = re.compile(r"\s?(?:[ap]\.?m\b|h\b|uhr\b|o['’]clock\b|heures?\b)", re.IGNORECASE)
#: what is numbered rather than counted
_NUMBERED: Final = re.compile(
    r"(?:\b(?:articles?|art\.|artículos?|artigos?|artikel|sections?|step|étape|paso|schritt"
    r"|no\.|nr\.|page|p\.|room|chapter|resolution|convention|version|part)|المادة"
    r"|[#§№]|n[°º])[ \u00a0]?$",
    re.IGNORECASE,
)
#: how far from a number a word that belongs to it may stand
_NEARBY: Final = 16
#: Arabic's own separators
_POINTS: Final = str.maketrans("٬٫", ",.")


@dataclass(frozen=True, slots=True)
class Typed:
    """A number that somebody typed."""

    line: int
    #: as it stands there
    written: str
    #: the key of a fact that says the same, or ''
    fact: str

    @property
    def is_small(self) -> bool:
        """Whether it may be a count of the writer's own, and be printed as one."""
        plain = "".join(map(_digit, self.written))
        return not self.fact and plain.isdecimal() and int(plain) < _LEAST_PRINTED


def in_copy(text: str, language: str, sheet: Sheet, day: date) -> Iterator[Typed]:
    """Give the figures in the text of a file; `text` is as `flat.copy` leaves it."""
    plain = "".join(_digit(letter) for letter in text)
    plain = _NO_FIGURE.sub(_blanked, plain)
    forms = _forms(sheet, day, language)
    for found in _NUMBER.finditer(plain):
        before = plain[max(0, found.start() - _NEARBY) : found.start()]
        after = plain[found.end() : found.end() + _NEARBY]
        if not _is_figure(found[0], before, after, language):
            continue
        yield Typed(
            line_at(plain, found.start()),
            text[found.start() : found.end()],
            _fact(plain[found.start() :], forms),
        )


def in_expressions(tree: nodes.Template, language: str, sheet: Sheet, day: date) -> Iterator[Typed]:
    """Give the figures that expressions print although they were typed there."""
    forms = _forms(sheet, day, language)
    printed = list(_printed(tree))
    names = {node.name for node in printed if isinstance(node, nodes.Name)}
    set_to = [
        assign.node
        for assign in tree.find_all(nodes.Assign)
        if isinstance(assign.target, nodes.Name) and assign.target.name in names
    ]
    for node in (*printed, *set_to):
        value: object = getattr(node, "value", None)
        if isinstance(value, int | float) and value >= _LEAST_PRINTED and value not in _YEARS:
            yield Typed(node.lineno, str(value), _fact(str(value), forms))


def _printed(tree: nodes.Template) -> Iterator[nodes.Node]:
    """What {{ }} prints, without the filters around it."""
    for output in tree.find_all(nodes.Output):
        for node in output.nodes:
            inner: nodes.Node | None = node
            while isinstance(inner, nodes.Filter):
                inner = inner.node
            if isinstance(inner, nodes.Const | nodes.Name):
                yield inner


def _is_figure(written: str, before: str, after: str, language: str) -> bool:
    if after[:1] == PRINTED or (after[:1].isalpha() and not _SHORT.match(after)):
        return False
    if before[-1:] in ("-", "–", "/") and before[-2:-1].isalpha():
        return False
    if _NUMBERED.search(before) or _TIME.match(after):
        return False
    whole = re.sub(r"\D", "", written)
    if written == whole and (int(whole) in (0, 1, *_YEARS)):
        # "1 million" and "1.5" are figures, "1 in 2 million" is none
        return False
    return not (written == whole and int(whole) <= 31 and _by_a_month(before, after, language))


def _by_a_month(before: str, after: str, language: str) -> bool:
    near = f"{before.rpartition(PRINTED)[2]} {after.partition(PRINTED)[0]}".casefold()
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", near) for name in _months(language))


@cache
def _months(language: str) -> frozenset[str]:
    locale = language.replace("-", "_")
    return frozenset(
        name.casefold().rstrip(".")
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for name in get_month_names(width, context, locale).values()
    )


def _forms(sheet: Sheet, day: date, language: str) -> Mapping[str, str]:
    """All ways in which a fact's number may be written -> the fact's key."""
    forms: dict[str, str] = {}
    for key, figures in sheet.figures.items():
        for figure in figures:
            if figure.true_on <= day and _tells_itself(figure):
                for form in _written(figure, language):
                    forms.setdefault(_tidy(form), key)
    return forms


def _tells_itself(figure: Figure) -> bool:
    """Whether a number is large enough not to be another one that happens to be the same."""
    return isinstance(figure.value, int) and abs(figure.value) >= _LEAST_TELLING


def _written(figure: Figure, language: str) -> Iterator[str]:
    value = figure.value
    if not isinstance(value, int):
        return
    yield str(value)
    yield numbers.number(value, "en")
    yield numbers.number(value, language)
    yield numbers.approx(value, language)
    yield numbers.approx(value, language, 0)


def _fact(text: str, forms: Mapping[str, str]) -> str:
    """Give the key of the fact with whose number the text begins: of the longest that does."""
    beginning = _tidy(text[:60])
    fitting = [form for form in forms if re.match(rf"{re.escape(form)}(?![\w]|[.,]\d)", beginning)]
    return forms[max(fitting, key=len)] if fitting else ""


def _tidy(text: str) -> str:
    plain = "".join(_digit(letter) for letter in text if letter != TAG)
    return re.sub(r"\s", " ", plain).translate(_POINTS).casefold()


def _digit(letter: str) -> str:
    """Write a digit of any script as one of ASCII."""
    if letter.isascii():
        return letter
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)


def _blanked(found: re.Match[str]) -> str:
    return "".join(letter if letter == "\n" else PRINTED for letter in found[0])
