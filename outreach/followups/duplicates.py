"""Propose follow-ups that may be one person's. Writes nothing."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
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


#: every address that a follow-up's mails came from, or that it says itself
_ADDRESSES: Final = """
    SELECT followup_id, lower(email) FROM followups WHERE email <> '' AND merged_into IS NULL
    UNION
    SELECT m.followup_id, lower(r.from_address)
      FROM replies AS r JOIN followup_replies AS m USING (inbound_id) WHERE r.from_address <> ''
"""
#: and those of others that are one of `:id`
_ADDRESSES_OF_ONE: Final = """
    WITH mine AS (
        SELECT email AS address FROM followups WHERE followup_id = :id AND email <> ''
        UNION
        SELECT r.from_address FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
         WHERE m.followup_id = :id AND r.from_address <> ''
    )
    SELECT followup_id, lower(email) FROM followups
     WHERE email IN (SELECT address FROM mine) AND merged_into IS NULL
    UNION
    SELECT m.followup_id, lower(r.from_address)
      FROM replies AS r JOIN followup_replies AS m USING (inbound_id)
     WHERE r.from_address IN (SELECT address FROM mine) AND r.from_address <> ''
"""
_NAMES: Final = """
    SELECT followup_id, name, country FROM followups
     WHERE name <> '' AND country <> '' AND merged_into IS NULL
"""
#: of the same country and about as long: accents may be letters of their own
_NAMES_OF_ONE: Final = """
    SELECT o.followup_id, o.name, o.country FROM followups AS f
      JOIN followups AS o ON o.country = f.country
     WHERE f.followup_id = :id AND f.country <> '' AND f.name <> '' AND o.name <> ''
       AND o.merged_into IS NULL
       AND length(o.name) BETWEEN length(f.name) - 6 AND length(f.name) + 6
"""


def propose(db: Database, followup_id: int | None = None) -> list[Proposal]:
    """Give pairs of follow-ups that share an address, or name and country; of one, or of all.

    At least one of each pair is open. Case, accents and the order of a name's words don't matter.
    Two that somebody has split, or said to be two people, are not proposed again.
    """
    names = {"id": followup_id}
    addresses = db.conn.execute(_ADDRESSES if followup_id is None else _ADDRESSES_OF_ONE, names)
    people = db.conn.execute(_NAMES if followup_id is None else _NAMES_OF_ONE, names)
    alike = [
        *((SAME_ADDRESS, shared, ids) for shared, ids in _grouped(addresses).items()),
        *((SAME_NAME, shared, ids) for shared, ids in _by_name(people).items()),
    ]
    alike = [(why, shared, ids) for why, shared, ids in alike if len(ids) > 1]
    concerned = json.dumps(sorted(set().union(*(ids for *_, ids in alike))))
    is_open = {row[0] for row in db.conn.execute(_STILL_OPEN, [concerned])}
    apart = _apart(db, concerned)
    found: dict[tuple[int, int], Proposal] = {}
    for why, shared, ids in alike:
        for pair in _pairs(sorted(ids), is_open):
            if pair in found or pair in apart or followup_id not in (None, *pair):
                continue
            keep, other = pair if pair[0] in is_open else pair[::-1]
            found[pair] = Proposal(keep, other, why, shared)
    return sorted(found.values(), key=lambda p: (p.keep, p.other))


_STILL_OPEN: Final = f"""
    SELECT f.followup_id FROM json_each(?) AS j JOIN followups AS f ON f.followup_id = j.value
     WHERE {OPEN}
"""


def _pairs(ids: list[int], is_open: set[int]) -> Iterable[tuple[int, int]]:
    """Pair each with the first that is open: n of them are n - 1 pairs."""
    first = next((i for i in ids if i in is_open), None)
    if first is None:
        return ()
    return ((min(first, i), max(first, i)) for i in ids if i != first)


def _grouped(rows: Iterable[tuple[int, str]]) -> Mapping[str, set[int]]:
    groups: defaultdict[str, set[int]] = defaultdict(set)
    for followup_id, shared in rows:
        groups[shared].add(followup_id)
    return groups


def _by_name(rows: Iterable[tuple[int, str, str]]) -> Mapping[str, set[int]]:
    found = (
        (followup_id, sorted(folded(name).split()), country) for followup_id, name, country in rows
    )
    # a first name alone is many people's
    return _grouped(
        (followup_id, f"{' '.join(words)}, {country}")
        for followup_id, words, country in found
        if len(words) > 1
    )


def folded(name: str) -> str:
    """Write a name without case and accents."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def _apart(db: Database, concerned: str) -> set[tuple[int, int]]:
    rows = db.conn.execute(
        "SELECT h.followup_id, h.new FROM json_each(?) AS j"
        " JOIN followup_history AS h ON h.followup_id = j.value"
        " WHERE h.field IN ('split_from', 'another')",
        [concerned],
    )
    return {(min(a, int(b)), max(a, int(b))) for a, b in rows}
