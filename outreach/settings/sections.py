"""The sections of outreach.toml, and all of them together as one frozen Settings.

Each section is a dataclass: its fields are the keys, their defaults the defaults, their `doc` the
comment in the file that `outreach init` writes, so that file and code can't drift apart, and their
`check` says what else a value must be besides of the default's type.
Secrets are never in the file, only in the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from outreach.model import Letterhead, Mailbox
from outreach.settings.checks import (
    a_bounce_address,
    a_host,
    a_name,
    a_reply_address,
    a_timezone,
    a_url,
    a_window,
    an_address,
    anything,
    base64_words,
    between,
    leave_seen_or_move,
    one_line,
    one_of,
    or_empty,
    whole_numbers,
)
from outreach.settings.fields import setting
from outreach.settings.looking_after import Followups, Gatherings, Member
from outreach.settings.servers import Desk, Public

_COUNT: Final = between(0, 1_000_000_000)


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who writes: stands in the footer of every message."""

    name: str = setting("Example Rights Network", "as readers know you", one_line)
    postal_address: str = setting(
        "1 Example Street, Example Town, EX1 1EX",
        "in one line; the law of most countries wants it",
        one_line,
    )


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose name and address stand in From and Reply-To."""

    name: str = setting("Sam Example", "the person who signs", one_line)
    email: str = setting("news@outreach.example.org", "a mailbox that you read too", an_address)
    reply_to: str = setting(
        "events+{token}@outreach.example.org",
        "where answers go; {token} becomes each reader's own reply token",
        a_reply_address,
    )
    envelope: str = setting(
        "",
        "envelope sender for bounces, by smtp; {token} becomes each letter's own; empty: email",
        or_empty(a_bounce_address),
    )


@dataclass(frozen=True, slots=True)
class Segments:
    """How segments are run."""

    time_limit: int = setting(
        60, "seconds after which a segment's query is stopped", between(1, 86_400)
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """How messages leave."""

    transport: str = setting(
        "outbox",
        "outbox writes files and sends nothing (outbox | smtp | sendgrid)",
        one_of("outbox", "smtp", "sendgrid"),
    )
    batch_size: int = setting(
        500, "letters claimed and settled in one commit, 1 to 1000", between(1, 1000)
    )


@dataclass(frozen=True, slots=True)
class Pacing:
    """How fast letters may leave, whatever runs at once. 0: no limit. The outbox has none."""

    per_second: int = setting(0, "letters a second", _COUNT)
    per_minute: int = setting(0, "letters a minute", _COUNT)
    per_hour: int = setting(0, "letters an hour", _COUNT)
    per_domain: int = setting(0, "letters a minute to any one domain of readers", _COUNT)
    warmup: str = setting(
        "",
        'most letters on the first, second, ... day of sending, such as "500 1000 2000 5000";'
        " days are UTC, and after the last there is no such limit",
        or_empty(whole_numbers),
    )

    @property
    def ramp(self) -> tuple[int, ...]:
        """The days of `warmup`, as numbers."""
        return tuple(int(number) for number in self.warmup.split())

    @property
    def unlimited(self) -> bool:
        """Whether letters may leave as fast as they can."""
        return self == Pacing()


@dataclass(frozen=True, slots=True)
class Cap:
    """How often one person may be written to, over all campaigns."""

    messages: int = setting(0, "at most so many, 0 for no limit, ...", between(0, 1_000))
    days: int = setting(7, "... in so many days", between(1, 3_650))


@dataclass(frozen=True, slots=True)
class Approval:
    """Who must stand for a campaign before it leaves. The outbox sends nothing and asks nobody."""

    over: int = setting(
        10_000, "`outreach dispatch` needs an approval for more people than that", _COUNT
    )
    second_person_over: int = setting(
        500, "for more people than that, not the author's own", _COUNT
    )


@dataclass(frozen=True, slots=True)
class Schedule:
    """What `outreach campaigns schedule` goes by where it isn't told."""

    zone: str = setting("UTC", "an IANA time zone, such as Europe/London", a_timezone)
    window: str = setting(
        "", "hours at which letters may leave, such as 08:00-20:00; empty: all", a_window
    )
    lateness: int = setting(
        6,
        "hours; a campaign missed by more than that waits for a new approval",
        between(1, 8_760),
    )


@dataclass(frozen=True, slots=True)
class Outbox:
    """The embedded outbox: a Maildir."""

    path: str = setting("outbox", "folder, from the workspace", one_line)
    fsync: bool = setting(
        False, "true: each file is on the disk before it counts as accepted", anything
    )


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. The password comes from OUTREACH_SMTP_PASSWORD."""

    host: str = setting("localhost", "name or address", a_host)
    port: int = setting(
        587, "587 for starttls, 465 for tls, 25 between servers", between(1, 65_535)
    )
    user: str = setting("", "empty: no login", or_empty(one_line))
    security: str = setting(
        "starttls",
        "certificates are verified (none | starttls | tls)",
        one_of("none", "starttls", "tls"),
    )
    timeout: int = setting(
        600, "seconds for an answer; under 600 makes doubts (RFC 5321 4.5.3.2)", between(1, 3_600)
    )
    connections: int = setting(
        4, "open at once, at most; fewer where the server won't have so many", between(1, 100)
    )
    messages_per_connection: int = setting(
        1000, "after so many a new connection is opened", between(1, 1_000_000)
    )


@dataclass(frozen=True, slots=True)
class SendGrid:
    """Twilio SendGrid. The key comes from SENDGRID_API_KEY."""

    host: str = setting(
        "https://api.sendgrid.com", "another address for a stand-in or the EU", a_url
    )
    timeout: int = setting(30, "seconds for an answer", between(1, 3_600))
    requests_at_once: int = setting(2, "each of up to 1000 people", between(1, 16))
    reply_to: str = setting(
        "shared",
        "of requests for many: the address without the token, or with each reader's own put in by"
        " SendGrid, if that proves to work (shared | substituted)",
        one_of("shared", "substituted"),
    )
    substitution_bytes: int = setting(
        10_000,
        "of one person's values; if SendGrid says that it takes fewer, that is remembered",
        between(100, 100_000),
    )
    webhook_key: str = setting(
        "",
        "verification key of the Event Webhook, which is public; while you change it, both, with a"
        " space between",
        or_empty(base64_words),
    )
    inbound_key: str = setting(
        "",
        "verification key of Inbound Parse's security policy, as webhook_key",
        or_empty(base64_words),
    )


@dataclass(frozen=True, slots=True)
class Replies:
    """What follows from the mails that come back."""

    temporary_bounces: int = setting(
        5, "so many temporary failures of one address, 0 for no limit, ...", between(0, 1_000)
    )
    temporary_days: int = setting(30, "... in so many days mean that it is dead", between(1, 3_650))
    authserv: str = setting(
        "",
        "the name that your own mail server writes first in Authentication-Results; empty: such"
        " lines are not believed",
        or_empty(a_host),
    )
    acknowledge: str = setting(
        "volunteer-thanks",
        "the message that thanks a volunteer at once, by itself; empty: none does",
        or_empty(one_line),
    )
    acknowledgements_an_hour: int = setting(
        500, "no more of them leave, the rest wait; 0 for no limit", between(0, 100_000)
    )


@dataclass(frozen=True, slots=True)
class ImapMailbox:
    """A mailbox that is read by IMAP. The password comes from OUTREACH_IMAP_PASSWORD, or of several
    from OUTREACH_IMAP_PASSWORD_NAME first.
    """

    name: str = setting("", "what you call it; with several, each needs its own", a_name)
    host: str = setting("imap.example.org", "name or address", a_host)
    port: int = setting(993, "993 for tls, 143 for starttls", between(1, 65_535))
    user: str = setting("events@example.org", "", one_line)
    security: str = setting(
        "tls",
        "certificates are verified (none | starttls | tls)",
        one_of("none", "starttls", "tls"),
    )
    folder: str = setting("INBOX", "the folder that is read; those in it are not", one_line)
    after: str = setting(
        "leave",
        "what is done with a mail that was taken in (leave | seen | move:FOLDER)",
        leave_seen_or_move,
    )

    @property
    def label(self) -> str:
        """What the mailbox is called."""
        return self.name or f"{self.user} on {self.host}"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What only the environment may say. Never shown, not even by repr."""

    smtp_password: str = field(default="", repr=False)
    sendgrid_api_key: str = field(default="", repr=False)
    imap_password: str = field(default="", repr=False)
    #: of mailboxes that have one of their own, by `imap_variable`
    imap_passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of_mailbox(self, mailbox: ImapMailbox) -> str:
        """Give the password of a mailbox: its own, else the common one; '' where there is none."""
        return self.imap_passwords.get(imap_variable(mailbox.name)) or self.imap_password


#: the field of Secrets -> the environment variable that it is read from
SECRET_VARIABLES: Final[Mapping[str, str]] = {
    "smtp_password": "OUTREACH_SMTP_PASSWORD",
    "sendgrid_api_key": "SENDGRID_API_KEY",
    "imap_password": "OUTREACH_IMAP_PASSWORD",
}


def imap_variable(name: str) -> str:
    """Give the environment variable of the password of the mailbox `name`; '' for one without."""
    common = SECRET_VARIABLES["imap_password"]
    return f"{common}_{name.upper().replace('-', '_')}" if name else common


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one workspace."""

    root: Path
    organisation: Organisation = field(default_factory=Organisation)
    sender: Sender = field(default_factory=Sender)
    public: Public = field(default_factory=Public)
    desk: Desk = field(default_factory=Desk)
    segments: Segments = field(default_factory=Segments)
    delivery: Delivery = field(default_factory=Delivery)
    pacing: Pacing = field(default_factory=Pacing)
    cap: Cap = field(default_factory=Cap)
    approval: Approval = field(default_factory=Approval)
    schedule: Schedule = field(default_factory=Schedule)
    outbox: Outbox = field(default_factory=Outbox)
    smtp: Smtp = field(default_factory=Smtp)
    sendgrid: SendGrid = field(default_factory=SendGrid)
    replies: Replies = field(default_factory=Replies)
    gatherings: Gatherings = field(default_factory=Gatherings)
    followups: Followups = field(default_factory=Followups)
    #: each [[staff]]
    staff: tuple[Member, ...] = ()
    #: each [[mailbox]]
    mailbox: tuple[ImapMailbox, ...] = ()
    secrets: Secrets = field(default_factory=Secrets)

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.root / "outreach.db"

    @property
    def templates_dir(self) -> Path:
        """The messages."""
        return self.root / "templates"

    @property
    def segments_dir(self) -> Path:
        """The segments."""
        return self.root / "segments"

    @property
    def outbox_dir(self) -> Path:
        """The embedded outbox."""
        return self.root / self.outbox.path

    @property
    def letterhead(self) -> Letterhead:
        """What messages say of their sender."""
        return Letterhead(
            organisation=self.organisation.name,
            postal_address=self.organisation.postal_address,
            sender=Mailbox(self.sender.name, self.sender.email),
            reply_to=self.sender.reply_to,
            public_url=self.public.url.rstrip("/"),
        )


#: the sections of the file, in its order
SECTIONS: Final[Mapping[str, type]] = {
    "organisation": Organisation,
    "sender": Sender,
    "public": Public,
    "desk": Desk,
    "segments": Segments,
    "delivery": Delivery,
    "pacing": Pacing,
    "cap": Cap,
    "approval": Approval,
    "schedule": Schedule,
    "outbox": Outbox,
    "smtp": Smtp,
    "sendgrid": SendGrid,
    "replies": Replies,
    "followups": Followups,
    "gatherings": Gatherings,
}
#: those that may stand there several times, as [[name]]
REPEATED: Final[Mapping[str, type]] = {"staff": Member, "mailbox": ImapMailbox}
