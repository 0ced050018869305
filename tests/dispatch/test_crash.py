"""A dispatcher is killed, at every kind of moment, and another goes on."""

from __future__ import annotations

import mailbox
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import letters as made
import pytest
from sqlite_utils import Database

from outreach.dispatch import campaigns
from outreach.dispatch.status import CampaignState, Status, status
from outreach.settings import Settings

PEOPLE = 60


def _start(settings: Settings, point: str) -> subprocess.Popen[bytes]:
    script = Path(__file__).with_name("doomed.py")
    return subprocess.Popen([sys.executable, script, settings.root, point])


def _in_outbox(settings: Settings) -> Counter[str]:
    found = mailbox.Maildir(settings.root / "outbox", create=False)
    mails = [message_from_bytes(found.get_bytes(key), policy=default) for key in found.keys()]  # noqa: SIM118
    return Counter(mail["To"].addresses[0].addr_spec for mail in mails)


def _in_state(db: Database, state: str) -> set[str]:
    rows = db.conn.execute(
        "SELECT email FROM deliveries JOIN supporters USING (supporter_id) WHERE state = ?",
        [state],
    )
    return {email for (email,) in rows}


def _status(db: Database) -> Status:
    return status(db, campaigns.get(db, "spring"))


def _check(db: Database, settings: Settings) -> None:
    got = _in_outbox(settings)
    assert set(got.values()) <= {1}, "somebody got it twice"
    accepted, doubts = _in_state(db, "accepted"), _in_state(db, "in_doubt")
    assert accepted <= set(got) <= accepted | doubts | _in_state(db, "claimed")
    assert _status(db).balanced


@pytest.mark.parametrize(
    ("point", "written", "open_claims"),
    [("composing", 20, 0), ("before", 20, 10), ("between", 24, 10), ("after", 30, 10)],
)
def test_after_a_kill_only_the_open_claims_are_in_doubt(
    db: Database, settings: Settings, point: str, written: int, open_claims: int
) -> None:
    """Killed in the third batch: what the transport had is in doubt, all others get theirs once."""
    made.add_people(db, range(1, PEOPLE + 1))
    made.planned_campaign(db)
    assert _start(settings, point).wait() == -signal.SIGKILL
    assert len(_in_outbox(settings)) == written
    ledger = _status(db).ledger
    assert (ledger.accepted, ledger.claimed, ledger.planned) == (20, open_claims, 40 - open_claims)
    claimed = _in_state(db, "claimed")
    _check(db, settings)

    assert _start(settings, "never").wait() == 0
    assert _in_state(db, "in_doubt") == claimed
    assert _status(db).ledger.accepted == PEOPLE - open_claims
    doubts = CampaignState.IN_DOUBT if open_claims else CampaignState.COMPLETE
    assert _status(db).state is doubts
    _check(db, settings)


def test_killed_again_and_again_at_any_moment(db: Database, settings: Settings) -> None:
    """Nobody twice, nobody lost, and the end is reached."""
    made.add_people(db, range(1, 1501))
    made.planned_campaign(db)
    chance = random.Random(2014)
    for _ in range(6):
        before = len(list((settings.root / "outbox").glob("new/*")))
        process = _start(settings, "never")
        while process.poll() is None:
            if len(list((settings.root / "outbox").glob("new/*"))) > before:
                time.sleep(chance.random() / 50)
                process.kill()
                process.wait()
        _check(db, settings)
    assert _start(settings, "never").wait() == 0
    _check(db, settings)
    ledger = _status(db).ledger
    assert (ledger.planned, ledger.claimed) == (0, 0)
    assert ledger.accepted + ledger.in_doubt == 1500
