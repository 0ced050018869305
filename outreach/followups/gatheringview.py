"""Read gatherings: the list, and one with its results and its history. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from outreach.errors import NotFound
from outreach.followups import care, gatherings
from outreach.followups.gatherings import Particulars, Photo
from outreach.followups.gatheringstates import GatheringState, ResultState
from outreach.followups.results import Count, Result, results_of
from outreach.model import Safety
from outreach.store import Database


@dataclass(frozen=True, slots=True)
class Gathering:
    """One gathering with the results that count."""

    gathering_id: int
    #: what calendars and files know it by
    uid: str
    state: GatheringState
    version: int
    #: UTC
    changed_at: str
    #: hosting is dangerous there, or its organiser is to be written to discreetly
    guarded: bool
    #: whether it may be spoken of: as its organiser wishes, and never where it is guarded
    public: bool
    known: Particulars
    #: None until some were reported and checked
    result: Result | None
    #: reported, and waiting for somebody to look
    waiting: int


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the history."""

    changed_at: str
    changed_by: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Whole:
    """One gathering with all that was said of it."""

    gathering: Gathering
    #: the oldest first
    results: tuple[Result, ...]
    history: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which gatherings are asked for; '' and None ask nothing."""

    country: str = ""
    campaign: str = ""
    kind: str = ""
    state: str = ""
    #: days, YYYY-MM-DD, both included; gatherings without a day are in neither
    since: str = ""
    until: str = ""
    followup_id: int | None = None
    #: those whose results wait for somebody
    waiting: bool = False
    #: those that may be spoken of
    public: bool = False
    #: cancelled ones too
    include_cancelled: bool = False
    #: at most so many, 0 is all of them; and how many are passed over
    limit: int = 0
    skip: int = 0


_ROWS: Final = f"""
    SELECT g.*, coalesce(s.safety, '{Safety.STANDARD}') <> '{Safety.STANDARD}'
            OR (g.followup_id IS NOT NULL AND {care.needed("g.followup_id")}) AS careful,
        (SELECT count(*) FROM gathering_results AS r WHERE r.gathering_id = g.gathering_id
            AND r.state IN ('unclear', 'reported')) AS waiting
      FROM gatherings AS g LEFT JOIN supporters AS s ON s.supporter_id = g.supporter_id
"""
_ASKED: Final = """
     WHERE (:country = '' OR g.country = :country) AND (:campaign = '' OR g.campaign = :campaign)
       AND (:kind = '' OR g.kind = :kind) AND (:state = '' OR g.state = :state)
       AND (:since = '' OR g.held_on >= :since)
       AND (:until = '' OR (g.held_on <> '' AND g.held_on <= :until))
       AND (:followup_id IS NULL OR g.followup_id = :followup_id)
       AND (:cancelled OR :state <> '' OR g.state <> 'cancelled')
       AND (NOT :waiting OR g.gathering_id IN (SELECT gathering_id FROM gathering_results
            WHERE state IN ('unclear', 'reported')))
"""
_ORDER: Final = "ORDER BY g.held_on = '', g.held_on, g.begins, g.gathering_id"
#: who is chosen is known before anything is asked of each
_LISTED: Final = f"""
    {_ROWS} WHERE g.gathering_id IN (
        SELECT g.gathering_id FROM gatherings AS g {_ASKED} {_ORDER} LIMIT :limit OFFSET :skip)
    {_ORDER}
"""


def list_gatherings(db: Database, dangers: Set[str], asked: Filter) -> list[Gathering]:
    """List gatherings by day, those without one last; cancelled ones only where asked for."""
    values = {
        "country": asked.country,
        "campaign": asked.campaign,
        "kind": asked.kind,
        "state": asked.state,
        "since": asked.since,
        "until": asked.until,
        "followup_id": asked.followup_id,
        "waiting": asked.waiting,
        "cancelled": asked.include_cancelled,
        # what is public hangs on more than the database knows
        "limit": -1 if asked.public else asked.limit or -1,
        "skip": 0 if asked.public else asked.skip,
    }
    found = _gatherings(db, dangers, _LISTED, values)
    if not asked.public:
        return list(found)
    public = (gathering for gathering in found if gathering.public)
    return list(islice(public, asked.skip, asked.skip + asked.limit if asked.limit else None))


def get_gathering(db: Database, dangers: Set[str], gathering_id: int) -> Whole:
    """Read one gathering with all its results and its history, both oldest first.

    Raises:
        NotFound: there is no such gathering.
    """
    one = "WHERE g.gathering_id = :id"
    for gathering in _gatherings(db, dangers, f"{_ROWS} {one}", {"id": gathering_id}):
        history = db.conn.execute(
            "SELECT changed_at, changed_by, field, old, new FROM gathering_history"
            " WHERE gathering_id = ? ORDER BY history_id",
            [gathering_id],
        )
        return Whole(
            gathering,
            tuple(results_of(db, "gathering_id = ?", [gathering_id])),
            tuple(Change(*row) for row in history),
        )
    raise NotFound(
        "there is no gathering with this id",
        value=gathering_id,
        next_step="see `outreach gatherings list --all`",
        at_desk="look at the list of gatherings",
    )


def masked(gathering: Gathering) -> Gathering:
    """Give a gathering as it may leave the house: of a guarded one no name, and where only by
    country.
    """
    if not gathering.guarded:
        return gathering
    known = gathering.known
    bare = Particulars(
        campaign=known.campaign,
        country=known.country,
        held_on=known.held_on,
        kind=known.kind,
        cases=known.cases,
        expected=known.expected,
    )
    result = gathering.result
    if result is not None:
        result = replace(result, reported_by="", checked_by="", said="", why="")
    return replace(gathering, known=bare, result=result)


def _gatherings(
    db: Database, dangers: Set[str], sql: str, values: dict[str, Any]
) -> Iterator[Gathering]:
    cursor = db.conn.execute(sql, values)
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    everything = len(rows) > _MOST_ASKED_ONE_BY_ONE
    numbers = [] if everything else [int(row["gathering_id"]) for row in rows]
    photos = _photos(db, numbers, everything)
    counted = _counted(db, numbers, everything)
    for row in rows:
        standing = gatherings.standing(row, photos[row["gathering_id"]])
        guarded = row["country"] in dangers or bool(row["careful"])
        yield Gathering(
            gathering_id=standing.gathering_id,
            uid=standing.uid,
            state=standing.state,
            version=standing.version,
            changed_at=standing.changed_at,
            guarded=guarded,
            public=standing.known.public and not guarded,
            known=standing.known,
            result=counted.get(standing.gathering_id),
            waiting=row["waiting"],
        )


#: SQLite binds no more than some thousands of values
_MOST_ASKED_ONE_BY_ONE: Final = 500


def _of(numbers: list[int], everything: bool) -> str:
    return "1" if everything else f"gathering_id IN ({', '.join('?' * len(numbers))})"


def _photos(db: Database, numbers: list[int], everything: bool) -> dict[int, tuple[Photo, ...]]:
    found: dict[int, tuple[Photo, ...]] = defaultdict(tuple)
    rows: Iterable[tuple[int, str, int]] = db.conn.execute(
        "SELECT gathering_id, url, allowed FROM gathering_photos"
        f" WHERE {_of(numbers, everything)} ORDER BY gathering_id, url",
        numbers,
    )
    for gathering_id, url, allowed in rows:
        found[gathering_id] += (Photo(url, bool(allowed)),)
    return found


def _counted(db: Database, numbers: list[int], everything: bool) -> dict[int, Result]:
    where = f"state = '{ResultState.CHECKED}' AND {_of(numbers, everything)}"
    return {result.gathering_id: result for result in results_of(db, where, numbers)}


__all__ = ["Change", "Count", "Filter", "Gathering", "Whole", "get_gathering", "list_gatherings"]
