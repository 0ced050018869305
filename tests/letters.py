"""People, campaigns and letters for the tests of dispatch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from outreach.dispatch import campaigns, plan
from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.orders import Orders
from outreach.dispatch.plan import Planned
from outreach.dispatch.transports import Transport
from outreach.errors import TransportError
from outreach.model import Letter, Mailbox, Message, Outcome, Reader, Verdict, Written
from outreach.store import Database, atomic, create_database, open_database
from outreach.supporters.consent import Cap
from outreach.tokens import SigningKey

START = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)
KEY = SigningKey(1, b"k" * 32)


class Clock:
    """A clock that moves a second with each look, and further when told to."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        """Look at the clock."""
        self.moment += timedelta(seconds=1)
        return self.moment

    def advance(self, **much: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**much)


def message(
    email: str = "ana@example.org",
    *,
    name: str = "Ana",
    subject: str = "A subject",
    text: str = "Hello\n",
    html: str = "<p>Hello</p>\n",
    language: str = "en",
) -> Message:
    """Make a message of the given parts."""
    headers = (
        ("Message-ID", "<token@outreach.example.org>"),
        ("List-Unsubscribe", "<https://outreach.example.org/u/token>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    mime = EmailMessage(policy=SMTP)
    mime["From"] = "Sam Example <news@outreach.example.org>"
    mime["To"] = f"{name} <{email}>"
    mime["Subject"] = subject
    for header, value in headers:
        mime[header] = value
    mime.set_content(text)
    mime.add_alternative(html, subtype="html")
    return Message(
        language=language,
        subject=subject,
        preheader="",
        sender=Mailbox("Sam Example", "news@outreach.example.org"),
        recipient=Mailbox(name, email),
        reply_to="events+token@outreach.example.org",
        headers=headers,
        content=Written(html, text, mime.as_bytes()),
    )


def with_mime(message: Message, mime: bytes) -> Message:
    """Give a message these bytes."""
    return replace(message, content=Written(message.html, message.text, mime))


def letters(*addresses: str) -> list[Letter]:
    """Make a letter to each address, numbered from 1."""
    return [Letter(n, f"{n}-1", message(email)) for n, email in enumerate(addresses, 1)]


def compose(reader: Reader, moment: datetime) -> Message:
    """Make a message that says only for whom it is."""
    return message(reader.supporter.email, text=f"{reader.reply_token}\n")


@dataclass
class Handed:
    """What came of handing a batch over: outcomes, the letters taken, what ended it."""

    outcomes: list[Outcome] = field(default_factory=list)
    taken: list[Letter] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def verdicts(self) -> list[Verdict]:
        """The outcomes' verdicts."""
        return [outcome.verdict for outcome in self.outcomes]


def handed(transport: Transport, batch: Iterable[Letter]) -> Handed:
    """Hand a batch to a transport as the sender does."""
    handed = Handed()

    def offered() -> Iterator[Letter]:
        for letter in batch:
            handed.taken.append(letter)
            yield letter

    try:
        for outcome in transport.send(offered()):
            handed.outcomes.append(outcome)
    except TransportError as error:
        handed.error = error
    return handed


def add_people(db: Database, numbers: Iterable[int], *, consent: str = "granted") -> None:
    """Put `pN@example.org` on the roll for each number, with it as the id."""
    with atomic(db):
        db.conn.executemany(
            "INSERT INTO supporters (supporter_id, email, consent) VALUES (?, ?, ?)",
            [(n, f"p{n}@example.org", consent) for n in numbers],
        )


def planned_campaign(db: Database, name: str = "spring") -> Campaign:
    """Make a campaign to everybody on the roll and plan it."""
    with atomic(db):
        campaigns.create(db, name, template="hello", segment="everybody", now=START)
    plan_again(db, name)
    return campaigns.get(db, name)


def plan_again(
    db: Database,
    name: str = "spring",
    *,
    discreet_version: bool = False,
    cap: Cap | None = None,
) -> Planned:
    """Plan a campaign to everybody on the roll."""
    campaign = campaigns.get(db, name)
    with atomic(db):
        plan.clear(db, campaign, START)
        db.conn.execute("DROP TABLE IF EXISTS temp.audience")
        db.conn.execute("CREATE TEMP TABLE audience (supporter_id INTEGER PRIMARY KEY)")
        rows = db.conn.execute("INSERT INTO temp.audience SELECT supporter_id FROM supporters")
        planned = plan.fill(db, campaign, discreet_version=discreet_version, cap=cap, now=START)
        campaigns.freeze(
            db,
            campaign,
            content_hash="hash",
            content="content",
            day=date(2014, 2, 26),
            audience=rows.rowcount,
            now=START,
        )
    return planned


def two_connections(path: Path) -> tuple[Database, Database]:
    """Make a database and open it twice, as two dispatchers would; a power cut may spoil it."""
    create_database(path)
    databases = open_database(path), open_database(path)
    for database in databases:
        database.conn.execute("PRAGMA synchronous = OFF")
    return databases


def release(db: Database, name: str = "spring", *, now: datetime = START) -> None:
    """Let a campaign go on that is held."""
    with atomic(db):
        campaigns.release(db, campaigns.get(db, name), by="Maria", now=now)


def orders(db: Database, name: str = "spring", *, batch_size: int = 10) -> Orders:
    """Orders to send a planned campaign."""
    return Orders(campaigns.get(db, name), compose, False, KEY, batch_size)
