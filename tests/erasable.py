"""What tests of erasing share: a workspace in which one person has everything."""

from __future__ import annotations

import base64
import contextlib
import email
import email.policy
import zlib
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from campaigning import Desk
from posting import body, event
from sqlite_utils import Database

from outreach import tokens
from outreach.dispatch.orders import NO_LIMITS
from outreach.dispatch.transports.outbox import Outbox
from outreach.model import Consent, MessageKind, Suppression
from outreach.settings import Pacing, Settings
from outreach.store import atomic, signing_keys
from outreach.supporters import preferences, roll, signups
from outreach.supporters.consent import suppress
from outreach.supporters.preferences import Often, Preferences
from outreach.supporters.signups import Signup, SignupPurpose
from outreach.tracking import counted
from outreach.tracking.counted import Counted
from outreach.workflow import followups, followups_opening, gatheringresults, gatherings
from outreach.workflow.dispatching import dispatch_campaign
from outreach.workflow.events import Posted, import_events
from outreach.workflow.letters import send_due_letters
from outreach.workflow.replies import import_replies
from outreach.workflow.supporters import import_supporters

ADDRESS = "Amina.Diallowa@gmail.com"
SPELLINGS = (ADDRESS, "aminadiallowa+news@googlemail.com", "aminadiallowa@gmail.com")
#: words of hers that nobody else's data has; some are only in what came in base64
WORDS = (*SPELLINGS, "Aminatou", "Diallowa", "Zinguinchorwa", "grandmotherly", "90112233")
#: what bystanders have, which stays
OTHERS = "p7@example.org"


@dataclass
class World:
    """It, and what was made in it."""

    db: Database
    settings: Settings
    now: datetime
    amina: int = 0
    delivery: int = 0
    followup: int = 0
    gathering: int = 0
    mails: tuple[Path, ...] = ()

    def count(self, table: str, where: str = "true") -> int:
        """Count rows."""
        (number,) = self.db.conn.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
        return int(number)


def everything(db: Database, settings: Settings, folder: Path) -> World:
    """Let a campaign go to her and 23 others, and her answer it, put something on, and bounce."""
    desk = Desk(db, settings)
    desk.write()
    world = World(db, settings, desk.clock())
    _put_on_the_list(world, folder)
    desk.create()
    desk.plan()
    with closing(Outbox(settings.outbox_dir)) as transport:
        dispatch_campaign(
            db, "spring", transport, batch_size=50, limits=NO_LIMITS, clock=desk.clock
        )
    world.now = desk.clock.moment + timedelta(minutes=5)
    (world.delivery,) = db.conn.execute(
        "SELECT delivery_id FROM deliveries WHERE supporter_id = ?", [world.amina]
    ).fetchone()
    _choose(world)
    _answer(world, folder)
    _put_something_on(world)
    _come_back(world, folder)
    with atomic(db):
        suppress(db, ADDRESS, Suppression.UNSUBSCRIBED, f"page of {ADDRESS}", world.now)
    return world


def _put_on_the_list(world: World, folder: Path) -> None:
    path = folder / "list.csv"
    path.write_text(
        "email,given_name,family_name,country,consent,Note\n"
        f"{ADDRESS},Aminatou,Diallowa,Togo,yes,grandmotherly\n"
        f"{SPELLINGS[1]},Aminatou,,Togo,,\n",
        "utf-8",
    )
    import_supporters(world.db, path, now=world.now)
    path.unlink()
    found = roll.find(world.db, ADDRESS)
    assert found is not None
    world.amina = found.supporter_id


def _choose(world: World) -> None:
    db, now = world.db, world.now
    unwanted = frozenset({next(iter(MessageKind))})
    with atomic(db):
        wanted = Preferences("fr", Often.WEEKLY, unwanted, Consent.GRANTED)
        preferences.choose(db, roll.get(db, world.amina), wanted, "the preferences page", now)
        asked = Signup(
            SignupPurpose.TAKE_PART, SPELLINGS[2], "Aminatou", "TG", "fr", "grandmotherly", None
        )
        signups.ask(db, asked, now)
        counted.count(db, world.delivery, Counted.OPENED, "", now)
    posts = [
        event("delivered", f"{world.delivery}-1", ADDRESS, response=f"250 ok {ADDRESS}"),
        event("delivered", "3-1", "p3@example.org", response="250 ok"),
        event("bounce", "", SPELLINGS[2], reason="550 unknown", type="bounce"),
    ]
    import_events(db, world.settings, [Posted("x", body(*posts))], unsigned=True, now=now)


def _answer(world: World, folder: Path) -> None:
    """Write twice: from the list's address, and from another spelling without a token."""
    key, _ = signing_keys(world.db, world.now)
    token = tokens.sign(key, tokens.Purpose.REPLY, world.delivery)
    mail = EmailMessage()
    mail["From"] = f"Aminatou Diallowa <{ADDRESS}>"
    mail["To"] = f"events+{token}@outreach.example.org"
    mail["Subject"], mail["Message-ID"] = "Re: Aminatou's debate", "<1@mail.diallowa.example>"
    mail.set_content(
        "Yes, I would like to put on a debate, says my grandmotherly aunt.\n"
        "Name: Aminatou Diallowa\nPhone: +228 90112233\nCountry: Togo\n",
        cte="base64",
    )
    mail.add_attachment(b"Aminatou" * 50, maintype="application", subtype="pdf", filename="d.pdf")
    second = EmailMessage()
    second["From"], second["To"] = SPELLINGS[1], "news@outreach.example.org"
    second["Subject"], second["Message-ID"] = "Diallowa", "<2@mail.diallowa.example>"
    second.set_content("Aminatou asks: when?", cte="quoted-printable")
    friend = EmailMessage()
    friend["From"], friend["To"] = "friend@example.net", "news@outreach.example.org"
    friend["Subject"], friend["Message-ID"] = "Hello", "<3@mail.example.net>"
    friend.set_content("I would like to help too. What can I do?\n")
    world.mails = tuple(
        _written(folder / f"mail{number}.eml", each)
        for number, each in enumerate([mail, second, friend])
    )
    import_replies(world.db, world.settings, world.mails, now=world.now)
    send_due_letters(
        world.db,
        world.settings,
        lambda: Outbox(world.settings.outbox_dir),
        pace=Pacing(),
        clock=lambda: world.now,
    )
    (world.followup,) = world.db.conn.execute(
        "SELECT followup_id FROM followups WHERE supporter_id = ?", [world.amina]
    ).fetchone()


def _written(path: Path, mail: EmailMessage) -> Path:
    path.write_bytes(mail.as_bytes())
    return path


def _put_something_on(world: World) -> None:
    db, settings, now, by = world.db, world.settings, world.now, "Fatou"
    followups.note_followup(db, settings, world.followup, "call Aminatou's aunt", by=by, now=now)
    followups_opening.open_followup(db, settings, world.followup, me=by, now=now)
    talk = {"note": "Aminatou is careful", "by": by, "now": now}
    gatherings.record_safety_talk(db, world.followup, **talk)
    said = {
        "place": "Zinguinchorwa",
        "date": "2014-02-20",
        "kind": "debate",
        "country": "TG",
        "campaign": "write",
    }
    gatherings.add_gathering(db, settings, said, by=by, now=now, followup_id=world.followup)
    (world.gathering,) = db.conn.execute("SELECT max(gathering_id) FROM gatherings").fetchone()
    with atomic(db):
        db.conn.execute(
            "INSERT INTO gathering_photos VALUES (?, 'https://photos.example/Aminatou', 1)",
            [world.gathering],
        )
        db.conn.execute(
            "UPDATE gatherings SET quote = 'grandmotherly', quote_by = 'Aminatou', quote_allowed=1"
        )
    gatheringresults.report_result(
        db,
        settings,
        world.gathering,
        {"attended": "40", "letters": "120", "said": "Aminatou says it went well"},
        reported_by="Aminatou",
        by=by,
        now=now,
        checked=True,
    )


def _come_back(world: World, folder: Path) -> None:
    """Let the letter bounce, and a mail of hers wait that nobody could understand."""
    key, _ = signing_keys(world.db, world.now)
    token = tokens.sign(key, tokens.Purpose.REPLY, world.delivery)
    report = folder / "report.eml"
    report.write_text(
        "From: mailer-daemon@mx.example.net\n"
        f"To: events+{token}@outreach.example.org\nMessage-ID: <b@mx.example.net>\n"
        "Subject: Undelivered Mail Returned to Sender\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\n<{ADDRESS}>: mailbox full\n"
        "--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {ADDRESS}\nAction: failed\nStatus: 5.2.2\n\n--b--\n",
        "utf-8",
    )
    import_replies(world.db, world.settings, [report], now=world.now)
    world.mails = (*world.mails, report)
    unread = f"From: {SPELLINGS[2]}\nMessage-ID: <9@x>\n\nAminatou, who is not read yet"
    with atomic(world.db):
        world.db.conn.execute(
            "INSERT INTO inbound (dedupe_key, source, received_at, raw) VALUES (?, ?, ?, ?)",
            [b"k" * 32, "x", "2014-02-26T09:00:00Z", zlib.compress(unread.encode(), 3)],
        )
        world.db.conn.execute(
            "INSERT INTO reply_failures VALUES"
            " ((SELECT max(inbound_id) FROM inbound), 'Aminatou', 1, '2014-02-26T09:00:00Z')"
        )
        world.db.conn.execute(
            "INSERT INTO reply_corrections (inbound_id, field, old, new, corrected_by,"
            " corrected_at) VALUES (1, 'name', '', 'Aminatou', 'Fatou', '2014-02-26T09:00:00Z')"
        )


def found_in(root: Path, words: tuple[str, ...] = WORDS) -> set[tuple[str, str]]:
    """Search all files of a workspace, as they lie and unpacked: (word, where)."""
    found = set()
    for file in root.rglob("*"):
        if file.is_file():
            for where, content in _contents(file):
                folded = content.lower()
                found |= {
                    (word, f"{file.name}: {where}")
                    for word in words
                    for form in _forms(word)
                    if form in folded
                }
    return found


def _forms(word: str) -> list[bytes]:
    """As it stands, and as base64 has it wherever it begins."""
    forms = [word.lower().encode(), word.lower().encode("utf-16-le")]
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + word.encode())[shift + 1 : -4]
        forms += [coded.lower()] * (len(coded) > 8)
    return forms


def _contents(file: Path) -> list[tuple[str, bytes]]:
    raw = file.read_bytes()
    contents = [("bytes", raw), ("name", file.name.encode())]
    if file.suffix == ".eml":
        parsed = email.message_from_bytes(raw, policy=email.policy.default)
        contents.append(("headers", "\n".join(map(str, parsed.values())).encode()))
        contents += [
            ("part", part.get_payload(decode=True) or b"")
            for part in parsed.walk()
            if not part.is_multipart()
        ]
    return contents


def unpacked(db: Database) -> dict[str, str]:
    """Give every cell of the database as text, what is compressed unpacked, by where it stands."""
    cells = {}
    tables = db.conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite_%'"
    ).fetchall()
    for (table,) in tables:
        cursor = db.conn.execute(f"SELECT * FROM {table}")
        columns = [column[0] for column in cursor.description]
        for number, row in enumerate(cursor):
            for column, value in zip(columns, row, strict=True):
                cells[f"{table}.{column} {number}"] = _text(value)
    return cells


def _text(value: object) -> str:
    if isinstance(value, bytes):
        with contextlib.suppress(zlib.error):
            value = zlib.decompress(value)
        raw = bytes(value) if isinstance(value, bytes) else b""
        parsed = email.message_from_bytes(raw, policy=email.policy.compat32)
        parts = [raw, *(p.get_payload(decode=True) or b"" for p in parsed.walk())]
        return "\n".join(part.decode("utf-8", "replace") for part in parts if part)
    return str(value)


def moment() -> datetime:
    """After all of it."""
    return datetime(2014, 3, 1, 9, 0, tzinfo=UTC)
