"""How fast messages are made, beside the tools that one would otherwise make them with.

`python -m benchmarks.compose [--rounds N] [--people N] [--json]` composes the shipped message for
made-up people in its languages, in one process on one core, in turns with

- Jinja, then premailer, for each person (the same template, filters and settings);
- Jinja, then css-inline, for each person;
- Jinja alone, without inlining;
- `EmailMessage` built from HTML that is inlined already, and from its text.

Ratios are of the medians of processor time, each variant in each round. `html_*` is the finished
page of one person, `message_*` the whole message: tokens signed, headers, both parts, as bytes.
Memory is the highest resident size of a process that composes for many people.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path

import css_inline
from premailer import Premailer

from outreach.compose import Composer, freeze
from outreach.model import Letterhead, Mailbox, Message, Reader, Supporter
from outreach.tokens import Purpose, SigningKey, sign

TEMPLATES = Path(__file__).parents[1] / "templates"
MESSAGE = "one-in-two-million"
DAY = date(2014, 2, 26)
MOMENT = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)
LETTERHEAD = Letterhead(
    organisation="Example Rights Network",
    postal_address="1 Example Street, Example Town",
    sender=Mailbox("Sam Example", "news@outreach.example.org"),
    reply_to="events+{token}@outreach.example.org",
    public_url="https://outreach.example.org",
)
KEY = SigningKey(1, b"benchmark" * 4)
GIVEN = ("Amina", "José", "Chloé", "Jürgen", "Ngozi", "Иван", "محمد", "小明", "Kwame", "Fatou", "")
FAMILY = ("Diop", "García", "O'Neill", "Kowalski", "Okafor", "Петров", "العربي", "王", "Mensah")
LANGUAGES = ("en", "en", "fr", "es", "ar")
#: people in one block of a round, by how long each takes: none is over before caches are warm
MANY, SOME, FEW = 3000, 60, 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--people", type=int, default=1_000_000, help="for memory; 0 leaves it out")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only-memory", type=int, metavar="PEOPLE", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only_memory:
        json.dump(_compose_many(asked.only_memory), sys.stdout)
        return
    figures = measure(asked.rounds, asked.people)
    if asked.json:
        json.dump(figures, sys.stdout, indent=2)
        print()
    else:
        for name, value in figures.items():
            print(f"{name:34} {value:>12,}")


def measure(rounds: int, people: int) -> dict[str, float]:
    """Give microseconds for each message, the ratios of them, their spread, and memory in MB."""
    variants = _variants()
    for call, count in variants.values():
        _timed(call, count)
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, (call, count) in variants.items():
            taken[name].append(_timed(call, count))
    middle = {name: statistics.median(times) for name, times in taken.items()}
    spread = max((max(times) - min(times)) / middle[name] for name, times in taken.items())
    figures = {
        **{f"{name}_microseconds": round(value, 1) for name, value in middle.items()},
        "html_vs_premailer": round(middle["jinja_premailer"] / middle["html"]),
        "html_vs_css_inline": round(middle["jinja_css_inline"] / middle["html"], 1),
        "html_vs_jinja": round(middle["jinja"] / middle["html"], 2),
        "message_vs_emailmessage": round(middle["emailmessage"] / middle["message"], 1),
        "widest_spread": round(spread, 2),
    }
    return figures | (_memory(people) if people else {})


def _timed(call: Callable[[int], object], count: int) -> float:
    """Give the microseconds of processor time that each call takes."""
    started = time.process_time()
    for at in range(count):
        call(at)
    return (time.process_time() - started) / count * 1e6


def _variants() -> dict[str, tuple[Callable[[int], object], int]]:
    frozen = freeze(TEMPLATES, MESSAGE, LETTERHEAD)
    composer = Composer(frozen, DAY)
    people = list(_people(MANY))
    readers = [_reader(person) for person in people]
    page = composer.uninlined
    inliner = css_inline.CSSInliner(keep_at_rules=True)
    ready = [composer.compose(reader, MOMENT) for reader in readers[:SOME]]
    calls: dict[str, tuple[Callable[[int], object], int]] = {
        "html": (lambda at: composer.html(readers[at]), MANY),
        "jinja": (lambda at: page(readers[at]), MANY),
        "jinja_css_inline": (lambda at: inliner.inline(page(readers[at])), SOME),
        "jinja_premailer": (lambda at: _premailed(page(readers[at])), FEW),
        "message": (lambda at: composer.compose(_reader(people[at]), MOMENT).mime, MANY),
        "emailmessage": (lambda at: _email_message(ready[at]), SOME),
    }
    return calls


def _premailed(page: str) -> str:
    inliner = Premailer(
        page,
        strip_important=False,
        disable_validation=True,
        align_floating_images=False,
        disable_basic_attributes=["width", "height"],
        allow_network=False,
        cssutils_logging_level=logging.CRITICAL,
    )
    return str(inliner.transform(pretty_print=False))


def _email_message(made: Message) -> bytes:
    whole = EmailMessage(policy=policy.SMTP)
    whole["From"] = f"{made.sender.name} <{made.sender.email}>"
    whole["To"] = made.recipient.email
    whole["Reply-To"] = made.reply_to
    whole["Subject"] = made.subject
    for name, value in made.headers:
        whole[name] = value
    whole.set_content(made.text)
    whole.add_alternative(made.html, subtype="html")
    return whole.as_bytes()


def _memory(people: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.compose", "--only-memory", str(people)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _compose_many(people: int) -> dict[str, float]:
    composer = Composer(freeze(TEMPLATES, MESSAGE, LETTERHEAD), DAY)
    few = min(10_000, people)
    peaks = {}
    for number, person in enumerate(_people(people), 1):
        composer.compose(_reader(person), MOMENT).mime  # noqa: B018
        if number in (few, people):
            peaks[f"peak_mb_at_{number}"] = _peak()
    return {**peaks, "shapes_kept": composer.shapes.kept}


def _peak() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _people(count: int) -> Iterator[Supporter]:
    chance = random.Random(2014)
    for number in range(1, count + 1):
        yield Supporter(
            supporter_id=number,
            email=f"person{number}@example.org",
            given_name=chance.choice(GIVEN),
            family_name=chance.choice(FAMILY),
            language=LANGUAGES[number % len(LANGUAGES)],
            attributes={"Shirt size": "M"},
        )


def _reader(person: Supporter) -> Reader:
    number = person.supporter_id
    reply, leave = sign(KEY, Purpose.REPLY, number), sign(KEY, Purpose.UNSUBSCRIBE, number)
    return Reader(person, reply, leave)


if __name__ == "__main__":
    main()
