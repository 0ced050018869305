"""`outreach serve`, as a person starts it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import httpx
from desking import Browser
from serving import until

from outreach.dispatch import approvals, campaigns
from outreach.dispatch.status import CampaignState
from outreach.settings import Settings
from outreach.store import Database, open_database
from outreach.workflow.approving import approve_campaign
from outreach.workflow.campaigns import campaign_status, plan_campaign
from outreach.workflow.staff import add_staff

_LINK = re.compile(r"To sign in as Maria, .*: (http://127\.0\.0\.1:\d+)(/\S+)\n")


@contextmanager
def _served(settings: Settings, *more: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run it, and give the process and the two lines that it prints."""
    arguments = ["--workspace", str(settings.root), "serve", "--port", "0", *more]
    with subprocess.Popen(
        [sys.executable, "-m", "outreach", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "OUTREACH_STAFF": ""},
    ) as process:
        assert process.stdout is not None
        try:
            yield process, [process.stdout.readline() for _ in range(2)]
        finally:
            process.terminate()
            process.communicate()


def test_whoever_starts_it_first_gets_in_as_its_admin(house: Settings) -> None:
    """By a link that works once; whoever is not of the staff gets none."""
    with _served(house, "--by", "Maria") as (_, said):
        found = _LINK.fullmatch(said[1])
        assert found is not None
        with httpx.Client(base_url=found[1], trust_env=False, timeout=30) as client:
            form = {"data": {"x": ""}, "headers": {"origin": found[1]}}
            assert client.post(found[2], **form).status_code == 303
            assert "(admin)" in client.get("/").text
            assert client.post(found[2], **form).status_code == 404
    with _served(house, "--by", "Eve") as (_, said):
        assert "sign-in" not in "".join(said)
        assert "outreach staff link NAME" in said[1]


def test_it_stops_while_somebody_watches(house: Settings) -> None:
    """A stream of live counts is ended, and nobody is cut off in the midst of it."""
    with _served(house, "--by", "Maria") as (process, said):
        found = _LINK.fullmatch(said[1])
        assert found is not None
        url, link = found.groups()
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            client.post(link, data={"x": ""}, headers={"origin": url})
            with client.stream("GET", "/campaigns/autumn/live") as stream:
                lines = stream.iter_lines()
                assert next(lines).startswith("data: ")
                process.terminate()
                assert "".join(lines) == ""


def _approved(db: Database, settings: Settings, people: int) -> None:
    """Let `autumn` go to so many more people, with everybody's word."""
    now = datetime.now(UTC)
    db.conn.executemany(
        "INSERT INTO supporters (email, consent) VALUES (?, 'granted')",
        [(f"more{n}@example.org",) for n in range(people)],
    )
    plan_campaign(db, settings, "autumn", day=now.date(), by="Maria", now=now)
    planned = campaigns.get(db, "autumn")
    approvals.note_test(db, planned.content_hash, now.date(), now)
    approve_campaign(db, settings, "autumn", by="Noor", now=now)


def test_what_it_began_to_send_goes_on_when_it_is_stopped(house: Settings) -> None:
    """The run is nobody's child any more, and each letter leaves once."""
    # more than leave while the desk waits for a first word of it
    people = 4000
    with closing(open_database(house.database)) as db:
        _approved(db, house, people)
        with _served(house, "--by", "Maria") as (process, said):
            found = _LINK.fullmatch(said[1])
            assert found is not None
            url, link = found.groups()
            with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
                browser = Browser(client, url)
                browser.post(link, {"x": ""})
                sent = browser.send("/campaigns/autumn", "/campaigns/autumn/send")
                assert browser.result(sent).startswith(("Sending has begun", "Sent through"))
            process.terminate()
            process.wait(timeout=30)
        until(lambda: campaign_status(db, "autumn").state is CampaignState.COMPLETE)
        assert campaign_status(db, "autumn").ledger.accepted == people + 23
    assert len(list(house.outbox_dir.glob("new/[0-9]*.eml"))) == people + 23


def test_behind_a_proxy_the_address_of_the_settings_is_told(house: Settings) -> None:
    """And the local one as what the proxy asks: a browser would be turned away there."""
    file = house.root / "outreach.toml"
    before, section, after = file.read_text().partition("[desk]\n")
    after = re.sub(
        r'^(# )?url = ""', 'url = "https://desk.house.example"', after, count=1, flags=re.M
    )
    file.write_text(before + section + after)
    with _served(house, "--by", "Maria") as (process, said):
        assert said[0] == "The desk: https://desk.house.example\n"
        assert said[1].startswith("What the proxy in front of it asks: http://127.0.0.1:")
        assert process.stdout is not None
        assert "https://desk.house.example/sign-in/" in process.stdout.readline()


def test_where_others_could_read_along_it_warns(house: Settings) -> None:
    """No machine is called 0.0.0.0: an address is told that a browser can open."""
    with _served(house, "--by", "Maria", "--host", "0.0.0.0") as (_, said):  # noqa: S104
        assert "0.0.0.0" not in said[0]  # noqa: S104
        assert said[1].startswith("Warning: others can read along, as this is plain HTTP.")


def test_where_nobody_is_an_admin_it_says_how_to_make_one(house: Settings) -> None:
    """As a workspace of an earlier version may be."""
    with closing(open_database(house.database)) as db:
        add_staff(db, "Noor", role="viewer", now=datetime.now(UTC))
    with _served(house, "--by", "Eve") as (process, said):
        assert "outreach staff link NAME" in said[1]
        assert process.stdout is not None
        assert "outreach staff add NAME --role admin" in process.stdout.readline()
