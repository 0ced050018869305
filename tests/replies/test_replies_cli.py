"""`outreach replies`: as a mail server's pipe, from the crontab, and what staff see of failures."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from answering import VOLUNTEERS, Sent
from click.testing import CliRunner, Result
from standins_imap import FaultyImap

from outreach.cli import exits, main

MAIL = b"From: jean@example.org\r\nSubject: Re: x\r\nMessage-ID: <1@x>\r\n\r\nHello?\r\n"


def pipe(workspace: Path, raw: bytes, *args: str) -> subprocess.CompletedProcess[bytes]:
    """Hand a mail over as a mail server does."""
    command = [sys.executable, "-m", "outreach", "replies", "import", "-", *args]
    # a mail server gives a command next to no environment
    environment = {"PATH": os.defpath, "OUTREACH_WORKSPACE": str(workspace)}
    return subprocess.run(
        command, input=raw, capture_output=True, env=environment, cwd="/", check=False
    )


def run(sent: Sent, *args: str, stdin: bytes = b"", **environment: str) -> Result:
    """Run a command of `outreach replies` in the workspace."""
    command = ["replies", *args, "--workspace", str(sent.settings.root)]
    return CliRunner(env=environment).invoke(main, command, input=stdin)


def test_a_mail_on_standard_input_is_taken_in_and_said_nothing_of(sent: Sent) -> None:
    """What a pipe says, the mail server may send to whoever wrote."""
    done = pipe(sent.settings.root, MAIL)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert sent.one("SELECT source, kind FROM inbound JOIN replies USING (inbound_id)") == (
        ("standard input", "question")
    )
    assert pipe(sent.settings.root, MAIL).returncode == 0
    assert sent.one("SELECT count(*) FROM inbound") == (1,)


def test_while_somebody_else_writes_the_mail_server_is_told_to_try_again(sent: Sent) -> None:
    """And then nothing is stored."""
    other = sqlite3.connect(sent.settings.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        done = pipe(sent.settings.root, MAIL)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert done.returncode == exits.TRY_AGAIN
    assert sent.all("SELECT * FROM inbound") == []


@pytest.mark.parametrize("wrong", ["workspace", "database", "settings"])
def test_whatever_is_wrong_with_us_the_mail_server_keeps_the_mail(
    sent: Sent, tmp_path: Path, wrong: str
) -> None:
    """Any other code would send it back to whoever wrote it."""
    root = sent.settings.root
    sent.db.close()
    if wrong == "workspace":
        root = tmp_path / "moved"
    elif wrong == "database":
        sent.settings.database.write_bytes(b"no database" * 100)
    else:
        (root / "outreach.toml").write_text("[smtp]\nport = 'x'\n", encoding="utf-8")
    assert pipe(root, MAIL).returncode == exits.TRY_AGAIN


def test_a_mail_that_is_stored_is_taken_in_whatever_becomes_of_it(sent: Sent) -> None:
    """What can't be understood waits; the mail server need not keep it."""
    sent.db.conn.execute(
        "CREATE TRIGGER stop BEFORE INSERT ON replies BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    assert pipe(sent.settings.root, MAIL).returncode == 0
    failed = run(sent, "failed")
    assert failed.exit_code == exits.FOUND
    assert "jean@example.org" in failed.output
    sent.db.conn.execute("DROP TRIGGER stop")
    assert run(sent, "reprocess").exit_code == 0
    failed = run(sent, "failed")
    assert (failed.exit_code, "understood" in failed.output) == (0, True)


def test_a_pipe_does_not_wait_for_mails_that_another_run_left(sent: Sent) -> None:
    """It stores its own and ends."""
    sent.db.conn.execute(
        "INSERT INTO inbound (dedupe_key, source, received_at, raw) VALUES (x'01', '', '', x'')"
    )
    assert pipe(sent.settings.root, MAIL).returncode == 0
    assert sent.all("SELECT inbound_id FROM replies") == [(2,)]


def test_nothing_and_an_mbox_may_be_handed_over(sent: Sent) -> None:
    """Nothing is no mail; of an mbox each is one."""
    assert run(sent, "import", "-", stdin=b"\n").exit_code == exits.FOUND
    start = b"From jean@example.org Wed Feb 26 10:00:00 2014\n"
    mails = [MAIL.replace(b"\r\n", b"\n"), b"Subject: b\n\nFrom Lubumbashi\n"]
    mbox = b"\n".join(start + mail for mail in mails)
    assert run(sent, "import", "-", stdin=mbox).exit_code == 0
    sources = [source for (source,) in sent.all("SELECT source FROM inbound ORDER BY inbound_id")]
    assert sources == ["standard input", "standard input, mail 2"]


def with_mailbox(sent: Sent, server: FaultyImap, **more: str) -> None:
    """Write a mailbox into outreach.toml."""
    box = {"host": '"127.0.0.1"', "port": server.port, "security": '"none"', **more}
    box = {"user": f'"{server.user}"', **box}
    lines = "".join(f"{name} = {value}\n" for name, value in box.items())
    with (sent.settings.root / "outreach.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[[mailbox]]\n{lines}")


def test_fetch_says_one_line_where_something_came_and_else_nothing(sent: Sent) -> None:
    """So that the crontab sends no mail without a reason."""
    with FaultyImap() as server:
        with_mailbox(sent, server)
        server.add(MAIL, sent.mail(VOLUNTEERS).read_bytes())
        secret = {"OUTREACH_IMAP_PASSWORD": server.password}
        done = run(sent, "fetch", **secret)
        assert done.exit_code == 0
        assert done.output.startswith("outreach replies fetch: 2 new mails (1 ")
        assert done.output.count("\n") == 1
        done = run(sent, "fetch", **secret)
        assert (done.exit_code, done.output) == (0, "")
        assert '"new": 0' in run(sent, "fetch", "--json", **secret).output


def test_fetch_names_the_mailbox_that_fails_and_reads_the_others(sent: Sent) -> None:
    """Its exit code is that of the failure."""
    with FaultyImap() as server, FaultyImap(user="b@example.org") as other:
        with_mailbox(sent, server, name='"first"')
        with_mailbox(sent, other, name='"second"')
        other.add(MAIL)
        done = run(sent, "fetch", OUTREACH_IMAP_PASSWORD_SECOND=other.password)
    assert done.exit_code == 78
    assert "set OUTREACH_IMAP_PASSWORD_FIRST" in done.stderr
    assert done.stdout.count("\n") == 1


def test_fetch_tells_of_a_mail_that_was_not_given_once(sent: Sent) -> None:
    """Then it stands in the list of what failed."""
    with FaultyImap() as server:
        with_mailbox(sent, server)
        server.add(MAIL, MAIL.replace(b"1@x", b"2@x"))
        server.refused = {1}
        secret = {"OUTREACH_IMAP_PASSWORD": server.password}
        done = run(sent, "fetch", **secret)
        assert (done.exit_code, "mail 1 was not fetched" in done.stderr) == (exits.FOUND, True)
        done = run(sent, "fetch", **secret)
        assert (done.exit_code, done.output) == (0, "")
    failed = run(sent, "failed")
    assert "could not be fetched" in failed.output


def test_reprocess_shows_what_changes_and_correct_keeps_it(sent: Sent) -> None:
    """A line for each field; long texts are only counted."""
    sent.take_in(sent.mail(VOLUNTEERS))
    sent.db.conn.execute("UPDATE replies SET country = 'BJ', reply = 'x'")
    rehearsed = run(sent, "reprocess", "--dry-run")
    assert "Nothing was written" in rehearsed.output
    assert "country  BJ   TG" in rehearsed.output
    assert "Other texts: reply of 1." in rehearsed.output
    assert run(sent, "correct", "1", "country", "GH", "--by", "sam").exit_code == 0
    assert "country" not in run(sent, "reprocess").output
    assert sent.one("SELECT country FROM replies") == ("GH",)
