"""What the demo's people did for Write for Rights, as a file of actions.

Five countries' counts are those that were published in December 2013; all other numbers are made
up.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

from outreach.addresses import normalise
from outreach.demo.people import SEED, Person, homes

CAMPAIGN: Final = "write-for-rights-2013"
BEFORE: Final = "write-for-rights-2012"
COLUMNS: Final = ("email", "campaign", "case", "country", "kind", "quantity", "date")

#: the people and communities whom the campaign of 2013 was about
CASES: Final = (
    "yorm-bopha", "bolotnaya-3", "miriam-lopez", "hakan-yaman", "ihar-tsikhanyuk", "nabi-saleh",
    "ethiopia", "myanmar", "bahrain", "tunisia", "nigeria", "honduras",
)  # fmt: skip

#: share of the actions -> kind
_KINDS: Final = (
    (0.38, "petition_signature"), (0.66, "email"), (0.86, "letter"), (0.94, "tweet"),
    (0.985, "sms"), (1.0, "fax"),
)  # fmt: skip
#: country -> kind and number, as published
_PUBLISHED: Final = {
    "PL": ("letter", 216_000),
    "DE": ("letter", 84_000),
    "IS": ("petition_signature", 50_000),
    "TG": ("petition_signature", 22_000),
    "CD": ("letter", 1_800),
}
_TOOK_PART, _TOOK_PART_BEFORE = 0.6, 0.25


def action_file(persons: Sequence[Person], seed: int = SEED) -> bytes:
    """Write who did what: a row for each action of a person, then one for each country's counts.

    The same rows with every Python, as in `people`.
    """
    draw = Random(seed + 1)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    seen: set[str] = set()
    for person in persons:
        address = normalise(person.email)
        if address and address.lower() not in seen:
            seen.add(address.lower())
            writer.writerows(_of(draw, person, address))
    writer.writerows(_of_countries(draw))
    return text.getvalue().encode()


def _of(draw: Random, person: Person, address: str) -> list[list[object]]:
    rows: list[list[object]] = []
    if draw.random() < _TOOK_PART:
        first = _below(draw, len(CASES))
        # one case each, so that no two rows of a person are the same action
        for number in range(1 + int(draw.random() ** 3 * 6)):
            case = CASES[(first + number * 5) % len(CASES)]
            kind = _kind(draw)
            quantity = 1 + _below(draw, 4) if kind in {"letter", "email"} else 1
            day = date(2013, 11, 18) + timedelta(days=int(draw.random() ** 0.6 * 33))
            rows.append([address, CAMPAIGN, case, person.home, kind, quantity, day])
    if person.joined < "2012-12" and draw.random() < _TOOK_PART_BEFORE:
        day = date(2012, 12, 1) + timedelta(days=_below(draw, 17))
        rows.append([address, BEFORE, "", person.home, _kind(draw), 1, day])
    return rows


def _of_countries(draw: Random) -> list[list[object]]:
    rows: list[list[object]] = []
    for home in homes():
        invented = ("letter", 100 + int(draw.random() ** 4 * 9000))
        kind, quantity = _PUBLISHED.get(home.code, invented)
        rows.append(["", CAMPAIGN, "", home.code, kind, quantity, date(2013, 12, 31)])
    return rows


def _kind(draw: Random) -> str:
    chance = draw.random()
    return next(kind for share, kind in _KINDS if chance < share)


def _below(draw: Random, limit: int) -> int:
    return int(draw.random() * limit)
