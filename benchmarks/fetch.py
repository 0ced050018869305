"""How much longer fetching takes than bare imaplib, from a Dovecot on this machine.

`python -m benchmarks.fetch [--mails N] [--rounds N] [--json]` fills a mailbox with N ordinary mails
and in turns reads all of them with imaplib alone (one UID FETCH of everything, the least that there
is), with imaplib a mail at a time, with our reader, with our reader that also stores and commits
each (`taken_in`: from then on none can be lost), and with `fetch_replies`, which understands each
too and acts upon it. What a mail costs to understand, `benchmarks.replies` measures alone.
"""

from __future__ import annotations

import argparse
import imaplib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from dovecot import Dovecot

from outreach.model import no_progress
from outreach.replies.imap import Folder, batches
from outreach.settings import ImapMailbox, Settings, load
from outreach.settings.sections import Secrets
from outreach.store import Database, open_database
from outreach.workflow.consequences import Work
from outreach.workflow.fetching import fetch_replies
from outreach.workflow.mailbox import Reading, Run
from outreach.workflow.replies import open_work
from outreach.workflow.workspace import create_workspace

NOW = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench") as folder, Dovecot(Path(folder)) as server:
        server.deliver(*(_mail(number) for number in range(asked.mails)))
        figures = measure(server, asked.mails, asked.rounds)
    if asked.json:
        json.dump(figures, sys.stdout, indent=2)
        print()
    else:
        for name, value in figures.items():
            print(f"{name:28} {value:>12,}")


def measure(server: Dovecot, mails: int, rounds: int) -> dict[str, float]:
    """Give mails a second, and what share of imaplib's own rate is reached."""
    ways: dict[str, Callable[[Dovecot], tuple[int, float]]] = {
        "imaplib_at_once": _timed(_at_once),
        "imaplib_one_by_one": _timed(_one_by_one),
        "our_reader": _timed(_reader),
        "taken_in": _taken_in,
        "fetch_replies": _whole,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            found, taken = way(server)
            if found != mails:
                raise RuntimeError(f"{name} found {found} of {mails}")
            if number:
                times[name].append(taken)
    rates = {name: mails / statistics.median(each) for name, each in times.items()}
    shares = {
        "reader_to_at_once": rates["our_reader"] / rates["imaplib_at_once"],
        "reader_to_one_by_one": rates["our_reader"] / rates["imaplib_one_by_one"],
        "taken_in_to_at_once": rates["taken_in"] / rates["imaplib_at_once"],
        "taken_in_to_one_by_one": rates["taken_in"] / rates["imaplib_one_by_one"],
        "whole_to_one_by_one": rates["fetch_replies"] / rates["imaplib_one_by_one"],
    }
    return {
        "mails": mails,
        **{f"{name}_per_s": round(rate) for name, rate in rates.items()},
        **{name: round(share, 3) for name, share in shares.items()},
    }


def _timed(way: Callable[[Dovecot], int]) -> Callable[[Dovecot], tuple[int, float]]:
    def timed(server: Dovecot) -> tuple[int, float]:
        begun = time.perf_counter()
        return way(server), time.perf_counter() - begun

    return timed


def _mail(number: int) -> bytes:
    words = " ".join(f"word{number * 7 % (place + 2)}" for place in range(150))
    return (
        f"Received: from mx.example.net by us; Wed, 26 Feb 2014 09:00:00 +0000\n"
        f"From: Person {number} <p{number}@example.org>\nTo: events@outreach.example.org\n"
        f"Subject: Re: {number}\nMessage-ID: <{number}@example.org>\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\n\nHello, I want to help.\n{words}\n"
        f"On Monday, Sam <news@outreach.example.org> wrote:\n> {words}\n> {words}\n"
    ).encode()


def _imaplib(server: Dovecot) -> imaplib.IMAP4:
    imap = imaplib.IMAP4("127.0.0.1", server.port)
    imap.login(server.USER, server.PASSWORD)
    imap.select("INBOX", readonly=True)
    return imap


def _at_once(server: Dovecot) -> int:
    imap = _imaplib(server)
    _, found = imap.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
    imap.logout()
    return sum(isinstance(answer, tuple) for answer in found)


def _one_by_one(server: Dovecot) -> int:
    imap = _imaplib(server)
    _, uids = imap.uid("SEARCH", "ALL")
    found = 0
    for uid in uids[0].decode().split():
        _, answer = imap.uid("FETCH", uid, "(BODY.PEEK[])")
        found += isinstance(answer[0], tuple)
    imap.logout()
    return found


def _mailbox(server: Dovecot) -> ImapMailbox:
    return ImapMailbox(host="127.0.0.1", port=server.port, user=server.USER, security="none")


def _reader(server: Dovecot) -> int:
    with Folder(_mailbox(server), server.PASSWORD) as folder:
        some = batches(folder.listed(0))
        return sum(len(list(folder.fetch(batch))) for batch in some)


@contextmanager
def _workspace(server: Dovecot) -> Iterator[tuple[Settings, Database]]:
    with tempfile.TemporaryDirectory() as place:
        create_workspace(Path(place) / "workspace")
        settings = load(Path(place) / "workspace", environment={})
        secrets = Secrets(imap_password=server.PASSWORD)
        settings = replace(settings, mailbox=(_mailbox(server),), secrets=secrets)
        db = open_database(settings.database)
        try:
            yield settings, db
        finally:
            db.close()


def _taken_in(server: Dovecot) -> tuple[int, float]:
    with _workspace(server) as (settings, db):
        full = open_work(db, settings, NOW)
        work = _StoringOnly(db, settings, NOW, full.reader, full.thanks)
        begun = time.perf_counter()
        reading = Reading(
            Run(db, work, lambda: NOW, lambda: None, None, no_progress), settings.mailbox[0]
        )
        reading.all_of_it(server.PASSWORD)
        return reading.new, time.perf_counter() - begun


class _StoringOnly(Work):
    """Work that leaves what is stored to be understood another time."""

    def finish(self, inbound_ids: Iterable[int]) -> None:
        """Leave them."""
        for inbound_id in inbound_ids:
            self.parsed.pop(inbound_id, None)


def _whole(server: Dovecot) -> tuple[int, float]:
    with _workspace(server) as (settings, db):
        begun = time.perf_counter()
        new = fetch_replies(db, settings, clock=lambda: NOW).new
        return new, time.perf_counter() - begun


if __name__ == "__main__":
    main()
