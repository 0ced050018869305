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
from typing import Any, Final

from outreach.model import Letterhead, Mailbox
from outreach.settings.checks import (
    Check,
    a_bounce_address,
    a_host,
    a_name,
    a_reply_address,
    a_time,
    a_timezone,
    a_url,
    a_window,
    an_address,
    anything,
    base64_words,
    between,
    country_codes,
    language_codes,
    leave_seen_or_move,
    one_line,
    one_of,
    or_empty,
    weekends,
    whole_numbers,
    working_hours,
)


def _setting(default: Any, doc: str, check: Check) -> Any:
    return field(default=default, metadata={"doc": doc, "check": check})


_COUNT: Final = between(0, 1_000_000_000)


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who writes: stands in the footer of every message."""

    name: str = _setting("Example Rights Network", "as readers know you", one_line)
    postal_address: str = _setting(
        "1 Example Street, Example Town, EX1 1EX",
        "in one line; the law of most countries wants it",
        one_line,
    )


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose name and address stand in From and Reply-To."""

    name: str = _setting("Sam Example", "the person who signs", one_line)
    email: str = _setting("news@outreach.example.org", "a mailbox that you read too", an_address)
    reply_to: str = _setting(
        "events+{token}@outreach.example.org",
        "where answers go; {token} becomes each reader's own reply token",
        a_reply_address,
    )
    envelope: str = _setting(
        "",
        "envelope sender for bounces, by smtp; {token} becomes each letter's own; empty: email",
        or_empty(a_bounce_address),
    )


@dataclass(frozen=True, slots=True)
class Public:
    """The pages that readers meet."""

    url: str = _setting("https://outreach.example.org", "where the links of messages lead", a_url)


@dataclass(frozen=True, slots=True)
class Segments:
    """How segments are run."""

    time_limit: int = _setting(
        60, "seconds after which a segment's query is stopped", between(1, 86_400)
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """How messages leave."""

    transport: str = _setting(
        "outbox",
        "outbox writes files and sends nothing (outbox | smtp | sendgrid)",
        one_of("outbox", "smtp", "sendgrid"),
    )
    batch_size: int = _setting(
        500, "letters claimed and settled in one commit, 1 to 1000", between(1, 1000)
    )


@dataclass(frozen=True, slots=True)
class Pacing:
    """How fast letters may leave, whatever runs at once. 0: no limit. The outbox has none."""

    per_second: int = _setting(0, "letters a second", _COUNT)
    per_minute: int = _setting(0, "letters a minute", _COUNT)
    per_hour: int = _setting(0, "letters an hour", _COUNT)
    per_domain: int = _setting(0, "letters a minute to any one domain of readers", _COUNT)
    warmup: str = _setting(
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

    messages: int = _setting(0, "at most so many, 0 for no limit, ...", between(0, 1_000))
    days: int = _setting(7, "... in so many days", between(1, 3_650))


@dataclass(frozen=True, slots=True)
class Approval:
    """Who must stand for a campaign before it leaves. The outbox sends nothing and asks nobody."""

    over: int = _setting(
        10_000, "`outreach dispatch` needs an approval for more people than that", _COUNT
    )
    second_person_over: int = _setting(
        500, "for more people than that, not the author's own", _COUNT
    )


@dataclass(frozen=True, slots=True)
class Schedule:
    """What `outreach campaigns schedule` goes by where it isn't told."""

    zone: str = _setting("UTC", "an IANA time zone, such as Europe/London", a_timezone)
    window: str = _setting(
        "", "hours at which letters may leave, such as 08:00-20:00; empty: all", a_window
    )
    lateness: int = _setting(
        6,
        "hours; a campaign missed by more than that waits for a new approval",
        between(1, 8_760),
    )


@dataclass(frozen=True, slots=True)
class Outbox:
    """The embedded outbox: a Maildir."""

    path: str = _setting("outbox", "folder, from the workspace", one_line)
    fsync: bool = _setting(
        False, "true: each file is on the disk before it counts as accepted", anything
    )


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. The password comes from OUTREACH_SMTP_PASSWORD."""

    host: str = _setting("localhost", "name or address", a_host)
    port: int = _setting(
        587, "587 for starttls, 465 for tls, 25 between servers", between(1, 65_535)
    )
    user: str = _setting("", "empty: no login", or_empty(one_line))
    security: str = _setting(
        "starttls",
        "certificates are verified (none | starttls | tls)",
        one_of("none", "starttls", "tls"),
    )
    timeout: int = _setting(
        600, "seconds for an answer; under 600 makes doubts (RFC 5321 4.5.3.2)", between(1, 3_600)
    )
    connections: int = _setting(
        4, "open at once, at most; fewer where the server won't have so many", between(1, 100)
    )
    messages_per_connection: int = _setting(
        1000, "after so many a new connection is opened", between(1, 1_000_000)
    )


@dataclass(frozen=True, slots=True)
class SendGrid:
    """Twilio SendGrid. The key comes from SENDGRID_API_KEY."""

    host: str = _setting(
        "https://api.sendgrid.com", "another address for a stand-in or the EU", a_url
    )
    timeout: int = _setting(30, "seconds for an answer", between(1, 3_600))
    requests_at_once: int = _setting(2, "each of up to 1000 people", between(1, 16))
    reply_to: str = _setting(
        "shared",
        "of requests for many: the address without the token, or with each reader's own put in by"
        " SendGrid, if that proves to work (shared | substituted)",
        one_of("shared", "substituted"),
    )
    substitution_bytes: int = _setting(
        10_000,
        "of one person's values; if SendGrid says that it takes fewer, that is remembered",
        between(100, 100_000),
    )
    webhook_key: str = _setting(
        "",
        "verification key of the Event Webhook, which is public; while you change it, both, with a"
        " space between",
        or_empty(base64_words),
    )
    inbound_key: str = _setting(
        "",
        "verification key of Inbound Parse's security policy, as webhook_key",
        or_empty(base64_words),
    )


@dataclass(frozen=True, slots=True)
class Replies:
    """What follows from the mails that come back."""

    temporary_bounces: int = _setting(
        5, "so many temporary failures of one address, 0 for no limit, ...", between(0, 1_000)
    )
    temporary_days: int = _setting(
        30, "... in so many days mean that it is dead", between(1, 3_650)
    )
    authserv: str = _setting(
        "",
        "the name that your own mail server writes first in Authentication-Results; empty: such"
        " lines are not believed",
        or_empty(a_host),
    )
    acknowledge: str = _setting(
        "volunteer-thanks",
        "the message that thanks a volunteer at once, by itself; empty: none does",
        or_empty(one_line),
    )
    acknowledgements_an_hour: int = _setting(
        500, "no more of them leave, the rest wait; 0 for no limit", between(0, 100_000)
    )


@dataclass(frozen=True, slots=True)
class Gatherings:
    """The events that volunteers put on, and what protects those who do."""

    dangerous: str = _setting(
        "AF AZ BH BI BY CN CU DJ EG ER ET IR KH KP LA MM NI PK QA RU RW SA SD SS SY TJ TM TR UZ VE"
        " VN YE ZW",
        "countries where hosting is dangerous: no public gathering, no name or place in an export,"
        " and a safety talk first; look through it before each campaign",
        country_codes,
    )
    campaign: str = _setting(
        "",
        "the campaign for which their letters count where nothing else is said, such as"
        " write-for-rights-2014",
        or_empty(one_line),
    )
    remind_days: int = _setting(
        7, "days before, on which organisers are reminded; 0: never", between(0, 365)
    )
    ask_days: int = _setting(
        2, "days after, on which they are asked how it went; 0: never", between(0, 365)
    )
    reminder: str = _setting("organiser-reminder", "the message that reminds", one_line)
    request: str = _setting("organiser-results", "the message that asks", one_line)
    least_shown: int = _setting(
        5,
        "of a dangerous country, a report shows no number that stands for fewer people",
        between(1, 1_000),
    )

    @property
    def dangers(self) -> frozenset[str]:
        """The codes of the dangerous countries."""
        return frozenset(self.dangerous.split())


@dataclass(frozen=True, slots=True)
class Followups:
    """How the people who wrote back are looked after."""

    answer_within: int = _setting(
        16, "hours of the volunteer's own working week until an answer is due", between(1, 1_000)
    )
    working_hours: str = _setting(
        "09:00-17:00", "hours of a working day, on the volunteer's own clock", working_hours
    )
    weekends: str = _setting(
        "",
        'where the weekend is another than Unicode CLDR says, such as "NP=sat IR=thu,fri"',
        weekends,
    )
    assignment: str = _setting(
        "by_hand",
        "who gets a new one: nobody, the next of the team of its country or language, or the next"
        " of all (by_hand | team | in_turn)",
        one_of("by_hand", "team", "in_turn"),
    )
    claim: int = _setting(
        30, "minutes for which others are told that somebody has one open", between(1, 1_440)
    )
    digest: str = _setting(
        "07:00",
        "time of day, in [schedule] zone, from which `outreach cron` sends each of [[staff]] what"
        " waits for them; empty: no digest",
        or_empty(a_time),
    )


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who looks after those who wrote back. The countries and languages make the teams: a
    follow-up is its country's first, then its language's, and else anybody's.
    """

    name: str = _setting("Amina", "as the history shall call them", one_line)
    email: str = _setting("amina@outreach.example.org", "for the digest", an_address)
    countries: str = _setting("", 'such as "CD TG"', country_codes)
    languages: str = _setting("", 'such as "fr"', language_codes)


@dataclass(frozen=True, slots=True)
class ImapMailbox:
    """A mailbox that is read by IMAP. The password comes from OUTREACH_IMAP_PASSWORD, or of several
    from OUTREACH_IMAP_PASSWORD_NAME first.
    """

    name: str = _setting("", "what you call it; with several, each needs its own", a_name)
    host: str = _setting("imap.example.org", "name or address", a_host)
    port: int = _setting(993, "993 for tls, 143 for starttls", between(1, 65_535))
    user: str = _setting("events@example.org", "", one_line)
    security: str = _setting(
        "tls",
        "certificates are verified (none | starttls | tls)",
        one_of("none", "starttls", "tls"),
    )
    folder: str = _setting("INBOX", "the folder that is read; those in it are not", one_line)
    after: str = _setting(
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
