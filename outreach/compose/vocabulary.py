"""The words a template may use: the values of one person's message, and the filters.

A supporter's words come from files that others wrote. Here they lose what could break a page, a
header or the direction of the lines after them, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from outreach import places
from outreach.compose import languages, mailto, numbers
from outreach.compose.numbers import CATEGORIES, Short
from outreach.errors import TemplateError
from outreach.facts.entries import MOST_DECIMALS
from outreach.facts.sheet import Sheet
from outreach.facts.statements import CaseOnDay, Figure, Rounding
from outreach.facts.tally import Tallies
from outreach.model import Letterhead, Mailbox, Reader, Supporter

#: controls but tab and line feed, lone surrogates, noncharacters, and marks that turn what follows
#: around (names written right to left don't need them); joiners stay, names in many scripts do
_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)
_TOO_LARGE: Final = 10**18
_LINE_ENDS: Final = re.compile("\r\n?|[\x85\u2028\u2029]")


class Person:
    """What a template may know of a supporter; each value is cleaned when it is asked for."""

    __slots__ = ("_attributes", "_supporter")

    def __init__(self, supporter: Supporter) -> None:
        self._supporter = supporter
        self._attributes: Mapping[str, str] | None = None

    @property
    def given_name(self) -> str:
        """As they write it; may be empty."""
        return cleaned(self._supporter.given_name).strip()

    @property
    def family_name(self) -> str:
        """As they write it; may be empty."""
        return cleaned(self._supporter.family_name).strip()

    @property
    def full_name(self) -> str:
        """Both, in that order."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def country(self) -> str:
        """ISO code; `supporter.country|country` is its name."""
        return cleaned(self._supporter.country)

    @property
    def language(self) -> str:
        """BCP 47, as they asked for it."""
        return cleaned(self._supporter.language)

    @property
    def email(self) -> str:
        """Their address."""
        return cleaned(self._supporter.email)

    @property
    def joined(self) -> str:
        """YYYY-MM-DD or empty; `supporter.joined|date` writes it out."""
        return cleaned(self._supporter.joined)

    @property
    def tags(self) -> tuple[str, ...]:
        """Their tags, in order."""
        return tuple(map(cleaned, self._supporter.tags))

    @property
    def attributes(self) -> Mapping[str, str]:
        """Further columns of the imported file."""
        if self._attributes is None:
            columns = self._supporter.attributes.items()
            self._attributes = MappingProxyType({cleaned(n): cleaned(v) for n, v in columns})
        return self._attributes


#: every name that a template may use without setting it -> the names inside it, if those are fixed
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "supporter": tuple(name for name, it in vars(Person).items() if isinstance(it, property)),
    "sender": tuple(field.name for field in fields(Mailbox)),
    "organisation": (),
    "postal_address": (),
    "day": (),
    "lang": (),
    "dir": (),
    "unsubscribe_url": (),
    "preferences_url": (),
    "browser_url": (),
    "take_part_url": (),
    "confirm_url": (),
    "opened_url": (),
    "counted": (),
    "reply_address": (),
    "reply_link": (),
    "fact": (),
    "case": (),
    "tally": (),
    "subject": (),
    "preheader": (),
}


#: the names whose values are each reader's own
PERSONAL: Final = frozenset(
    {
        *("supporter", "unsubscribe_url", "preferences_url", "browser_url", "take_part_url"),
        *("confirm_url", "opened_url", "counted", "reply_address", "reply_link"),
    }
)


#: those of them that are the same for everybody but for a token
LINKS: Final = PERSONAL - {"supporter", "opened_url", "counted"}


def cleaned(text: str) -> str:
    """Take from a text what no name or answer needs; line ends become line feeds."""
    if text.isprintable():
        # nothing that is taken away is, and no line end
        return text
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))


def in_one_line(text: str) -> str:
    """Clean a text for a header: no line break or tab; no-break spaces stay."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return re.sub(r"[ \t\n]+", " ", cleaned(text)).strip()


def display_name(supporter: Supporter) -> str:
    """Give the whole name in one line, for a header; '' where none is known."""
    name = f"{supporter.given_name.strip()} {supporter.family_name.strip()}".strip()
    # of what can be printed nothing is taken away
    return in_one_line(name if name.isprintable() else Person(supporter).full_name)


def reply_address(letterhead: Letterhead, reader: Reader) -> str:
    """Give the address at which this very reader's answer arrives."""
    return letterhead.reply_to.replace("{token}", reader.reply_token)


def unsubscribe_url(letterhead: Letterhead, reader: Reader) -> str:
    """Give the page, and one-click target, that unsubscribes this very reader."""
    return _page(letterhead, "u", reader.unsubscribe_token)


def _page(letterhead: Letterhead, page: str, token: str) -> str:
    """Write where a public page is that belongs to a token; `web.public` has them."""
    written = token if token.isalnum() else quote(token, safe="")
    return f"{letterhead.public_url}/{page}/{written}"


def counting(reader: Reader, letterhead: Letterhead) -> dict[str, Any]:
    """Give what counts openings and visits: nothing for those who didn't say that it may."""
    opened = f"{_page(letterhead, 'o', reader.open_token)}.gif" if reader.open_token else ""
    return {"opened_url": opened, "counted": partial(_counted, letterhead, reader)}


def _counted(letterhead: Letterhead, reader: Reader, target: str) -> str:
    """Give a link that counts the visit and leads on; the link itself to whom it may not count."""
    if reader.seal_link is None or not str(target).startswith(("https://", "http://")):
        return target
    path = reader.seal_link(str(target))
    return f"{letterhead.public_url}/l/{path}?to={quote(str(target), safe='')}"


def personal(reader: Reader, letterhead: Letterhead) -> dict[str, Any]:
    """Give the values that are each reader's own: the names in `PERSONAL`."""
    address = reply_address(letterhead, reader)
    return {
        "supporter": Person(reader.supporter),
        "unsubscribe_url": unsubscribe_url(letterhead, reader),
        "preferences_url": _page(letterhead, "p", reader.unsubscribe_token),
        "browser_url": _page(letterhead, "v", reader.view_token),
        "take_part_url": _page(letterhead, "t", reader.reply_token),
        "confirm_url": _page(letterhead, "c", reader.confirm_token),
        **counting(reader, letterhead),
        "reply_address": address,
        "reply_link": partial(mailto.link, address),
    }


def shared(
    letterhead: Letterhead, sheet: Sheet, tallies: Tallies, day: date, language: str
) -> dict[str, Any]:
    """Give the values that are the same in everybody's message of a language.

    They are worked out once, so none may depend on the reader, and functions among them must give
    the same each time.
    """
    return {
        "sender": letterhead.sender,
        "organisation": letterhead.organisation,
        "postal_address": letterhead.postal_address,
        "day": day,
        "lang": language,
        "dir": languages.direction(language),
        "fact": lambda key: sheet.latest(key, day),
        "case": lambda key: _named(sheet.case(key, day), sheet, language),
        "tally": tallies.tally,
    }


def _named(case: CaseOnDay, sheet: Sheet, language: str) -> CaseOnDay:
    """Give a case its name as the language writes it."""
    names = sheet.cases[case.key].names
    written = names.get(languages.nearest(language, tuple(names)))
    return replace(case, name=written) if written else case


def filters(language: str) -> dict[str, Callable[..., str]]:
    """Give the filters, bound to the language that they write in."""

    def number(value: object) -> str:
        return numbers.number(_count(value), language)

    def approx(value: object, decimals: int | None = None) -> str:
        return _short(value, language, decimals).text

    def plural(value: object, **forms: str) -> str:
        return _plural(value, language, forms)

    def written_day(value: object) -> str:
        if isinstance(value, Figure):
            value = value.true_on
        if isinstance(value, str) and value:
            try:
                value = date.fromisoformat(value)
            except ValueError:
                raise TemplateError("date takes a day, written YYYY-MM-DD", value=value) from None
        return languages.day(value, language) if isinstance(value, date) else ""

    def country(value: object) -> str:
        return places.country_name(str(value), language) or str(value)

    return {
        "number": number,
        "approx": approx,
        "plural": plural,
        "date": written_day,
        "country": country,
    }


def _short(value: object, language: str, decimals: int | None = None) -> Short:
    """Write a number shortly, a figure as its sheet allows."""
    if decimals is not None and (type(decimals) is not int or not 0 <= decimals <= MOST_DECIMALS):
        raise TemplateError(f"approx takes 0 to {MOST_DECIMALS} decimals", value=decimals)
    wanted, rounding = 1 if decimals is None else decimals, Rounding.DOWN
    if isinstance(value, Figure):
        rounding = value.rounding
        allowed = MOST_DECIMALS if value.decimals is None else value.decimals
        wanted = min(wanted, allowed)
    return numbers.short(_count(value), language, wanted, rounding)


def _plural(value: object, language: str, forms: Mapping[str, str]) -> str:
    for name in forms:
        if name not in CATEGORIES:
            there_are = ", ".join(CATEGORIES)
            raise TemplateError(f"plural takes the forms {there_are}", value=name)
    if "other" not in forms:
        raise TemplateError(
            "plural needs a form for all other numbers, other=", value=_count(value)
        )
    count, in_words, approximate = _count(value), False, ""
    if any("{approx}" in form for form in forms.values()):
        said = _short(value, language)
        count, in_words, approximate = said.value, said.in_words, said.text
    category = numbers.plural_category(count, language, in_words=in_words)
    if count == 0 and "zero" in forms:
        category = "zero"
    form = forms.get(category, forms["other"])
    return form.replace("{n}", numbers.number(count, language)).replace("{approx}", approximate)


def _count(value: object) -> int:
    if isinstance(value, Figure):
        value = value.value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        value = int(value)
    if type(value) is not int:
        raise TemplateError("only a whole number can be written as a number", value=value)
    if abs(value) >= _TOO_LARGE:
        raise TemplateError("a number has at most 18 digits", value=value)
    return value
