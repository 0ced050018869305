"""A dispatcher is killed, at every kind of moment, and another goes on."""

from __future__ import annotations

import mailbox
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import doomed
import letters as made
import pytest
from sqlite_utils import Database

from outreach.dispatch import campaigns
from outreach.dispatch.status import CampaignState, Status, status
from outreach.settings import Settings
from outreach.store import open_database

#: two batches and a bit
PEOPLE = 2 * doomed.BATCH + 2
#: more than a run comes to any point
WORKSPACES = PEOPLE + 2


def _dispatched(point: str, *folders: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, doomed.__file__, point, *folders],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def _in_outbox(folder: Path) -> Counter[str]:
    found = mailbox.Maildir(folder / "outbox")
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


def _check(db: Database, folder: Path) -> None:
    got = _in_outbox(folder)
    assert set(got.values()) <= {1}, "somebody got it twice"
    accepted, open_claims = _in_state(db, "accepted"), _in_state(db, "claimed")
    assert accepted <= set(got) <= accepted | _in_state(db, "in_doubt") | open_claims
    assert len(open_claims) <= doomed.BATCH
    assert _status(db).balanced


@pytest.mark.parametrize("point", doomed.POINTS)
def test_killed_at_every_point_of_a_run(
    db: Database, settings: Settings, tmp_path: Path, point: str
) -> None:
    """Only open claims are in doubt, all others get theirs once, and the next run comes to the end.

    A process dies at the first, the second, ... commit, and at each letter: as it is composed,
    handed over, written, and told of.
    """
    made.add_people(db, range(1, PEOPLE + 1))
    made.planned_campaign(db)
    db.close()
    folders = [tmp_path / str(number) for number in range(1, WORKSPACES + 1)]
    for folder in folders:
        folder.mkdir()
        shutil.copy(settings.database, folder)
    ends = _dispatched(point, *folders)
    times = ends.count("killed")
    assert ends == ["killed"] * times + ["ended 0"] * (WORKSPACES - times)
    assert times >= 5
    open_claims: list[set[str]] = []
    for folder in folders:
        database = open_database(folder / "outreach.db")
        _check(database, folder)
        open_claims.append(_in_state(database, "claimed"))
        database.close()

    assert set(_dispatched("never", *folders)) == {"ended 0"}
    for folder, claimed in zip(folders, open_claims, strict=True):
        database = open_database(folder / "outreach.db")
        _check(database, folder)
        assert _in_state(database, "in_doubt") == claimed
        assert _status(database).ledger.accepted == PEOPLE - len(claimed)
        complete = CampaignState.IN_DOUBT if claimed else CampaignState.COMPLETE
        assert _status(database).state is complete
        database.close()


def test_killed_again_and_again_at_any_moment(db: Database, settings: Settings) -> None:
    """Nobody twice, nobody lost, and the end is reached."""
    made.add_people(db, range(1, 401))
    made.planned_campaign(db)
    chance = random.Random(2014)
    for _ in range(6):
        before = _written(settings.root)
        process = _rival(settings.root)
        while process.poll() is None:
            if _written(settings.root) > before:
                time.sleep(chance.random() / 50)
                process.kill()
                process.wait()
        _check(db, settings.root)
    assert _dispatched("never", settings.root) == ["ended 0"]
    _check(db, settings.root)
    ledger = _status(db).ledger
    assert (ledger.planned, ledger.claimed) == (0, 0)
    assert ledger.accepted + ledger.in_doubt == 400


def test_two_dispatchers_at_once_of_whom_one_is_killed(db: Database, settings: Settings) -> None:
    """The other takes over at once and goes on to the end; nobody gets it twice."""
    made.add_people(db, range(1, 401))
    made.planned_campaign(db)
    rivals = [_rival(settings.root), _rival(settings.root)]
    while _written(settings.root) < 100:
        assert all(rival.poll() is None for rival in rivals)
    rivals[0].kill()
    assert rivals[0].wait() < 0
    assert rivals[1].wait() == 0
    _check(db, settings.root)
    ledger = _status(db).ledger
    assert (ledger.planned, ledger.claimed) == (0, 0)
    assert ledger.accepted + ledger.in_doubt == 400
    assert ledger.in_doubt <= doomed.BATCH


def _rival(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, doomed.__file__, "rival", folder])


def _written(folder: Path) -> int:
    return len(list((folder / "outbox").glob("new/*")))
