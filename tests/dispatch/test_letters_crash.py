"""A courier is killed, at every kind of moment, and another goes on."""

from __future__ import annotations

import mailbox
import shutil
import subprocess
import sys
from collections import Counter
from email import message_from_bytes
from pathlib import Path

import doomed
import doomed_letters
import pytest
from corresponding import Writing
from sqlite_utils import Database

from outreach.settings import Settings
from outreach.store import open_database
from outreach.workflow.letters import list_letters

#: a batch and a bit
PEOPLE = doomed_letters.BATCH + 2


def _run(point: str, *folders: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, doomed_letters.__file__, point, *folders],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def _in_outbox(folder: Path) -> Counter[str]:
    found = mailbox.Maildir(folder / "outbox")
    return Counter(
        message_from_bytes(found.get_bytes(key))["To"]
        for key in found.keys()  # noqa: SIM118
    )


def _states(folder: Path) -> dict[str, set[str]]:
    db = open_database(folder / "outreach.db")
    states: dict[str, set[str]] = {"accepted": set(), "in_doubt": set(), "claimed": set()}
    for letter in list_letters(db):
        states.setdefault(letter.state, set()).add(letter.email)
    db.close()
    return states


@pytest.mark.parametrize("point", doomed_letters.POINTS)
def test_killed_at_every_point_of_a_run(
    db: Database, settings: Settings, tmp_path: Path, point: str
) -> None:
    """Only open claims are in doubt, all others get theirs once, and the next run ends it."""
    writing = Writing(db, settings)
    for number in range(PEOPLE):
        writing.write(f"p{number}@example.org")
    db.close()
    folders = [tmp_path / str(number) for number in range(1, PEOPLE + 3)]
    for folder in folders:
        folder.mkdir()
        for name in ("outreach.db", "outreach.toml"):
            shutil.copy(settings.root / name, folder)
    ends = _run(point, *folders)
    assert ends.count("killed") >= 3
    claims = []
    for folder in folders:
        got, states = _in_outbox(folder), _states(folder)
        assert set(got.values()) <= {1}
        assert states["accepted"] <= set(got) <= states["accepted"] | states["claimed"]
        claims.append(states["claimed"])

    for folder in folders:
        doomed_letters.send(folder, doomed.Doom("never", 1))
    for folder, claimed in zip(folders, claims, strict=True):
        got, states = _in_outbox(folder), _states(folder)
        assert set(got.values()) <= {1}, "somebody got it twice"
        assert states["in_doubt"] == claimed
        assert len(states["accepted"]) == PEOPLE - len(claimed)
        assert set(got) >= states["accepted"]


def test_two_couriers_at_once_send_each_letter_once(db: Database, settings: Settings) -> None:
    """As two crontabs would."""
    writing = Writing(db, settings)
    for number in range(40):
        writing.write(f"p{number}@example.org")
    rivals = [
        subprocess.Popen([sys.executable, doomed_letters.__file__, "rival", settings.root])
        for _ in range(2)
    ]
    assert [rival.wait() for rival in rivals] == [0, 0]
    assert set(_in_outbox(settings.root).values()) == {1}
    assert len(_states(settings.root)["accepted"]) == 40
