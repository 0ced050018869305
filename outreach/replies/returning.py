"""The day on which somebody who is away reads their mail again. Pure functions.

Automatic answers write dates in every language's way. One that can be read in two ways, or may be
another day than that of the return, gives ''.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Final

from babel import Locale

from outreach.replies.flat import flat

#: letters of an automatic answer that are read
_LONGEST: Final = 3000
#: nobody is away for longer
_AWAY: Final = timedelta(days=400)
#: letters before a date in which the word stands that says what day it is
_NEAR: Final = 48

#: languages whose months and days are known; those of more would cost more than they find
_LANGUAGES: Final = """
    en fr es pt it de nl sv nb da fi is et lv lt pl cs sk sl hr sr_Latn sr uk ru be bg mk ro hu el
    tr az sq eu ca gl id ms vi sw fil so ha af ar fa ur he hi bn ne ta te th ka hy am kk uz mn
"""

#: words before, or soon after, the day of the return, in the letters of `flat`
_BACK: Final = re.compile(
    r"back|return|reachable|available again|in the office again|resume|retour|rentr|reviens|revien|"
    r"de nouveau|reprend|wieder|zuruck|erreichbar ab|ruckkehr|regres|vuelv|volver|retom|de volta|"
    r"volto|rientr|torn|di nuovo|terug|weer|tillbaka|ater|tilbake|tilbage|igjen|igen|palaan|"
    r"takaisin|tagasi|powr|wrac|wroc|vrat|vrac|zpet|spat|vissza|reven|intorc|inapoi|вернус|возвращ|поверн|"
    r"връщ|враћ|επιστρ|don[ue]|kembali|tro lai|quay lai|nitarudi|rudi|عود|ارجع|ساعود|بازگ|"
    r"برمي|חוזר|אחזור|अश|वापस|ফির|กลับ|戻|復帰|出社|返回|回来|恢复|복귀|돌아|atgriez|griz|kthe"
)
_UNTIL: Final = re.compile(
    r"until|till?\b|through|thru|\bto\b|jusqu|\bau\b|bis\b|einschl|hasta|\bal\b|ate\b|\bao?\b|fino|"
    r"\btot\b|t/m|\btil\b|t\.?o\.?m|saakka|asti|kuni|\bdo\b|\bdo dnia|-ig\b|pana|\bla\b|до\b|"
    r"по\b|да\b|εως|μεχρι|kadar|\bdek\b|hingga|sampai|den\b|hadi|mpaka|حتي|الي|لغايه|تا\b|عד|עד|तक|পর্যন্ত|"
    r"ถึง|至|まで|到|까지|lidz|iki|deri"
)
#: what follows the day in languages that say so behind it
_UNTIL_BEHIND: Final = re.compile(r".{0,6}?(?:まで|까지|kadar|तक|পর্যন্ত|saakka|asti|-?ig\b|止|前)")
_SINCE: Final = re.compile(
    r"(?:from|since|du|depuis|vom|von|ab|seit|desde|del|dal|van|vanaf|od|от|с|з|fra|fran|من|از|从|自)\s*$"
)

_YEAR: Final = r"(?P<y>\d{4})"
_ISO: Final = re.compile(
    rf"(?<!\d){_YEAR}\s?[-/.年년]\s?(?P<m>\d{{1,2}})\s?[-/.月월]\s?(?P<d>\d{{1,2}})(?!\d)"
)
_EASTERN: Final = re.compile(r"(?<!\d)(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日号號일]")
_NUMERIC: Final = re.compile(
    r"(?<![\d./-])(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?:(?P=sep)(?P<y>\d{4}|\d{2})(?![\d:])|\.(?!\d)|(?![\d:./-]))"
)
_DAY: Final = r"(?P<d>\d{1,2})(?:\s?(?:st|nd|rd|th|er|eme|[aoº°]|\.|-?го|-?е|-a|\. )(?![\w]))?"
_LETTERS: Final = r"[^\W\d_][^\s\d,،;:!?()|/–—_-]{0,20}"
#: 10 tháng 3
_VIETNAMESE: Final = re.compile(
    r"(?<!\d)(?P<d>\d{1,2}) thang (?P<m>\d{1,2})(?:(?: nam |/)(?P<y>\d{4}))?"
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A day that the text names."""

    day: date
    start: int
    end: int


def sent_on(date_field: str) -> datetime | None:
    """Give the moment of a Date field, with the sender's own zone where that is known."""
    try:
        return parsedate_to_datetime(date_field)
    # the standard reader raises these and more on hostile dates
    except Exception:
        return None


def return_date(text: str, sent: datetime | None, language: str = "") -> str:
    """Give the day (YYYY-MM-DD) of the return that an automatic answer names; '' if unsure.

    `sent` is when the answer was written: dates without a year, and days of the week, follow it.
    """
    if sent is None:
        return ""
    text = _digits(text[:_LONGEST])
    plain = flat(text)
    latest = sent.date() + _AWAY
    seen = [one for one in _days(plain, sent, language) if sent.date() <= one.day <= latest]
    if not seen:
        return ""
    scored = [(_score(plain, one), one) for one in seen]
    best = max(score for score, _ in scored)
    days = [one.day for score, one in scored if score == best]
    if best == _IS_BACK:
        return days[0].isoformat() if len(set(days)) == 1 else ""
    if best == _IS_UNTIL:
        return max(days).isoformat()
    later = [one.day for _, one in scored if one.day > sent.date()]
    return later[0].isoformat() if len(set(later)) == 1 else ""


_IS_BACK: Final = 3
_IS_UNTIL: Final = 2


def _score(plain: str, one: _Seen) -> int:
    before = re.split(r"[.!?\n](?=\s)", plain[max(0, one.start - _NEAR) : one.start])[-1]
    after = plain[one.end : one.end + 16]
    back = [m.end() for m in _BACK.finditer(before)]
    until = [m.end() for m in _UNTIL.finditer(before)]
    if _BACK.search(re.split(r"[.,;!?\n]", after)[0]):
        return _IS_BACK
    if _UNTIL_BEHIND.match(after) or (until and (not back or until[-1] > back[-1] + 25)):
        return _IS_UNTIL
    if back:
        return _IS_BACK
    is_end = re.search(r"\d\.?\s?(?:[-–—/]|\w{0,12}\.? [-–—])\s?\w{0,12}\s?$", before)
    return _IS_UNTIL if is_end else 0 if _SINCE.search(before) else 1


def _digits(text: str) -> str:
    """Write the digits of all scripts as ours."""
    return "".join(
        str(unicodedata.digit(c)) if not c.isascii() and c.isdecimal() else c for c in text
    )


def _days(plain: str, sent: datetime, language: str) -> Iterator[_Seen]:
    taken = [*_written(plain, sent), *_numbered(plain, sent, language)]
    yield from taken
    yield from _weekdays(plain, sent, taken)


def _numbered(plain: str, sent: datetime, language: str) -> Iterator[_Seen]:
    for found in _ISO.finditer(plain):
        if day := _date(int(found["y"]), int(found["m"]), int(found["d"])):
            yield _Seen(day, found.start(), found.end())
    for found in _VIETNAMESE.finditer(plain):
        if day := _with_year(found["y"], int(found["m"]), int(found["d"]), sent):
            yield _Seen(day, found.start(), found.end())
    for found in _EASTERN.finditer(plain):
        if day := _next(int(found["m"]), int(found["d"]), sent):
            yield _Seen(day, found.start(), found.end())
    numbers = [found for found in _NUMERIC.finditer(plain) if not _ISO.match(plain, found.start())]
    order = _order(numbers, sent, language)
    for found in numbers:
        if found["y"] is None and found["sep"] == "-":
            continue
        day = _ordered(found, order, sent)
        if day is not None:
            yield _Seen(day, found.start(), found.end())


def _order(numbers: list[re.Match[str]], sent: datetime, language: str) -> str:
    """Whether the writer puts the day or the month first: `dm`, `md`, or '' where unknown."""
    if any(int(found["b"]) > 12 >= int(found["a"]) for found in numbers):
        return "md"
    firsts = any(int(found["a"]) > 12 for found in numbers)
    if firsts or any(found["sep"] == "." for found in numbers) or language not in ("", "en"):
        return "dm"
    offset = sent.utcoffset()
    if offset is None or not numbers:
        return ""
    both = {order: [_ordered(found, order, sent) for found in numbers] for order in ("dm", "md")}
    soon = [
        order
        for order, days in both.items()
        if all(day and sent.date() <= day <= sent.date() + timedelta(days=92) for day in days)
    ]
    if len(soon) == 1:
        return soon[0]
    # America writes the month first; other zones' English has the day first
    return "dm" if offset > timedelta() else ""


def _ordered(found: re.Match[str], order: str, sent: datetime) -> date | None:
    a, b = int(found["a"]), int(found["b"])
    if not order and a != b:
        return None
    day, month = (b, a) if order == "md" else (a, b)
    if found["y"] is None:
        return _next(month, day, sent)
    return _date(int(found["y"]), month, day)


def _written(plain: str, sent: datetime) -> Iterator[_Seen]:
    """Dates with the month as a word: 3 March 2014, March 3rd, 3 de marzo, 3. maaliskuuta."""
    for pattern in (_DAY_FIRST, _MONTH_FIRST):
        for found in pattern.finditer(plain):
            month = _month(found["month"])
            if month and (day := _with_year(found["y"], month, int(found["d"]), sent)):
                # a full stop there may end the sentence
                yield _Seen(day, found.start(), found.start() + len(found[0].rstrip(".")))


def _month(word: str) -> int:
    """Give the month's number, 0 for other words; Hebrew joins "in" to the name."""
    word = word.rstrip(".")
    return _months().get(word) or _months().get(word.removeprefix("ב"), 0)


_DAY_FIRST: Final = re.compile(
    rf"(?<![\d:.,]){_DAY}\s?(?:(?:(?:de|di|do|of|den|del)\s|d'|-)\s?)?(?P<month>{_LETTERS})"
    r"(?:[,،]?\s?(?:de|del|do|г\.?)?\s?(?P<y>\d{4})(?!\d))?"
)
_MONTH_FIRST: Final = re.compile(
    rf"(?<![^\W_])(?P<month>{_LETTERS})\s(?:the\s)?(?:\d{{1,2}}\s?[-–]\s?)?{_DAY}"
    r"(?!\d|:|\s?[-–]\s?\d)(?:,?\s(?P<y>\d{4})(?!\d))?"
)


def _with_year(year: str | None, month: int, day: int, sent: datetime) -> date | None:
    return _date(int(year), month, day) if year else _next(month, day, sent)


def _date(year: int, month: int, day: int) -> date | None:
    year += 2000 if year < 100 else 0
    # the Buddhist era, which Thailand counts by
    year -= 543 if 2500 < year < 2700 else 0
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next(month: int, day: int, sent: datetime) -> date | None:
    """The day of this name next after the answer was sent, or a little before it."""
    for year in (sent.year - 1, sent.year, sent.year + 1):
        found = _date(year, month, day)
        if found and found >= sent.date() - timedelta(days=14):
            return found
    return None


#: a number soon behind a day of the week, but no time of day
_DAY_BEHIND: Final = re.compile(
    r"[.,]? ?(?:[^\W\d_]{1,3} )?\d{1,2}(?!\d|[:h]|\.\d\d|\s?(?:[ap]\.?m|uhr|uur|h)\b)"
)


def _weekdays(plain: str, sent: datetime, dates: list[_Seen]) -> Iterator[_Seen]:
    """`back on Monday`: the next one; a day of the week beside a date adds nothing to it."""
    for found in re.finditer(r"[^\W\d_]+(?:-feira)?", plain):
        number = _day_names().get(found[0])
        if number is None or any(-20 < one.start - found.end() < 12 for one in dates):
            continue
        if _DAY_BEHIND.match(plain, found.end()):
            continue  # of a date that can't be read: another week's day, perhaps
        ahead = (number - sent.weekday() - 1) % 7 + 1
        seen = _Seen(sent.date() + timedelta(days=ahead), found.start(), found.end())
        if _score(plain, seen) >= _IS_UNTIL:
            yield seen


@cache
def _months() -> dict[str, int]:
    return _named("months")


@cache
def _day_names() -> dict[str, int]:
    # Babel counts from Monday as well; abbreviations are too short to be told from words
    return {name: number for name, number in _named("days").items() if len(name) > 3}


def _named(kind: str) -> dict[str, int]:
    """Give name -> number in all languages; a name that stands for two numbers is left out."""
    found: dict[str, set[int]] = {}
    for language in _LANGUAGES.split():
        data = getattr(Locale.parse(language), kind)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated") if kind == "months" else ("wide",):
                for number, name in data[context][width].items():
                    form = flat(str(name)).rstrip(".")
                    if not any(map(str.isdigit, form)) and len(form) > 1:
                        found.setdefault(form, set()).add(int(number))
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}
