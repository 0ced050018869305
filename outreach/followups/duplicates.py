"""Propose follow-ups that may be one person's. Writes nothing."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from outreach.followups.namedviews import OPEN
from outreach.store import Database

SAME_ADDRESS: Final = "same address"
SAME_NAME: Final = "same name and country"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two follow-ups that may be one; `keep` is the older, unless it is done and the other not."""

    keep: int
    other: int
    #: same address; same name and country
    why: str
    #: what they share
    shared: str


#: every address that a follow-up's mails came from or state, or that it says itself
_ADDRESSES: Final = """
    SELECT f.followup_id, lower(f.email) FROM followups AS f WHERE f.merged_into IS NULL
    UNION
    SELECT m.followup_id, lower(r.from_address)
      FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
"""
_NAMES: Final = """
    SELECT followup_id, name, country FROM followups
     WHERE name <> '' AND country <> '' AND merged_into IS NULL
"""


def propose(db: Database, followup_id: int | None = None) -> list[Proposal]:
    """Give pairs of follow-ups that share an address, or name and country; of one, or of all.

    At least one of each pair is open. Case, accents and the order of a name's words don't matter.
    Two that somebody has split, or said to be two people, are not proposed again.
    """
    is_open = {
        row[0] for row in db.conn.execute(f"SELECT followup_id FROM followups f WHERE {OPEN}")
    }
    apart = _apart(db)
    found: dict[tuple[int, int], Proposal] = {}
    for why, groups in ((SAME_ADDRESS, _by_address(db)), (SAME_NAME, _by_name(db))):
        for shared, ids in groups.items():
            for first, second in _pairs(sorted(ids), is_open):
                pair = (first, second)
                if pair in found or pair in apart or followup_id not in (None, first, second):
                    continue
                keep, other = pair if first in is_open else (second, first)
                found[pair] = Proposal(keep, other, why, str(shared))
    return sorted(found.values(), key=lambda p: (p.keep, p.other))


def _pairs(ids: list[int], is_open: set[int]) -> Iterable[tuple[int, int]]:
    """Pair each with the first that is open, else with the first: n of them are n - 1 pairs."""
    first = next((i for i in ids if i in is_open), None)
    if first is None:
        return ()
    return ((min(first, i), max(first, i)) for i in ids if i != first)


def _by_address(db: Database) -> Mapping[Hashable, set[int]]:
    groups: defaultdict[Hashable, set[int]] = defaultdict(set)
    for followup_id, address in db.conn.execute(_ADDRESSES):
        if address:
            groups[address].add(followup_id)
    return groups


def _by_name(db: Database) -> Mapping[Hashable, set[int]]:
    groups: defaultdict[Hashable, set[int]] = defaultdict(set)
    for followup_id, name, country in db.conn.execute(_NAMES):
        words = folded(name).split()
        if len(words) > 1:
            # a first name alone is many people's
            groups[f"{' '.join(sorted(words))}, {country}"].add(followup_id)
    return groups


def folded(name: str) -> str:
    """Write a name without case and accents."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def _apart(db: Database) -> set[tuple[int, int]]:
    rows = db.conn.execute(
        "SELECT followup_id, new FROM followup_history WHERE field IN ('split_from', 'another')"
    )
    return {(min(a, int(b)), max(a, int(b))) for a, b in rows}
