"""Addresses, dates and times in a line, in the digits of any script. Pure functions of text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

#: characters of a line that are looked at
_LONGEST: Final = 520

_ADDRESS = re.compile(r"[^\s@]@[^\s@.]+\.\w")
#: an address as a mail program writes a sender, not as it writes a link
_SENDER = re.compile(r"<\s?[^<>\s@]+@[^<>\s@]+(?:\s?<mailto:[^<>\s]*>)?>|\[mailto:", re.IGNORECASE)
_TIME = re.compile(r"(?<![\d.])\d{1,2}\s?[:.hHч時时點点]\s?\d{2}(?![\d]|\.\d)")
#: a year of our calendar, of the Buddhist, the Persian or the Islamic one; or a date in figures
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20|25|13|14)\d\d(?!\d)|\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}(?!\d)"
    r"|\d{1,2}-[^\W\d_]{3,5}-\d{2,4}(?!\d)|\d{1,2}\s?[月월]\s?\d)"
)
_NUMBER = re.compile(r"(?<![\d:.])\d{1,2}(?![\d:.]\d)")


@dataclass(frozen=True, slots=True)
class Marks:
    """What a line holds of the four things that an introduction consists of."""

    address: bool = False
    #: an address between `<` and `>`
    sender: bool = False
    date: bool = False
    time: bool = False

    def __bool__(self) -> bool:
        return self.address or self.date or self.time

    def covers(self, other: Marks) -> bool:
        """Whether nothing of `other` is missing here."""
        return self.address >= other.address and self.date >= other.date and self.time >= other.time


_NOTHING: Final = Marks()


def marks(text: str) -> Marks:
    """Tell what the beginning of `text` holds."""
    text = plain_digits(text[:_LONGEST])
    has_digit = any(map(str.isdecimal, text))
    if "@" not in text and not has_digit:
        return _NOTHING
    return Marks(
        address="@" in text and _ADDRESS.search(text) is not None,
        sender="@" in text and _SENDER.search(text) is not None,
        date=has_digit and _DATE.search(text) is not None,
        time=has_digit and _TIME.search(text) is not None,
    )


def end_of_sender(text: str) -> int:
    """Give where the first `<address>` of `text` ends, or 0."""
    found = _SENDER.search(text[:_LONGEST])
    return found.end() if found else 0


def has_day(text: str) -> bool:
    """Whether `text` holds a small number that is no part of a time."""
    return _NUMBER.search(plain_digits(text[:_LONGEST])) is not None


def plain_digits(text: str) -> str:
    """Give `text` with the digits of all scripts as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c, c)) for c in text)
