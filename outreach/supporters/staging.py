"""Put many people on the roll at once. Writes: supporters, imports (and suppressions by `consent`).

People are first collected in a temporary table, which locks nobody out, and then merged into the
roll in one statement in the order of their addresses: rows that come in the order of an index cost
a fraction of rows that come in any other. The sort and the table live in files, so that memory does
not grow with the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from outreach.model import Suppression
from outreach.store import Database, interruptible, utc_text
from outreach.supporters.consent import suppress
from outreach.supporters.intake import PEOPLE
from outreach.supporters.spellings import cover_new
from outreach.supporters.statuses import Statement

#: KiB that sorting may take, for each of two threads, before it goes on in a file
_SORT_MEMORY: Final = 8_000
_STAGED: Final = f"""
    CREATE TABLE stage.people (
        email TEXT NOT NULL COLLATE NOCASE, {", ".join(PEOPLE[1:])}
    )
"""
#: people put in by one statement: a fifth faster than one by one
_AT_ONCE: Final = 75

#: what comes of two statements, as the table in `consents` has it. Something unclear was said at a
#: moment, which tells it from nothing and from not given: those are unknown too, but leave a yes
_UNCLEAR: Final = "(excluded.consent = 'unknown' AND excluded.consent_at <> '')"
_CONSENT: Final = f"""CASE
    WHEN consent = 'denied' OR excluded.consent = 'denied' THEN 'denied'
    WHEN excluded.consent = 'granted' THEN 'granted'
    WHEN {_UNCLEAR} THEN 'unknown'
    ELSE consent END"""
_SAID_ANEW: Final = f"""(consent <> {_CONSENT} OR (
    consent = 'unknown' AND {_UNCLEAR} AND consent_ground <> excluded.consent_ground))"""
#: column -> what it becomes where the person is on the roll already. Nothing said is nothing lost;
#: a no stays a no; who was discreet stays discreet, but see _LESS_DISCREET. Rows that contradict
#: each other must lead to the same end a second time, so no rule may depend on how a state came
#: about.
_MERGED: Final[dict[str, str]] = {
    "given_name": "iif(excluded.given_name = '', given_name, excluded.given_name)",
    "family_name": "iif(excluded.family_name = '', family_name, excluded.family_name)",
    "country": "iif(excluded.country = '', country, excluded.country)",
    "language": "iif(excluded.language = '', language, excluded.language)",
    # the zone goes with the country: who moves leaves the old one. A zone that the file doesn't
    # state was taken from the country, and is no match for a stated one
    "timezone": """CASE
        WHEN country <> '' AND excluded.country NOT IN ('', country) THEN excluded.timezone
        WHEN excluded.timezone <> '' AND (:states_timezone OR timezone = '')
            THEN excluded.timezone
        ELSE timezone END""",
    # since when: the earliest day that anybody knows of
    "joined": """CASE
        WHEN excluded.joined = '' THEN joined
        WHEN joined = '' THEN excluded.joined
        ELSE min(joined, excluded.joined) END""",
    "tags": """iif(excluded.tags IN ('[]', tags), tags, (
        SELECT json_group_array(value) FROM (
            SELECT value FROM json_each(supporters.tags)
            UNION SELECT value FROM json_each(excluded.tags))))""",
    "attributes": """iif(excluded.attributes IN ('{}', attributes), attributes,
        json_patch(attributes, excluded.attributes))""",
    "consent": _CONSENT,
    "consent_ground": f"""iif({_SAID_ANEW} OR (consent_ground = '' AND excluded.consent = consent),
        excluded.consent_ground, consent_ground)""",
    "consent_at": f"iif({_SAID_ANEW}, excluded.consent_at, consent_at)",
    "tracking": """CASE
        WHEN excluded.tracking = 'denied' THEN 'denied'
        WHEN tracking = 'unknown' THEN excluded.tracking
        ELSE tracking END""",
    "safety": "iif(excluded.safety = 'discreet', 'discreet', safety)",
}
#: column -> how it goes from the stage into the roll, where it is not as it stands
_TAKEN: Final = {
    "tags": "iif(tags = '', '[]', tags)",
    "attributes": "iif(attributes = '', '{}', attributes)",
    "tracking": "iif(tracking = '', 'unknown', tracking)",
    "safety": "iif(safety = '', 'standard', safety)",
    "consent": f"""CASE consent
        WHEN '{Statement.FILLED}' THEN 'granted'
        WHEN '{Statement.NOT_GIVEN}' THEN 'unknown'
        WHEN '{Statement.UNCLEAR}' THEN 'unknown'
        ELSE consent END""",
}
_SAID_AT: Final = f"""CASE consent
    WHEN '{Statement.NOTHING}' THEN '' WHEN '{Statement.NOT_GIVEN}' THEN '' ELSE :now END"""
_MERGE: Final = f"""
    INSERT INTO supporters ({", ".join(PEOPLE)}, consent_at, import_id)
    SELECT {", ".join(_TAKEN.get(column, column) for column in PEOPLE)}, {_SAID_AT}, :import_id
    FROM stage.people
    WHERE true
    ORDER BY email, rowid
    ON CONFLICT (email) DO UPDATE SET
        {", ".join(f"{column} = {value}" for column, value in _MERGED.items())}
    WHERE {" OR ".join(f"{column} <> {value}" for column, value in _MERGED.items())}
"""
#: nobody is filled of whom anything else was said or could not be read, here or before
_KEEP_UNFILLED: Final = f"""
    UPDATE stage.people SET consent = '{Statement.NOTHING}', consent_ground = ''
    WHERE consent = '{Statement.FILLED}' AND (
        email IN (
            SELECT email FROM stage.people
            WHERE consent = '{Statement.NOT_GIVEN}' OR consent = '{Statement.UNCLEAR}')
        OR email IN (
            SELECT email FROM supporters WHERE consent = 'unknown' AND consent_ground <> ''))
"""
#: of rows that contradict each other the careful one counts
_LESS_DISCREET: Final = """
    UPDATE supporters SET safety = 'standard' WHERE safety = 'discreet' AND email IN (
        SELECT email FROM stage.people WHERE safety = 'standard'
        AND email IN (SELECT email FROM supporters WHERE safety = 'discreet')
        EXCEPT SELECT email FROM stage.people WHERE safety = 'discreet')
"""
#: who came to say the same again in the end, after contradicting rows, said it when they first did
_KEEP_MOMENTS: Final = """
    UPDATE supporters SET consent_at = before.consent_at FROM changed_people AS before
    WHERE before.supporter_id = supporters.supporter_id AND before.consent = supporters.consent
    AND before.consent_ground = supporters.consent_ground
    AND before.consent_at <> supporters.consent_at
"""

#: keeps how each person was before the first change, as one person in two rows of a file may be
#: changed there and back (OR IGNORE would not do: the outer statement's conflict clause wins)
_REMEMBER: Final = f"""
    CREATE TEMP TRIGGER remember_people AFTER UPDATE ON supporters
    WHEN old.supporter_id NOT IN (SELECT supporter_id FROM changed_people) BEGIN
        INSERT INTO changed_people
        VALUES (old.supporter_id, {", ".join(f"old.{column}" for column in _MERGED)});
    END
"""
_CHANGED: Final = f"""
    SELECT EXISTS (
        SELECT 1 FROM changed_people AS before JOIN supporters AS now USING (supporter_id)
        WHERE {" OR ".join(f"before.{column} <> now.{column}" for column in _MERGED)})
"""


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of merging the staged people into the roll."""

    #: people who were not on the roll
    new: int
    #: any table has changed
    changed: bool
    #: people who were discreet, of whom the file says that they need not be
    less_discreet: int = 0
    #: new people who may not be written to, by what they said under another spelling
    covered: int = 0


class Stage:
    """People collected for one import. Made by `staging`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, people: list[str], suppressions: Iterable[tuple[str, Suppression]]) -> None:
        """Collect some people, as `Intake.people` has them, and addresses to be suppressed."""
        conn = self._db.conn
        step = _AT_ONCE * len(PEOPLE)
        conn.execute("BEGIN")  # of the nameless file only: it locks nobody out
        try:
            for start in range(0, len(people), step):
                some = people[start : start + step]
                conn.execute(_stage_sql(len(some) // len(PEOPLE)), some)
            conn.executemany("INSERT INTO stage.suppressions VALUES (?, ?)", suppressions)
        finally:
            conn.execute("COMMIT")

    def merge(
        self, *, file_name: str, source: str, states_timezone: bool, fills: bool, now: datetime
    ) -> Merged:
        """Merge all that was collected into the roll, inside the caller's transaction.

        Where a person stands in several rows, later ones count as said later. `states_timezone`
        says whether time zones come from the file and not from the country alone; `fills`, whether
        a ground was stated for those who say nothing.
        """
        with interruptible(self._db):
            conn = self._db.conn
            (last,) = conn.execute("SELECT ifnull(max(supporter_id), 0) FROM supporters").fetchone()
            import_id = conn.execute(
                "INSERT INTO imports (file_name, source, imported_at) VALUES (?, ?, ?)",
                [file_name, source, utc_text(now)],
            ).lastrowid
            if fills:
                conn.execute(_KEEP_UNFILLED)
            conn.execute(
                _MERGE,
                {"now": utc_text(now), "import_id": import_id, "states_timezone": states_timezone},
            )
            less_discreet = conn.execute(_LESS_DISCREET).rowcount
            conn.execute(_KEEP_MOMENTS)
            # ids are given in order, and nobody else writes in this transaction
            (new_last,) = conn.execute(
                "SELECT ifnull(max(supporter_id), 0) FROM supporters"
            ).fetchone()
            covered = cover_new(self._db, last)
            suppressed = self._suppress(source or file_name, now)
            (changed,) = conn.execute(_CHANGED).fetchone()
        anything = bool(changed or suppressed or new_last > last)
        return Merged(new_last - last, anything, less_discreet, covered)

    def _suppress(self, source: str, now: datetime) -> bool:
        before = self._db.conn.total_changes
        for email, reason in self._db.conn.execute("SELECT email, reason FROM stage.suppressions"):
            suppress(self._db, email, Suppression(reason), source, now)
        return self._db.conn.total_changes > before


@cache
def _stage_sql(people: int) -> str:
    marks = f"({', '.join('?' * len(PEOPLE))})"
    return f"INSERT INTO stage.people VALUES {', '.join([marks] * people)}"


@contextmanager
def staging(db: Database) -> Iterator[Stage]:
    """Give a place to collect people in; at the end nothing is left of it but what was merged."""
    conn = db.conn
    (cache,) = conn.execute("PRAGMA cache_size").fetchone()
    columns = ", ".join(_MERGED)
    conn.execute("ATTACH '' AS stage")  # a file of no name, that is gone when we let go of it
    try:
        conn.execute("PRAGMA stage.journal_mode = OFF")
        conn.execute(f"PRAGMA cache_size = -{_SORT_MEMORY}")
        conn.execute("PRAGMA threads = 2")
        # all new rows refer to one import, made in the same transaction: nothing to look up
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute(_STAGED)
        conn.execute("CREATE TABLE stage.suppressions (email, reason)")
        conn.execute(
            f"CREATE TEMP TABLE changed_people (supporter_id INTEGER PRIMARY KEY, {columns})"
        )
        conn.execute(_REMEMBER)
        yield Stage(db)
    finally:
        conn.execute("DROP TRIGGER IF EXISTS temp.remember_people")
        conn.execute("DROP TABLE IF EXISTS temp.changed_people")
        conn.execute("DETACH stage")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA threads = 0")
        conn.execute(f"PRAGMA cache_size = {cache}")
