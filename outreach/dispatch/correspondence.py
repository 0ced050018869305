"""Single letters: those to one person that belong to no campaign. Writes: letters (new rows),
letter_files, letter_attachments.

Such as the acknowledgement of a volunteer's mail and what staff answer. Their readers need not be
on the list, so no ledger of supporters can hold them. A letter is written whole, as it will leave;
how it moves is in `lettermoves`, how it leaves in `courier`. All functions that write run inside
the caller's transaction.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from outreach import addresses
from outreach.dispatch.purposes import AUTO_SUBMITTED, LetterPurpose
from outreach.errors import InputError, NotFound
from outreach.model import Attachment, DeliveryState, Mailbox
from outreach.store import Database, utc_text

#: of References the first and so many of the last are kept (RFC 5322 §3.6.4 wants all, servers cut)
_LAST_OF_THREAD: Final = 9


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter that is to leave, whole."""

    #: from `next_id`, as its own tokens hold it
    letter_id: int
    purpose: LetterPurpose
    recipient: Mailbox
    language: str
    subject: str
    text: str
    html: str
    sender: Mailbox
    reply_to: str
    #: with its brackets; the part before the @ is the letter's own token
    message_id: str
    #: the Message-ID of the mail that it answers, with its brackets
    in_reply_to: str = ""
    #: References, the oldest first
    thread: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    #: the message folder that it was made of
    template: str = ""
    #: whether it is of a version for people who are discreet
    discreet: bool = False
    #: the mail that it answers
    inbound_id: int | None = None
    followup_id: int | None = None
    delivery_id: int | None = None
    campaign_id: int | None = None
    supporter_id: int | None = None
    #: a second letter with the same words here is not written; '': there may be many
    once: str = ""
    not_before: datetime | None = None
    #: after that it isn't sent any more
    not_after: datetime | None = None
    #: who wrote it, or had it written
    created_by: str = "outreach"


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A letter with where it stands."""

    letter_id: int
    purpose: str
    inbound_id: int | None
    followup_id: int | None
    delivery_id: int | None
    campaign_id: int | None
    supporter_id: int | None
    email: str
    name: str
    language: str
    template: str
    discreet: int
    subject: str
    text: str
    sender_name: str
    sender_email: str
    reply_to: str
    message_id: str
    in_reply_to: str
    thread: str
    state: str
    #: why it was refused, withdrawn or put off
    reason: str
    attempts: int
    deferrals: int
    not_before: str
    not_after: str
    provider: str
    provider_id: str
    detail: str
    #: UTC: the Date of the last attempt; '' where there was none
    composed_at: str
    #: what came back after it was accepted: a word of `BounceClass` or `complaint`; '' if nothing
    returned: str
    returned_at: str
    created_by: str
    created_at: str
    changed_at: str

    @property
    def token(self) -> str:
        """The letter's own token."""
        return self.message_id[1:].partition("@")[0]

    @property
    def attempt_id(self) -> str:
        """The name of the last attempt."""
        return attempt_id(self.letter_id, self.attempts)

    @property
    def to_look_at(self) -> bool:
        """Whether somebody should look at it: it didn't arrive, or nobody knows."""
        return bool(self.returned) or self.state in _LOOKED_AT


_LOOKED_AT: Final = frozenset(
    {DeliveryState.REFUSED, DeliveryState.IN_DOUBT, DeliveryState.WITHDRAWN}
)
_COLUMNS: Final = ", ".join(field.name for field in fields(StoredLetter))


def attempt_id(letter_id: int, attempt: int) -> str:
    """Name an attempt: with a letter before it, as none of a campaign has."""
    return f"L{letter_id}-{attempt}"


def next_id(db: Database) -> int:
    """Give the id that the next letter will have, for its tokens. In the transaction of `write`."""
    (last,) = db.conn.execute("SELECT coalesce(max(letter_id), 0) FROM letters").fetchone()
    return int(last) + 1


def write(db: Database, new: NewLetter, now: datetime) -> int | None:
    """Write a letter that leaves as soon as letters are sent; give its id.

    None, with nothing written, where one with the same `once` was written before.

    Raises:
        InputError: the address is none.
    """
    email = addresses.normalise(new.recipient.email)
    if not email:
        raise InputError("this is no address that a letter can go to", value=new.recipient.email)
    moment = utc_text(now)
    values: dict[str, object] = {
        "letter_id": new.letter_id,
        "purpose": new.purpose,
        "once": new.once,
        "inbound_id": new.inbound_id,
        "followup_id": new.followup_id,
        "delivery_id": new.delivery_id,
        "campaign_id": new.campaign_id,
        "supporter_id": new.supporter_id,
        "email": email,
        "name": new.recipient.name,
        "language": new.language,
        "template": new.template,
        "discreet": int(new.discreet),
        "subject": new.subject,
        "text": new.text,
        "html": zlib.compress(new.html.encode()),
        "sender_name": new.sender.name,
        "sender_email": new.sender.email,
        "reply_to": new.reply_to,
        "message_id": new.message_id,
        "in_reply_to": new.in_reply_to,
        "thread": " ".join([*new.thread[:1], *new.thread[1:][-_LAST_OF_THREAD:]]),
        "state": DeliveryState.PLANNED,
        "not_before": utc_text(new.not_before) if new.not_before else "",
        "not_after": utc_text(new.not_after) if new.not_after else "",
        "created_by": new.created_by,
        "created_at": moment,
        "changed_at": moment,
    }
    places = ", ".join(f":{name}" for name in values)
    written = db.conn.execute(
        f"INSERT INTO letters ({', '.join(values)}) VALUES ({places})"
        " ON CONFLICT (once) WHERE once <> '' DO NOTHING",
        values,
    )
    if not written.rowcount:
        return None
    for place, file in enumerate(new.attachments):
        _attach(db, new.letter_id, place, file)
    return new.letter_id


def is_written(db: Database, once: str) -> bool:
    """Whether a letter with these words in `once` is written."""
    found = db.conn.execute("SELECT 1 FROM letters WHERE once = ? AND once <> ''", [once])
    return found.fetchone() is not None


def _attach(db: Database, letter_id: int, place: int, file: Attachment) -> None:
    key = hashlib.sha256(file.content).digest()
    db.conn.execute(
        "INSERT OR IGNORE INTO letter_files (file_key, content) VALUES (?, ?)", [key, file.content]
    )
    db.conn.execute(
        "INSERT INTO letter_attachments (letter_id, place, name, content_type, file_key)"
        " VALUES (?, ?, ?, ?, ?)",
        [letter_id, place, file.name, file.content_type, key],
    )


def get(db: Database, letter_id: int) -> StoredLetter:
    """Read a letter.

    Raises:
        NotFound: there is none with this id.
    """
    row = db.conn.execute(
        f"SELECT {_COLUMNS} FROM letters WHERE letter_id = ?", [letter_id]
    ).fetchone()
    if row is None:
        raise NotFound(
            "there is no letter with this id",
            value=letter_id,
            next_step="see `outreach letters list`",
        )
    return StoredLetter(*row)


def html_of(db: Database, letter_id: int) -> str:
    """Give a letter's page."""
    (html,) = db.conn.execute(
        "SELECT html FROM letters WHERE letter_id = ?", [letter_id]
    ).fetchone()
    return zlib.decompress(html).decode()


def attachments_of(db: Database, letter_id: int) -> tuple[Attachment, ...]:
    """Give the files that go with a letter, in their order."""
    rows = db.conn.execute(
        "SELECT a.name, a.content_type, f.content FROM letter_attachments AS a"
        " JOIN letter_files AS f USING (file_key) WHERE a.letter_id = ? ORDER BY a.place",
        [letter_id],
    )
    return tuple(Attachment(*row) for row in rows)


def headers_of(letter: StoredLetter, date: str) -> tuple[tuple[str, str], ...]:
    """Give a letter's headers but for From, To, Reply-To and Subject. `date` as a header has it."""
    headers = [("Date", date), ("Message-ID", letter.message_id)]
    if letter.in_reply_to:
        headers.append(("In-Reply-To", letter.in_reply_to))
    if letter.thread:
        headers.append(("References", letter.thread))
    purpose = LetterPurpose(letter.purpose)
    if purpose in AUTO_SUBMITTED:
        headers.append(("Auto-Submitted", AUTO_SUBMITTED[purpose]))
    if purpose is LetterPurpose.ACKNOWLEDGEMENT:
        # Exchange heeds this and not RFC 3834
        headers.append(("X-Auto-Response-Suppress", "All"))
    return (*headers, ("Content-Language", letter.language or "en"))


def list_letters(
    db: Database,
    *,
    followup_id: int | None = None,
    email: str = "",
    states: Collection[DeliveryState] = (),
    purpose: str = "",
    returned: bool = False,
    limit: int = -1,
) -> list[StoredLetter]:
    """List letters, the newest first; what is not given asks for all. `returned`: came back."""
    rows = db.conn.execute(
        f"SELECT {_COLUMNS} FROM letters"
        " WHERE (:followup_id IS NULL OR followup_id = :followup_id)"
        " AND (:email = '' OR email = :email) AND (:purpose = '' OR purpose = :purpose)"
        " AND (NOT :returned OR returned <> '')"
        " AND (:states = '[]' OR state IN (SELECT value FROM json_each(:states)))"
        " ORDER BY letter_id DESC LIMIT :limit",
        {
            "followup_id": followup_id,
            "email": email,
            "purpose": purpose,
            "returned": returned,
            "states": json.dumps(list(states)),
            "limit": limit,
        },
    )
    return [StoredLetter(*row) for row in rows]


def written_since(
    db: Database, purpose: LetterPurpose, email: str, campaign_id: int | None, since: datetime
) -> bool:
    """Whether a letter of this campaign for this purpose was written to a mailbox since then."""
    row = db.conn.execute(
        "SELECT 1 FROM letters WHERE mailbox = ? AND created_at > ? AND purpose = ?"
        " AND campaign_id IS ?",
        [addresses.mailbox(email), utc_text(since), purpose, campaign_id],
    ).fetchone()
    return row is not None


def strangers_since(
    db: Database, purpose: LetterPurpose, delivery_id: int | None, since: datetime
) -> int:
    """Count the letters written since then to whoever had a delivery's token, but its person."""
    (number,) = db.conn.execute(
        "SELECT count(*) FROM letters WHERE delivery_id = ? AND created_at > ? AND purpose = ?"
        " AND supporter_id IS NULL",
        [delivery_id, utc_text(since), purpose],
    ).fetchone()
    return int(number)
