"""How long the pages of the desk take where there is much.

`python -m benchmarks.desk [--people N] [--json]` makes a list of N people, a campaign of all of
them of which every second letter has left, and a tenth as many follow-ups and gatherings; serves
the desk, and asks for each page three times. A figure is the least of the three, in milliseconds,
beside that of a page that asks the database for nothing but the session.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from outreach.settings import Settings, load
from outreach.store import Database, atomic, open_database
from outreach.workflow.campaigns import create_campaign, plan_campaign
from outreach.workflow.workspace import create_workspace

NOW = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)
MESSAGE = "one-in-two-million"
#: the first reads next to nothing; the two last go through a whole segment or ledger
PAGES = (
    "/keys", "/", "/campaigns", "/campaigns/big", "/campaigns/big/progress",
    "/campaigns/big/left-out", "/campaigns/big/left-out?after={late}", "/followups",
    "/followups?view=all&page=20", "/followups/{some}", "/followups/figures", "/gatherings",
    "/gatherings?page=20", "/supporters/{some}", f"/messages/{MESSAGE}/preview?as={{some}}",
    f"/messages/{MESSAGE}/people?segment=bench&campaign=big", "/reports?campaign=big",
)  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.people)
    if asked.json:
        json.dump(figures, sys.stdout, indent=2)
        print()
    else:
        for page, value in figures.items():
            print(f"{value:>10,.1f} ms  {page}")


def measure(people: int) -> dict[str, float]:
    """Give the milliseconds that each page took."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _workspace(Path(folder) / "workspace")
        with closing(open_database(settings.database)) as db:
            _fill(db, settings, people)
        with _desk(settings) as client:
            return {
                page: min(_asked(client, page) for _ in range(3))
                for page in (page.format(late=people - 500, some=people // 20) for page in PAGES)
            }


def _workspace(folder: Path) -> Settings:
    create_workspace(folder)
    (folder / "segments" / "bench.sql").write_text(
        "-- title: Bench\n-- reason: everybody\nSELECT supporter_id FROM supporters\n", "utf-8"
    )
    return load(folder, environment={})


def _fill(db: Database, settings: Settings, people: int) -> None:
    countries = ["CO", "FR", "GB", "KE", "TG"]
    with atomic(db):
        db.conn.executemany(
            "INSERT INTO supporters (email, given_name, country, consent) VALUES (?, 'Ana', ?, ?)",
            (
                (f"p{n}@example.org", countries[n % 5], "granted" if n % 10 else "denied")
                for n in range(people)
            ),
        )
    create_campaign(db, settings, "big", template=MESSAGE, segment="bench", now=NOW)
    plan_campaign(db, settings, "big", day=NOW.date(), now=NOW)
    with atomic(db):
        db.conn.execute(
            "UPDATE deliveries SET state = 'accepted', provider = 'outbox'"
            " WHERE state = 'planned' AND delivery_id % 2 = 0"
        )
        db.conn.executemany(
            "INSERT INTO followups (stage, name, email, country, opened_at, waiting_since, due_at)"
            " VALUES ('new', 'Ana', ?1, ?2, ?3, ?3, ?4)",
            (
                (f"p{n}@example.org", countries[n % 5], "2014-02-26T09:00:00Z", _due(n))
                for n in range(people // 10)
            ),
        )
        db.conn.executemany(
            "INSERT INTO gatherings (uid, kind, country, place, held_on, organiser)"
            " VALUES (?, 'debate', ?, 'Town', ?, 'Ana')",
            (
                (f"g{n}", countries[n % 5], f"2014-{n % 12 + 1:02}-{n % 28 + 1:02}")
                for n in range(people // 10)
            ),
        )
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _due(number: int) -> str:
    return f"2014-03-{number % 28 + 1:02}T09:00:00Z"


@contextmanager
def _desk(settings: Settings) -> Iterator[httpx.Client]:
    """Serve it, and sign in."""
    command = ["serve", "--port", "0", "--by", "Ada", "--workspace", str(settings.root)]
    with subprocess.Popen(
        [sys.executable, "-m", "outreach", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        lines = iter(process.stdout or ())
        said = next(lines, "") + next(lines, "")
        found = re.search(r"(http://[^/\s]+)(/sign-in/\S+)", said)
        if found is None:
            raise SystemExit(f"the desk gave no link: {said}")
        try:
            with httpx.Client(base_url=found[1], trust_env=False, timeout=600) as client:
                client.post(found[2], data={"x": ""}, headers={"origin": found[1]})
                yield client
        finally:
            process.terminate()


def _asked(client: httpx.Client, page: str) -> float:
    start = time.perf_counter()
    answer = client.get(page)
    took = time.perf_counter() - start
    if answer.status_code != 200:
        raise SystemExit(f"{page} gave {answer.status_code}")
    return round(took * 1000, 1)


if __name__ == "__main__":
    main()
