"""Under load, and in the midst of it killed: nobody is kept out, and nothing that came is lost."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Thread

import httpx
import posting
from desking import Staffed
from readers import Public
from serving import Served, command, served, until
from slowclients import Crowd

from outreach.settings import Settings
from outreach.store import open_database
from outreach.tracking import sendgrid
from outreach.web.desk.app import desk_app
from outreach.web.public.app import public_app

SLOW = 2000
KILLS = 3
#: answers before each of them
ANSWERS = 25


def _with_key(sent: Settings) -> None:
    """Write the key into the file, for a server that is a process of its own."""
    file = sent.root / "outreach.toml"
    text = file.read_text("utf-8")
    file.write_text(
        text.replace('webhook_key = ""', f'webhook_key = "{posting.public()}"'), "utf-8"
    )


def _post(client: httpx.Client, raw: bytes) -> httpx.Response:
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": posting.sign(raw),
        "X-Twilio-Email-Event-Webhook-Timestamp": posting.TIMESTAMP,
    }
    return client.post("/webhooks/events", content=raw, headers=headers)


def test_two_thousand_slow_clients_keep_nobody_out(sent: Settings) -> None:
    """Neither readers who leave, nor posts of events, nor staff at their desk."""
    _with_key(sent)
    event = posting.event("delivered", "1-1", "p1@example.org")
    with (
        command(sent) as (_, url),
        served(desk_app(sent)) as desk,
        closing(open_database(sent.database)) as db,
        closing(Staffed(db, sent, desk)) as staffed,
        Crowd(url, SLOW) as crowd,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        public = Public(db, sent, Served(url, client))
        maria = staffed.enter("Maria")
        for number in range(1, 11):
            hung_up = crowd.trickle(SLOW // 10)
            assert client.post(public.leave(number)).status_code == 200
            assert client.get("/subscribe").status_code == 200
            raw = posting.body({**event, "sg_event_id": f"e{number}"})
            assert _post(client, raw).status_code == 200
            assert "spring" in maria.page("/campaigns")
            # they are still there, or this would prove nothing
            assert hung_up < SLOW // 20
        assert len(public.suppressed) == 10


def _load(url: str, names: Callable[[], str], answered: set[str]) -> None:
    """Post bodies of some events until nobody answers; note the events of those taken."""
    with httpx.Client(base_url=url, trust_env=False) as client, suppress(httpx.HTTPError):
        while True:
            ids = [names() for _ in range(20)]
            raw = posting.body(
                *(
                    posting.event("delivered", "1-1", "p1@example.org", sg_event_id=name)
                    for name in ids
                )
            )
            if _post(client, raw).status_code == 200:
                answered.update(ids)


def _stored(sent: Settings) -> set[str]:
    """The ids of all events of which the bodies are stored."""
    with closing(sqlite3.connect(sent.database)) as db:
        bodies = [zlib.decompress(raw) for (raw,) in db.execute("SELECT raw FROM provider_bodies")]
    return {said.sg_event_id for raw in bodies for said in sendgrid.read(raw)}


def test_killed_under_load_nothing_that_was_answered_is_lost(sent: Settings) -> None:
    """Again and again. What is stored is understood by the next run, here or by cron."""
    _with_key(sent)
    answered: set[str] = set()
    numbers = iter(range(10**9))
    for _ in range(KILLS):
        before = len(answered)
        with command(sent) as (process, url):
            threads = [
                Thread(target=_load, args=(url, lambda: f"e{next(numbers)}", answered))
                for _ in range(3)
            ]
            for thread in threads:
                thread.start()
            until(lambda: len(answered) > before + 20 * ANSWERS)  # noqa: B023
            process.kill()
            for thread in threads:
                thread.join()
        assert answered <= _stored(sent)
    with served(public_app(sent)), closing(sqlite3.connect(sent.database)) as db:
        waiting = "SELECT 1 FROM provider_bodies WHERE understood_at = ''"
        until(lambda: db.execute(waiting).fetchone() is None)
        keys = {key.split()[-1] for (key,) in db.execute("SELECT event_key FROM provider_events")}
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert answered <= keys
