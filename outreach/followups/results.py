"""What came of a gathering, as somebody reported it. Writes: gathering_results, gathering_counts.

Each word is kept as it came, with who said it, and who checked it when. At most one of a gathering
counts: the one that was checked last. All functions run inside the caller's transaction; what
counts is handed to the actions by `workflow`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from outreach.errors import IllegalMove, InputError, NotFound
from outreach.followups.gatherings import checked_name
from outreach.followups.gatheringstates import ResultState
from outreach.model import ActionKind
from outreach.store import Database, utc_text

_UNCLEAR, _REPORTED, _CHECKED = (
    ResultState.UNCLEAR,
    ResultState.REPORTED,
    ResultState.CHECKED,
)
_SUPERSEDED, _DISMISSED = ResultState.SUPERSEDED, ResultState.DISMISSED
#: every legal move; there are no others. What is unclear is never checked: staff report what they
#: found out, and that is checked in its place. Where that turns out wrong, what it stood for waits
#: again
MOVES: Final[Mapping[ResultState, frozenset[ResultState]]] = {
    _UNCLEAR: frozenset({_SUPERSEDED, _DISMISSED}),
    _REPORTED: frozenset({_CHECKED, _SUPERSEDED, _DISMISSED}),
    _CHECKED: frozenset({_SUPERSEDED, _DISMISSED}),
    _SUPERSEDED: frozenset({_UNCLEAR, _REPORTED}),
    _DISMISSED: frozenset(),
}
#: what waits for somebody to look
WAITING: Final = (_UNCLEAR, _REPORTED)
#: more is a telephone number in the wrong place
MOST: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, order=True)
class Count:
    """How many of one kind, for one case."""

    kind: ActionKind
    quantity: int
    #: '' where it is for none in particular
    case_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody says came of a gathering."""

    reported_by: str
    counts: tuple[Count, ...] = ()
    #: how many events it was, where one row stands for several; None: nobody said
    events: int | None = None
    #: people who came; None: nobody said
    attended: int | None = None
    #: whether the numbers are estimates
    about: bool = False
    #: in their own words
    said: str = ""
    #: the mail that says it
    inbound_id: int | None = None
    #: what has to be found out before it can count; '': it is plain
    why: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One word on a gathering's results, as it is kept."""

    result_id: int
    gathering_id: int
    state: ResultState
    inbound_id: int | None
    said: str
    why: str
    about: bool
    events: int | None
    attended: int | None
    reported_by: str
    #: moments in UTC; '' where it didn't come to that
    reported_at: str
    checked_by: str
    checked_at: str
    ended_by: str
    ended_at: str
    counts: tuple[Count, ...] = ()

    @property
    def collected(self) -> int:
        """All together."""
        return sum(count.quantity for count in self.counts)


def report(db: Database, gathering_id: int, said: Report, now: datetime) -> int:
    """Write down what was reported, and give its id.

    A mail is heard once of each gathering: again it gives that id.

    Raises:
        InputError: a number is below nought or beyond all measure, or says the same thing twice;
            or it says nothing at all; or there is no name.
    """
    if said.inbound_id is not None:
        row = db.conn.execute(
            "SELECT result_id FROM gathering_results WHERE inbound_id = ? AND gathering_id = ?",
            [said.inbound_id, gathering_id],
        ).fetchone()
        if row is not None:
            return int(row[0])
    counts = _checked_counts(said)
    state = _UNCLEAR if said.why else _REPORTED
    (result_id,) = db.conn.execute(
        "INSERT INTO gathering_results (gathering_id, state, inbound_id, said, why, about, events,"
        " attended, reported_by, reported_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " RETURNING result_id",
        [gathering_id, state, said.inbound_id, said.said, said.why, int(said.about), said.events,
         said.attended, checked_name(said.reported_by), utc_text(now)],
    ).fetchone()  # fmt: skip
    db.conn.executemany(
        "INSERT INTO gathering_counts VALUES (?, ?, ?, ?)",
        [(result_id, c.kind.value, c.case_key, c.quantity) for c in counts],
    )
    return int(result_id)


def is_heard(db: Database, inbound_id: int) -> bool:
    """Whether a mail was heard."""
    asked = "SELECT 1 FROM gathering_results WHERE inbound_id = ?"
    return db.conn.execute(asked, [inbound_id]).fetchone() is not None


def check(db: Database, result_id: int, by: str, now: datetime) -> Result:
    """Let a report count, in place of all that was said before of its gathering.

    What came in later and waits, goes on waiting. Gives the result as it is now; one that counts
    already is left as it is.

    Raises:
        NotFound: there is no such result.
        IllegalMove: it is unclear, or something else stands in its place.
        InputError: `by` is no name.
    """
    result = get_result(db, result_id)
    if result.state is _CHECKED:
        return result
    _refuse(result, _CHECKED)
    by = checked_name(by)
    ended = [_SUPERSEDED, by, utc_text(now), result.gathering_id]
    db.conn.execute(
        "UPDATE gathering_results SET state = ?, ended_by = ?, ended_at = ?"
        " WHERE gathering_id = ? AND (state = 'checked'"
        " OR (state IN ('unclear', 'reported') AND result_id < ?))",
        [*ended, result_id],
    )
    db.conn.execute(
        "UPDATE gathering_results SET state = ?, checked_by = ?, checked_at = ?"
        " WHERE result_id = ?",
        [_CHECKED, by, utc_text(now), result_id],
    )
    return get_result(db, result_id)


#: that which counted last, else what is plain, else the latest
_WAIT_AGAIN: Final = """
    UPDATE gathering_results SET state = iif(why = '', 'reported', 'unclear'), ended_by = '',
           ended_at = ''
     WHERE result_id = (SELECT result_id FROM gathering_results
        WHERE gathering_id = ? AND state = 'superseded'
        ORDER BY checked_at DESC, why = '' DESC, result_id DESC LIMIT 1)
"""


def dismiss(db: Database, result_id: int, by: str, now: datetime) -> Result:
    """Say that a report says nothing that counts; one that counted counts no more.

    In that case the last that it stood for waits for somebody again: what was counted before must
    not be lost without a word.

    Raises:
        NotFound: there is no such result.
        IllegalMove: something else stands in its place already.
        InputError: `by` is no name.
    """
    result = get_result(db, result_id)
    if result.state is _DISMISSED:
        return result
    _refuse(result, _DISMISSED)
    db.conn.execute(
        "UPDATE gathering_results SET state = ?, ended_by = ?, ended_at = ? WHERE result_id = ?",
        [_DISMISSED, checked_name(by), utc_text(now), result_id],
    )
    if result.state is _CHECKED:
        db.conn.execute(_WAIT_AGAIN, [result.gathering_id])
    return get_result(db, result_id)


def get_result(db: Database, result_id: int) -> Result:
    """Read one result.

    Raises:
        NotFound: there is no such result.
    """
    for result in results_of(db, "result_id = ?", [result_id]):
        return result
    raise NotFound(
        "there is no result with this id",
        value=result_id,
        next_step="see `outreach gatherings list --waiting`",
        at_desk="look at the list of gatherings",
    )


def counted(db: Database, gathering_id: int) -> Result | None:
    """Give the result of a gathering that counts; None where there is none."""
    where = "gathering_id = ? AND state = 'checked'"
    return next(results_of(db, where, [gathering_id]), None)


_COLUMNS: Final = (
    "result_id, gathering_id, state, inbound_id, said, why, about, events, attended, reported_by,"
    " reported_at, checked_by, checked_at, ended_by, ended_at"
)


def results_of(db: Database, where: str, values: Sequence[object]) -> Iterator[Result]:
    """Read the results of which `where` is true, SQL of our own over gathering_results."""
    counts: dict[int, tuple[Count, ...]] = defaultdict(tuple)
    rows = db.conn.execute(
        "SELECT c.result_id, c.kind, c.quantity, c.case_key FROM gathering_counts AS c"
        f" WHERE c.result_id IN (SELECT result_id FROM gathering_results WHERE {where})"
        " ORDER BY c.result_id, c.case_key, c.kind",
        values,
    )
    for result_id, kind, quantity, case_key in rows:
        counts[result_id] += (Count(ActionKind(kind), quantity, case_key),)
    found = db.conn.execute(
        f"SELECT {_COLUMNS} FROM gathering_results WHERE {where} ORDER BY result_id", values
    )
    for row in found.fetchall():
        told: list[Any] = list(row)
        told[2], told[6] = ResultState(told[2]), bool(told[6])
        yield Result(*told, *[counts[told[0]]])


def _refuse(result: Result, wanted: ResultState) -> None:
    if wanted in MOVES[result.state]:
        return
    if result.state is _UNCLEAR:
        raise IllegalMove(
            f"result {result.result_id} is not plain: {result.why}",
            next_step="find it out, then say it with"
            f" `outreach gatherings result {result.gathering_id}`",
        )
    raise IllegalMove(
        f"result {result.result_id} is {result.state} and can't become {wanted}",
        next_step=f"see `outreach gatherings show {result.gathering_id}`",
        at_desk="look at the gathering again",
    )


def _checked_counts(said: Report) -> tuple[Count, ...]:
    numbers = [c.quantity for c in said.counts]
    numbers += [number for number in (said.events, said.attended) if number is not None]
    for number in numbers:
        if not 0 <= number <= MOST:
            raise InputError(
                "a result is a whole number from 0 to a thousand million", value=number
            )
    keys = [(c.kind, c.case_key) for c in said.counts]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise InputError("this is said twice", value=" ".join(filter(None, twice)))
    if not numbers and not said.why:
        raise InputError(
            "nothing is said of what came of it", next_step="say at least one number, such as 0"
        )
    return tuple(c for c in said.counts if c.quantity)
