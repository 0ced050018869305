"""How much longer planning takes than the least that SQLite could do.

`python -m benchmarks.planning [--rows N] [--rounds N] [--json]` makes a list of N people, and in
turns plans a campaign for all of them and runs the bare `INSERT ... SELECT supporter_id` of the
same segment into a table with nothing but that column. Both are committed with full durability.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from outreach.settings import Settings, load
from outreach.store import Database, atomic, open_database
from outreach.workflow.campaigns import create_campaign, plan_campaign
from outreach.workflow.workspace import create_workspace

NOW = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)
SEGMENT = "SELECT supporter_id FROM supporters WHERE country <> ''"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.rows, asked.rounds)
    if asked.json:
        json.dump(figures, sys.stdout, indent=2)
        print()
    else:
        for name, value in figures.items():
            print(f"{name:24} {value:>12,}")


def measure(rows: int, rounds: int) -> dict[str, float]:
    """Give medians in seconds, and the peak of memory in MB."""
    bare: list[float] = []
    plan: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        settings = _workspace(Path(folder) / "workspace")
        db = open_database(settings.database)
        try:
            _people(db, rows)
            for number in range(rounds):
                bare.append(_bare(db))
                plan.append(_plan(db, settings, f"round-{number}", rows))
        finally:
            db.close()
    bare_s, plan_s = statistics.median(bare), statistics.median(plan)
    over = statistics.median(p - b for p, b in zip(plan, bare, strict=True))
    return {
        "rows": rows,
        "bare_s": round(bare_s, 3),
        "plan_s": round(plan_s, 3),
        "plan_seconds_over_bare": round(over, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _workspace(folder: Path) -> Settings:
    create_workspace(folder)
    (folder / "segments" / "bench.sql").write_text(
        f"-- title: Bench\n-- reason: everybody\n{SEGMENT}\n", encoding="utf-8"
    )
    return load(folder, environment={})


def _people(db: Database, rows: int) -> None:
    """Fill the roll in random order of address, with some who are left out for each reason."""
    chance = random.Random(2014)
    people = (
        (
            f"{chance.getrandbits(48):012x}@example.org",
            chance.choice(["Ana", "Bela", "Chidi", "Dorothée"]),
            chance.choice(["CD", "FR", "NG", "TG", "US"]),
            chance.choice(["en", "fr", ""]),
            "granted" if chance.random() < 0.9 else "unknown",
            "standard" if chance.random() < 0.99 else "discreet",
        )
        for _ in range(rows)
    )
    with atomic(db):
        db.conn.executemany(
            "INSERT INTO supporters (email, given_name, country, language, consent, safety)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            people,
        )
        db.conn.execute(
            "INSERT INTO suppressions SELECT email, 'unsubscribed', 'bench', '2014-01-01T00:00:00Z'"
            " FROM supporters WHERE supporter_id % 50 = 0"
        )
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _bare(db: Database) -> float:
    db.conn.execute("DROP TABLE IF EXISTS bare")
    db.conn.execute("CREATE TABLE bare (supporter_id INTEGER) STRICT")
    start = time.perf_counter()
    with atomic(db):
        db.conn.execute(f"INSERT INTO bare {SEGMENT}")
    seconds = time.perf_counter() - start
    db.conn.execute("DROP TABLE bare")
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return seconds


def _plan(db: Database, settings: Settings, name: str, rows: int) -> float:
    create_campaign(db, settings, name, template="one-in-two-million", segment="bench", now=NOW)
    start = time.perf_counter()
    planned = plan_campaign(db, settings, name, day=date(2014, 2, 26), now=NOW)
    seconds = time.perf_counter() - start
    if planned.audience != rows:
        raise SystemExit(f"planned {planned.audience} of {rows} people")
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return seconds


if __name__ == "__main__":
    main()
