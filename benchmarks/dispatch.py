"""How fast letters leave, beside the barest that could be done in their place.

`python -m benchmarks.dispatch [--rounds N] [--people N] [--json]` plans campaigns of the shipped
message to made-up people in its languages, and in turns dispatches them and runs

- Postfix's `smtp-source`, against the same `smtp-sink`, with as many connections and messages of
  the same size (Debian: postfix);
- a loop that writes, closes and renames as many files of that size;
- the usual loop over SendGrid's helper objects, a request for each person, with finished content,
  against the same stand-in, which is a process of its own.

A dispatch is measured whole: the message thawed and its shapes inlined, people read and asked at
the last door, tokens signed, letters composed and digested, claims and outcomes committed with
`synchronous=FULL`. Planning is not part of it. By SMTP and SendGrid a dispatch goes to 50,000
people, as those to a million take no longer for each, and what is done once before the first letter
leaves is as little a part of them; into files it goes to 20,000, for the disk's sake. Ratios are of
rates, each of two runs that stood next to each other; what is given is their median over the
rounds, and beside it the least and the most. CPU is our process's alone. Memory is the highest
resident size of a process that dispatches to `--people` people, and to 10,000, through a transport
that makes each letter and keeps none.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Mail

from benchmarks.accepting import accepting
from outreach import wiring
from outreach.dispatch.transports import Transport
from outreach.model import Letter, Message, Outcome, Verdict
from outreach.settings import Settings, load
from outreach.store import Database, atomic, open_database
from outreach.workflow.campaigns import create_campaign, plan_campaign
from outreach.workflow.dispatching import dispatch_campaign
from outreach.workflow.workspace import create_workspace

GIVEN = ("Amina", "José", "Chloé", "Jürgen", "Ngozi", "Иван", "محمد", "小明", "Kwame", "Fatou", "")
FAMILY = ("Diop", "García", "O'Neill", "Kowalski", "Okafor", "Петров", "العربي", "王", "Mensah")
LANGUAGES = ("en", "en", "fr", "es", "ar")
DAY = date(2014, 2, 26)
SESSIONS = 4
#: of SendGrid's answers, in seconds
ANSWER_TIME = 0.05
PEOPLE_A_REQUEST = 1000
#: requests of the usual loop in a round
USUAL = 400
FEW = 10_000
#: letters of a dispatch into files
MOST_FILES = 20_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--people", type=int, default=1_000_000, help="for memory; 0 leaves it out")
    parser.add_argument("--round-people", type=int, default=50_000, help="in each other dispatch")
    parser.add_argument("--only", choices=["smtp", "outbox", "sendgrid"])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only-memory", metavar="WORKSPACE", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only_memory:
        print(_peak_mb(Path(asked.only_memory)))
        return
    figures = measure(asked.rounds, asked.round_people, asked.only)
    if asked.people and not asked.only:
        figures |= _memory(asked.people)
    if asked.json:
        json.dump(figures, sys.stdout, indent=2)
        print()
    else:
        for name, value in figures.items():
            print(f"{name:36} {value:>12,}")


def measure(rounds: int, people: int, only: str | None = None) -> dict[str, float]:
    """Give the ratios, and what they are made of: letters a second, CPU seconds for 1,000."""
    parts: dict[str, Callable[[_Bench], dict[str, float]]] = {
        "smtp": _smtp,
        "outbox": _outbox,
        "sendgrid": _sendgrid,
    }
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        bench = _Bench(Path(folder), people, stack)
        for number in range(rounds + 1):
            for name in [only] if only else list(parts):
                for key, value in parts[name](bench).items():
                    # the first round warms up
                    if number:
                        taken.setdefault(key, []).append(value)
    figures: dict[str, float] = {"people": people, "message_bytes": bench.size}
    for key, values in taken.items():
        figures[key] = _rounded(statistics.median(values))
        if "_vs_" in key:
            figures |= {f"{key}_least": _rounded(min(values)), f"{key}_most": _rounded(max(values))}
    return figures


class _Bench:
    """A workspace with people, and the far sides that stay the same over all rounds."""

    def __init__(self, folder: Path, people: int, stack: ExitStack) -> None:
        self.folder = folder
        self.people = people
        settings = _workspace(folder / "workspace", people)
        self.db = stack.enter_context(closing(open_database(settings.database)))
        self.port = stack.enter_context(_sink())
        self.api = stack.enter_context(accepting())
        self.slow_api = stack.enter_context(accepting(ANSWER_TIME))
        self.settings = replace(
            settings,
            smtp=replace(
                settings.smtp,
                host="127.0.0.1",
                port=self.port,
                security="none",
                connections=SESSIONS,
            ),
            secrets=replace(settings.secrets, sendgrid_api_key="SG.benchmark"),
        )
        self._campaigns = 0
        self.messages = self._some_messages(USUAL)
        self.size = round(statistics.mean(len(message.mime) for message in self.messages))

    def dispatch(self, settings: Settings, most: int | None = None) -> tuple[float, float]:
        """Dispatch a new campaign; give letters a second, CPU seconds for 1,000."""
        name, people = self._planned(), min(self.people, most or self.people)
        with closing(wiring.open_transport(settings, self.db)) as transport:
            began, busy = time.perf_counter(), time.process_time()
            sent = _dispatched(self.db, settings, name, transport, limit=people)
            seconds, busy = time.perf_counter() - began, time.process_time() - busy
        if sent != people:
            raise SystemExit(f"only {sent} of {people} letters were accepted")
        return sent / seconds, busy / sent * 1000

    def by(self, transport: str, api: str = "") -> Settings:
        """Give the settings with a transport chosen, and where SendGrid is."""
        delivery = replace(self.settings.delivery, transport=transport)
        sendgrid = replace(self.settings.sendgrid, host=api or self.api)
        return replace(self.settings, delivery=delivery, sendgrid=sendgrid)

    def _planned(self) -> str:
        self._campaigns += 1
        return _planned(self.db, self.settings, f"round-{self._campaigns}")

    def _some_messages(self, number: int) -> list[Message]:
        """Give a few messages, finished."""
        kept: list[Message] = []
        _dispatched(self.db, self.settings, self._planned(), _Nowhere(kept.append), limit=number)
        return kept


def _smtp(bench: _Bench) -> dict[str, float]:
    ours, cpu = bench.dispatch(bench.by("smtp"))
    # header and body of smtp-source's messages are as long as ours; it adds some 170 bytes itself
    command = [_program("smtp-source"), "-d", "-s", str(SESSIONS), "-m", str(bench.people)]
    command += ["-l", str(bench.size - 170), "-f", "news@example.org", "-t", "a@example.org"]
    began = time.perf_counter()
    subprocess.run([*command, f"127.0.0.1:{bench.port}"], check=True)
    source = bench.people / (time.perf_counter() - began)
    return {
        "smtp_a_second": ours,
        "smtp_source_a_second": source,
        "smtp_vs_smtp_source": ours / source,
        "smtp_cpu_s_per_1000": cpu,
    }


def _outbox(bench: _Bench) -> dict[str, float]:
    settings = bench.by("outbox")
    number = min(bench.people, MOST_FILES)
    ours, cpu = bench.dispatch(settings, number)
    shutil.rmtree(settings.outbox_dir)
    files = _bare_files(bench.folder / "bare", b"x" * bench.size, number)
    shutil.rmtree(bench.folder / "bare")
    return {
        "outbox_a_second": ours,
        "bare_files_a_second": files,
        "outbox_vs_bare_files": ours / files,
        "outbox_cpu_s_per_1000": cpu,
    }


def _bare_files(folder: Path, content: bytes, number: int) -> float:
    """Write, close and rename files, as a Maildir wants it; give how many a second."""
    for part in ("tmp", "new"):
        (folder / part).mkdir(parents=True)
    drafts, finished = [os.fspath(folder / part) for part in ("tmp", "new")]
    began = time.perf_counter()
    for at in range(number):
        name = f"{at}.eml"
        with open(f"{drafts}/{name}", "xb") as file:  # noqa: PTH123 - as bare as can be
            file.write(content)
        os.rename(f"{drafts}/{name}", f"{finished}/{name}")  # noqa: PTH104
    return number / (time.perf_counter() - began)


def _sendgrid(bench: _Bench) -> dict[str, float]:
    ours, cpu = bench.dispatch(bench.by("sendgrid"))
    usual = _usual_loop(bench.api, bench.messages)
    slow, _ = bench.dispatch(bench.by("sendgrid", bench.slow_api))
    limit = bench.settings.sendgrid.requests_at_once * PEOPLE_A_REQUEST / ANSWER_TIME
    return {
        "sendgrid_a_second": ours,
        "sendgrid_one_per_request_a_second": usual,
        "sendgrid_vs_one_per_request": ours / usual,
        "sendgrid_cpu_s_per_1000": cpu,
        "sendgrid_slow_a_second": slow,
        "sendgrid_latency_limit_a_second": limit,
        "sendgrid_vs_latency_limit": slow / limit,
    }


def _usual_loop(host: str, messages: Iterable[Message]) -> float:
    """Send as SendGrid's own examples do; give people a second."""
    client = SendGridAPIClient("SG.benchmark", host=host)
    began, number = time.perf_counter(), 0
    for made in messages:
        client.send(
            Mail(
                from_email=(made.sender.email, made.sender.name),
                to_emails=made.recipient.email,
                subject=made.subject,
                plain_text_content=made.text,
                html_content=made.html,
            )
        )
        number += 1
    return number / (time.perf_counter() - began)


class _Nowhere:
    """A transport that has each letter made, and keeps nothing unless it is told to."""

    name = "nowhere"

    def __init__(self, keep: Callable[[Message], None] = lambda _: None) -> None:
        self._keep = keep

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Accept them."""
        for letter in letters:
            self._keep(letter.message)
            yield Outcome(
                letter.delivery_id, Verdict.ACCEPTED, provider_id=str(len(letter.message.mime))
            )

    def close(self) -> None:
        """Nothing is open."""


def _memory(people: int) -> dict[str, float]:
    """Give the peaks of processes that did nothing but dispatch."""
    peaks = {}
    for name, number in (("rss_mb_10k", FEW), ("rss_mb_1m", people)):
        with tempfile.TemporaryDirectory() as folder:
            settings = _workspace(Path(folder) / "workspace", number)
            with closing(open_database(settings.database)) as db:
                _planned(db, settings, "all")
            command = [sys.executable, "-m", "benchmarks.dispatch", "--only-memory"]
            done = subprocess.run(
                [*command, str(settings.root)], check=True, capture_output=True, text=True
            )
            peaks[name] = float(done.stdout)
    return peaks if people == 1_000_000 else {**peaks, "rss_people": people}


def _peak_mb(root: Path) -> float:
    settings = load(root, environment={})
    with closing(open_database(settings.database)) as db:
        _dispatched(db, settings, "all", _Nowhere())
    # not getrusage, which counts what the parent had before this program was started
    status = Path("/proc/self/status").read_text("ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return round(int(peak.split()[1]) / 1024, 1)


def _dispatched(
    db: Database,
    settings: Settings,
    name: str,
    transport: Transport,
    limit: int | None = None,
) -> int:
    sent = dispatch_campaign(
        db,
        name,
        transport,
        batch_size=settings.delivery.batch_size,
        limits=wiring.limits(settings),
        clock=wiring.utc_now,
        limit=limit,
    )
    return sent.accepted


def _workspace(folder: Path, people: int) -> Settings:
    create_workspace(folder)
    (folder / "segments" / "bench.sql").write_text(
        "-- title: Bench\n-- reason: everybody\nSELECT supporter_id FROM supporters\n", "utf-8"
    )
    settings = load(folder, environment={})
    chance = random.Random(2014)
    with closing(open_database(settings.database)) as db, atomic(db):
        db.conn.executemany(
            "INSERT INTO supporters (email, given_name, family_name, language, consent)"
            " VALUES (?, ?, ?, ?, 'granted')",
            (
                (
                    f"{chance.getrandbits(48):012x}@example.org",
                    chance.choice(GIVEN),
                    chance.choice(FAMILY),
                    chance.choice(LANGUAGES),
                )
                for _ in range(people)
            ),
        )
    return settings


def _planned(db: Database, settings: Settings, name: str) -> str:
    now = datetime.now(UTC)
    create_campaign(db, settings, name, template="one-in-two-million", segment="bench", now=now)
    plan_campaign(db, settings, name, day=DAY, now=now)
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return name


@contextmanager
def _sink() -> Iterator[int]:
    """Run Postfix's smtp-sink; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as finder:
        port = int(finder.getsockname()[1])
    command = [_program("smtp-sink")]
    if not os.geteuid():
        command += ["-u", "nobody"]
    with subprocess.Popen([*command, f"127.0.0.1:{port}", "256"]) as process:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        yield port
        process.terminate()


def _program(name: str) -> str:
    path = shutil.which(name) or shutil.which(f"/usr/sbin/{name}")
    if path is None:
        raise SystemExit(f"{name} is missing: apt-get install postfix")
    return path


def _rounded(value: float) -> float:
    return round(value) if value > 100 else round(value, 3)


if __name__ == "__main__":
    main()
