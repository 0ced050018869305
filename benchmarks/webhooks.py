"""How SendGrid's posts are taken in, beside the least that an endpoint can do with them.

`python -m benchmarks.webhooks [--posts N] [--people N] [--json]` posts N bodies of 1,000 events
over real sockets, four at a time: first to a bare Starlette endpoint that parses each with msgspec
and inserts its events under a text primary key, then to ours, which also verifies the signature.
Each runs in a process of its own, on uvicorn, with SQLite as we open it (WAL, full durability).
`answered` is the rate of answers, `understood` the rate at which what waits is understood once
nobody posts any more, both also as ratios to the bare endpoint's. `unsubscribe_p99` compares the
slowest of the POSTs to the unsubscribe page, alone and while events are posted.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import secrets
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import httpx
import letters as made
import msgspec
import posting
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from outreach import tokens
from outreach.settings import load
from outreach.store import open_database, signing_keys
from outreach.web import serving
from outreach.web.public.app import public_app
from outreach.workflow.workspace import create_workspace

EVENTS = 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--posts", type=int, default=60)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        figures = measure(Path(folder), asked.posts, asked.people)
    if asked.json:
        json.dump(figures, sys.stdout, indent=2)
        print()
    else:
        for name, value in figures.items():
            print(f"{name:28} {value:>10}")


def measure(folder: Path, posts: int, people: int) -> dict[str, float]:
    """Give rates of posts a second, their ratios, and times in milliseconds."""
    root = _workspace(folder / "workspace", people)
    bodies = [_body(number, people) for number in range(posts)]
    with _running(_bare, folder / "bare.db") as url:
        bare = _rate(url, "/", bodies)
    with _running(_ours, root) as url:
        answered = _rate(url, "/webhooks/events", bodies)
        begun, left = time.perf_counter(), _waiting(root)
        while _waiting(root):
            time.sleep(0.01)
        understood = left / (time.perf_counter() - begun)
    shutil.copytree(root, folder / "second")
    idle, busy = _unsubscribing(folder / "second", people, bodies)
    return {
        "bare_posts_per_s": round(bare, 1),
        "answered_posts_per_s": round(answered, 1),
        "understood_posts_per_s": round(understood, 1),
        "answered_ratio": round(answered / bare, 2),
        "understood_ratio": round(understood / bare, 2),
        "unsubscribe_p99_idle_ms": round(idle * 1000, 1),
        "unsubscribe_p99_busy_ms": round(busy * 1000, 1),
        "unsubscribe_p99_ratio": round(busy / idle, 2),
    }


def _workspace(root: Path, people: int) -> Path:
    """Make a workspace whose campaign went to so many people."""
    create_workspace(root)
    file = root / "outreach.toml"
    text = file.read_text("utf-8").replace(
        'webhook_key = ""', f'webhook_key = "{posting.public()}"'
    )
    file.write_text(text, "utf-8")
    with closing(open_database(root / "outreach.db")) as db:
        made.add_people(db, range(1, people + 1))
        made.planned_campaign(db)
        db.conn.execute("UPDATE deliveries SET state = 'accepted', attempts = 1")
        signing_keys(db, made.START)
    return root


def _body(number: int, people: int) -> bytes:
    events = []
    for place in range(EVENTS):
        person = (number * EVENTS + place) % people + 1
        events.append(
            posting.event(
                ("processed", "delivered", "deferred")[place % 3],
                f"{person}-1",
                f"p{person}@example.org",
                sg_event_id=secrets.token_urlsafe(22),
                sg_message_id=f"{secrets.token_urlsafe(16)}.recvd-{number}",
                timestamp=1393405200 + number,
                response="250 2.0.0 OK 1393405200 a1-20020a05600c0a0100b0034abc",
            )
        )
    return posting.body(*events)


def _headers(raw: bytes) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "X-Twilio-Email-Event-Webhook-Signature": posting.sign(raw),
        "X-Twilio-Email-Event-Webhook-Timestamp": posting.TIMESTAMP,
    }


def _rate(url: str, path: str, bodies: list[bytes]) -> float:
    """Post all, four at a time, and give how many a second were answered."""
    signed = [(raw, _headers(raw)) for raw in bodies]
    answered = 0

    def post(some: list[tuple[bytes, dict[str, str]]]) -> None:
        nonlocal answered
        with httpx.Client(base_url=url, trust_env=False, timeout=120) as client:
            for raw, headers in some:
                client.post(path, content=raw, headers=headers).raise_for_status()
                answered += 1

    threads = [Thread(target=post, args=(signed[n::4],)) for n in range(4)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    if answered != len(bodies):
        raise SystemExit(f"only {answered} of {len(bodies)} posts were taken")
    return len(bodies) / took


def _waiting(root: Path) -> int:
    with closing(sqlite3.connect(root / "outreach.db")) as db:
        asked = "SELECT count(*) FROM provider_bodies WHERE understood_at = ''"
        return int(db.execute(asked).fetchone()[0])


def _unsubscribing(root: Path, people: int, bodies: list[bytes]) -> tuple[float, float]:
    """Give the 99th percentile of the POST, alone and while events are posted."""
    with closing(open_database(root / "outreach.db")) as db:
        key, _ = signing_keys(db, made.START)
        db.conn.execute("DELETE FROM provider_events")
        db.conn.execute("DELETE FROM provider_bodies")
    paths = iter(
        f"/u/{tokens.sign(key, tokens.Purpose.UNSUBSCRIBE, number)}"
        for number in range(1, people + 1)
    )
    with _running(_ours, root) as url, httpx.Client(base_url=url, trust_env=False) as client:

        def once() -> float:
            begun = time.perf_counter()
            client.post(next(paths)).raise_for_status()
            return time.perf_counter() - begun

        idle = [once() for _ in range(300)]
        done = Event()

        def load() -> None:
            _rate(url, "/webhooks/events", bodies)
            done.set()

        loading = Thread(target=load)
        loading.start()
        busy = []
        while not done.is_set():
            busy.append(once())
        loading.join()
    return statistics.quantiles(idle, n=100)[98], statistics.quantiles(busy, n=100)[98]


def _bare(where: Path) -> Starlette:
    """The least that an endpoint can do: parse, insert, commit."""
    db = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -32000"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("CREATE TABLE events (event_id TEXT PRIMARY KEY, kind TEXT, email TEXT, raw TEXT)")

    async def take(request: Request) -> Response:
        rows = [
            (one["sg_event_id"], one["event"], one["email"], one["response"])
            for one in msgspec.json.decode(await request.body())
        ]
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)", rows)
        db.execute("COMMIT")
        return Response()

    return Starlette(routes=[Route("/", take, methods=["POST"])])


def _ours(root: Path) -> Starlette:
    return public_app(load(root, environment={}))


def _serve(make: object, where: Path, told: Connection) -> None:
    listener = serving.listen("127.0.0.1", 0)
    told.send(serving.address_of(listener))
    serving.run(make(where), listener)  # type: ignore[operator]


@contextmanager
def _running(make: object, where: Path) -> Iterator[str]:
    """Serve an application in a process of its own; gives its address."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(make, where, there), daemon=True
    )
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


if __name__ == "__main__":
    main()
