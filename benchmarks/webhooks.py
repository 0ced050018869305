"""How SendGrid's posts are taken in, beside the least that an endpoint can do with them.

`python -m benchmarks.webhooks [--posts N ...] [--people N] [--json]` posts N bodies of 1,000
events over real sockets, four at a time: first to a bare Starlette endpoint that parses each with
msgspec and inserts its events under a text primary key, then to ours, which also verifies the
signature. Each runs in a process of its own, on uvicorn, with SQLite as we open it (WAL, full
durability). `answered` is the rate of answers, `understood` the rate at which what waits is
understood once nobody posts any more, both also as ratios to the bare endpoint's. The bare key is
random, so the more events there are the slower it gets: each N is measured by itself.

`unsubscribe_p99` is of the POST to the unsubscribe page, alone and while another process posts
events as fast as they are answered. `slow_unsubscribe_p99` and `slow_desk_p99` are of that and of
the desk's list of campaigns while a third process holds 2,000 connections to the public side and
sends a byte on each now and then: in the midst of headers, of a form, or of a body of events.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import httpx
import letters as made
import msgspec
import posting
import slowclients
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from outreach import tokens
from outreach.settings import load
from outreach.store import open_database, signing_keys
from outreach.web import serving
from outreach.web.desk.app import desk_app
from outreach.web.public.app import public_app
from outreach.workflow import staff
from outreach.workflow.workspace import create_workspace

EVENTS = 1000
#: requests of each sort of which the slowest hundredth is told
ASKED = 500
SLOW = 2000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--posts", type=int, nargs="+", default=[60, 300])
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures: dict[str, float] = {}
    for posts in asked.posts:
        with tempfile.TemporaryDirectory(prefix="bench") as folder:
            rates = measure_rates(Path(folder), posts, asked.people)
        figures |= {f"{name}_{posts}": value for name, value in rates.items()}
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        figures |= measure_waits(Path(folder), max(asked.posts), asked.people)
    figures["load_average"] = round(os.getloadavg()[0], 1)
    if asked.json:
        json.dump(figures, sys.stdout, indent=2)
        print()
    else:
        for name, value in figures.items():
            print(f"{name:32} {value:>10}")


def measure_rates(folder: Path, posts: int, people: int) -> dict[str, float]:
    """Give rates of posts a second, and their ratios."""
    root = _workspace(folder / "workspace", people)
    bodies = _bodies(folder / "bodies", posts, people)
    with _running(_bare, folder / "bare.db") as url:
        bare = _rate(f"{url}/", bodies)
    with _running(_public, root) as url:
        answered = _rate(f"{url}/webhooks/events", bodies)
        begun, left = time.perf_counter(), _waiting(root)
        while _waiting(root):
            time.sleep(0.01)
        understood = left / (time.perf_counter() - begun)
    return {
        "bare_posts_per_s": round(bare, 1),
        "answered_posts_per_s": round(answered, 1),
        "understood_posts_per_s": round(understood, 1),
        "answered_ratio": round(answered / bare, 2),
        "understood_ratio": round(understood / bare, 2),
    }


def measure_waits(folder: Path, posts: int, people: int) -> dict[str, float]:
    """Give the 99th percentiles in milliseconds, and their ratios."""
    root = _workspace(folder / "workspace", people)
    bodies = _bodies(folder / "bodies", posts, people)
    with closing(open_database(root / "outreach.db")) as db:
        key, _ = signing_keys(db, made.START)
        now = datetime.now(UTC)
        staff.add_staff(db, "Maria", role="admin", now=now)
        way_in = f"/sign-in/{staff.login_secret(db, 'Maria', now=now)}"
    numbers = iter(range(1, people + 1))
    with _running(_public, root) as url, _running(_desk, root) as desk:
        public, maria = (httpx.Client(base_url=at, trust_env=False) for at in (url, desk))
        maria.post(way_in, data={"x": ""}, headers={"origin": desk})

        def leave() -> None:
            token = tokens.sign(key, tokens.Purpose.UNSUBSCRIBE, next(numbers))
            public.post(f"/u/{token}").raise_for_status()

        def look() -> None:
            maria.get("/campaigns").raise_for_status()

        idle, desk_idle = _p99(leave), _p99(look)
        with _meanwhile(_rate, f"{url}/webhooks/events", bodies) as loading:
            busy = _p99(leave, loading.is_alive)
        with _meanwhile(slowclients.hold, url, SLOW):
            slow, desk_slow = _p99(leave), _p99(look)
    return {
        "unsubscribe_p99_idle_ms": idle,
        "unsubscribe_p99_busy_ms": busy,
        "unsubscribe_p99_ratio": round(busy / idle, 2),
        "slow_unsubscribe_p99_ms": slow,
        "slow_unsubscribe_p99_ratio": round(slow / idle, 2),
        "desk_p99_idle_ms": desk_idle,
        "slow_desk_p99_ms": desk_slow,
        "slow_desk_p99_ratio": round(desk_slow / desk_idle, 2),
    }


def _p99(ask: Callable[[], None], go_on: Callable[[], bool] = lambda: True) -> float:
    """Ask again and again, while `go_on` says so; give the 99th percentile in milliseconds."""
    ask()
    took = []
    while len(took) < ASKED and go_on():
        begun = time.perf_counter()
        ask()
        took.append(time.perf_counter() - begun)
    return round(statistics.quantiles(took, n=100)[98] * 1000, 1)


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


def _bodies(folder: Path, posts: int, people: int) -> list[tuple[Path, str]]:
    """Write so many bodies; give where each is, and its signature."""
    folder.mkdir()
    written = []
    for number in range(posts):
        raw = _body(number, people)
        file = folder / f"{number}.json"
        file.write_bytes(raw)
        written.append((file, posting.sign(raw)))
    return written


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


def _rate(url: str, bodies: list[tuple[Path, str]]) -> float:
    """Post all, four at a time, and give how many a second were answered."""
    answered = 0

    def post(some: list[tuple[Path, str]]) -> None:
        nonlocal answered
        with httpx.Client(trust_env=False, timeout=120) as client:
            for file, signature in some:
                headers = {
                    "content-type": "application/json",
                    "X-Twilio-Email-Event-Webhook-Signature": signature,
                    "X-Twilio-Email-Event-Webhook-Timestamp": posting.TIMESTAMP,
                }
                client.post(url, content=file.read_bytes(), headers=headers).raise_for_status()
                answered += 1

    threads = [Thread(target=post, args=(bodies[n::4],)) for n in range(4)]
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


def _public(root: Path) -> Starlette:
    return public_app(load(root, environment={}))


def _desk(root: Path) -> Starlette:
    return desk_app(load(root, environment={}))


def _serve(make: Callable[[Path], Starlette], where: Path, told: Connection) -> None:
    listener = serving.listen("127.0.0.1", 0)
    told.send(serving.address_of(listener))
    serving.run(make(where), listener)


@contextmanager
def _running(make: Callable[[Path], Starlette], where: Path) -> Iterator[str]:
    """Serve an application in a process of its own; gives its address."""
    here, there = multiprocessing.Pipe()
    with _meanwhile(_serve, make, where, there):
        yield here.recv()


@contextmanager
def _meanwhile(
    work: Callable[..., object], *arguments: object
) -> Iterator[multiprocessing.process.BaseProcess]:
    """Have something done by a process of its own until the end of the block."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments, daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.terminate()
        process.join()


if __name__ == "__main__":
    main()
