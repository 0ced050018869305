"""Read one row of a file of actions: which column means what, and what a cell may say. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from outreach.addresses import normalise
from outreach.errors import InputError
from outreach.model import ActionKind
from outreach.places import country_code


class ActionProblem(StrEnum):
    """Why a row is rejected."""

    BAD_ADDRESS = "bad_address"
    #: a good address, but nobody's on the list
    UNKNOWN_ADDRESS = "unknown_address"
    NO_CAMPAIGN = "no_campaign"
    UNKNOWN_KIND = "unknown_kind"
    #: not a whole number above nought; or none at all where there is no person either
    BAD_QUANTITY = "bad_quantity"
    #: not a day of the calendar, YYYY-MM-DD, or still to come
    BAD_DATE = "bad_date"
    UNKNOWN_COUNTRY = "unknown_country"
    TOO_LONG = "too_long"
    #: it goes over several lines, as a stray quotation mark makes it, and may hold other rows
    LINE_BREAK = "line_break"


class ActionRow(NamedTuple):
    """What a good row says."""

    #: normalised; '' for a count without a person
    email: str
    campaign: str
    case_key: str
    #: as the row says; '' where it doesn't
    country: str
    kind: str
    quantity: int
    #: YYYY-MM-DD or ''
    done_on: str


#: a field -> the headers it is known by, compared without case, spaces and punctuation
_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email", "emailaddress", "mail"),
    "campaign": ("campaign", "campaignkey"),
    "case": ("case", "casekey"),
    "country": ("country", "countrycode"),
    "kind": ("kind", "action", "actionkind", "actiontype", "type"),
    "quantity": ("quantity", "count", "number", "howmany"),
    "date": ("date", "day", "doneon", "when"),
}
_NEEDED: Final = ("campaign", "kind")
#: what we put before a rejected row; mended, it may be read again as it is
_OURS: Final = ("line", "reason")

#: what people write for a kind, without case and punctuation
_KINDS: Final[Mapping[str, ActionKind]] = {
    "letter": ActionKind.LETTER,
    "letters": ActionKind.LETTER,
    "paper letter": ActionKind.LETTER,
    "paper letters": ActionKind.LETTER,
    "card": ActionKind.LETTER,
    "cards": ActionKind.LETTER,
    "postcard": ActionKind.LETTER,
    "postcards": ActionKind.LETTER,
    "email": ActionKind.EMAIL,
    "emails": ActionKind.EMAIL,
    "e mail": ActionKind.EMAIL,
    "e mails": ActionKind.EMAIL,
    "mail": ActionKind.EMAIL,
    "sms": ActionKind.SMS,
    "sms message": ActionKind.SMS,
    "sms messages": ActionKind.SMS,
    "text": ActionKind.SMS,
    "texts": ActionKind.SMS,
    "text message": ActionKind.SMS,
    "text messages": ActionKind.SMS,
    "fax": ActionKind.FAX,
    "faxes": ActionKind.FAX,
    "tweet": ActionKind.TWEET,
    "tweets": ActionKind.TWEET,
    "petition": ActionKind.PETITION_SIGNATURE,
    "petitions": ActionKind.PETITION_SIGNATURE,
    "petition signature": ActionKind.PETITION_SIGNATURE,
    "petition signatures": ActionKind.PETITION_SIGNATURE,
    "signature": ActionKind.PETITION_SIGNATURE,
    "signatures": ActionKind.PETITION_SIGNATURE,
    "signed": ActionKind.PETITION_SIGNATURE,
}

_LONGEST_KEY: Final = 100
#: no campaign comes near this; more is a telephone number in the wrong column
_MOST: Final = 1_000_000_000
_DAY: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which cell of a row holds what."""

    #: takes the cells of `_HEADERS` out of a row that has an empty cell added at its end
    pick: Callable[[Sequence[str]], tuple[str, ...]]
    #: -1 where there is no such column
    email: int
    delimiter: str
    #: headers that mean nothing to us
    ignored: tuple[str, ...]

    @classmethod
    def of(
        cls, header: Sequence[str], file: object, line: int = 1, delimiter: str = ","
    ) -> Columns:
        """Read a header row, which stands on `line` of `file`.

        Raises:
            InputError: a column that is needed is missing, or one is there twice.
        """
        places: dict[str, int] = {}
        ignored = []
        for place, title in enumerate(header):
            plain = "".join(c for c in title.casefold() if c.isalnum())
            field = next((f for f, known in _HEADERS.items() if plain in known), "")
            if field in places:
                raise InputError(
                    f"two columns would both be the {field}: {header[places[field]]} and {title}",
                    file=file,
                    line=line,
                    next_step="rename or remove one of them",
                )
            if field:
                places[field] = place
            elif plain not in _OURS:
                ignored.append(title)
        missing = [field for field in _NEEDED if field not in places]
        if missing:
            raise InputError(
                f"there is no column {' and no column '.join(missing)}",
                file=file,
                line=line,
                value=", ".join(header),
                next_step=f"the first row must name the columns: {', '.join(_HEADERS)}",
            )
        pick = itemgetter(*(places.get(field, -1) for field in _HEADERS))
        return cls(pick, places.get("email", -1), delimiter, tuple(ignored))

    def swallows(self, cells: Sequence[str]) -> bool:
        """Whether a row over several lines seems to hold other rows.

        A stray quotation mark and the next one, some lines below, make one cell of all between.
        """
        if any(len(cell.strip().splitlines()) > 1 for cell in self.pick([*cells, ""])):
            return True
        below = [line.split(self.delimiter) for cell in cells for line in cell.splitlines()[1:]]
        return any(normalise(row[self.email]) for row in below if len(row) > self.email >= 0)

    def read(self, cells: Sequence[str], today: date) -> ActionRow | ActionProblem:
        """Understand one row, which has as many cells as the header."""
        email, *said = self.pick([*cells, ""])
        address = normalise(email)
        if not address and email.strip():
            return ActionProblem.BAD_ADDRESS
        understand = _understood if len("".join(said)) < _LONGEST_REMEMBERED else _understand
        row = understand(today, address != "", *said)
        return row if type(row) is ActionProblem else ActionRow(address, *row[1:])


def _understand(
    today: date, named: bool,
    campaign: str, case: str, country: str, kind: str, quantity: str, day: str,
) -> ActionRow | ActionProblem:  # fmt: skip
    """Understand all of a row but its address."""
    campaign_key, case_key = key(campaign), key(case)
    known_kind = _KINDS.get(_plain(kind))
    number = _number(quantity.strip(), default=1 if named else 0)
    country = country.strip()
    code = country_code(country) if country else ""
    done_on = _day(day.strip(), today)
    if not campaign_key:
        return ActionProblem.NO_CAMPAIGN
    if max(len(campaign_key), len(case_key)) > _LONGEST_KEY:
        return ActionProblem.TOO_LONG
    if known_kind is None:
        return ActionProblem.UNKNOWN_KIND
    if not 0 < number <= _MOST:
        return ActionProblem.BAD_QUANTITY
    if country and not code:
        return ActionProblem.UNKNOWN_COUNTRY
    if done_on is None:
        return ActionProblem.BAD_DATE
    return ActionRow("", campaign_key, case_key, code, known_kind, number, done_on)


#: a file says the same few things of many people
_understood = lru_cache(maxsize=16_384)(_understand)
_LONGEST_REMEMBERED: Final = 300


@lru_cache(maxsize=1024)
def key(text: str) -> str:
    """Give the key of a campaign or case: `Write for Rights 2013` is `write-for-rights-2013`.

    Letters and digits of every script stay; whatever else stands between them becomes one hyphen.
    """
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text[:1000]).casefold())
    return "-".join(words)


def _plain(kind: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", kind[:100].casefold()))


def _number(text: str, *, default: int) -> int:
    """Read a whole number; 0 for what is none. `1,200` and `1.200` are not guessed at."""
    if not text:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _day(text: str, today: date) -> str | None:
    """Read a day, year first, which may have a time behind it; None for what is none.

    Tomorrow is allowed, as it has begun in some countries.
    """
    if not text:
        return ""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        day = date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None
    return day.isoformat() if day <= today + timedelta(days=1) else None
