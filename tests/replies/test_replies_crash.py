"""Killed at any commit, and begun again, taking mails in comes to the same end."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from answering import VOLUNTEERS, Sent
from test_consequences import bounce

SCRIPT = Path(__file__).with_name("doomed_replies.py")


def test_a_crash_at_any_commit_changes_nothing_in_the_end(sent: Sent, tmp_path: Path) -> None:
    """From files, from a mailbox whose mails are moved, and when they are understood again.

    Nothing is lost, nobody is silenced or put into the queue twice, and no mail is moved that is
    not stored.
    """
    sent.mail(VOLUNTEERS)
    sent.mail("STOP", sender="amina@example.org")
    sent.mail("How do I send it?")
    bounce(sent, status="5.1.1", words="user unknown")
    sent.mail("Auto-reply", headers="Auto-Submitted: auto-replied\n")
    sent.db.close()
    folder = tmp_path / "doomed"
    shutil.copytree(sent.settings.root, folder / "workspace")
    shutil.copytree(sent.folder, folder / "mails")
    done = subprocess.run(
        [sys.executable, SCRIPT, folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")[:-1]
    assert [line for line in lines if not line.endswith(" same")] == []
    ways = [line.split()[0] for line in lines]
    # five mails, two of them a commit, or one where they are understood again
    assert all(ways.count(way) >= 4 for way in ("import", "fetch", "reprocess"))
