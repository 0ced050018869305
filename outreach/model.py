"""The nouns that travel between rooms: frozen, typed, without I/O.

Text that is not known is the empty string, never None, here and in the database: in SQL a NULL
makes `country <> 'US'` silently drop people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import Final, Protocol, TypeVar, dataclass_transform

from outreach.content import Content as Content
from outreach.content import Merge as Merge
from outreach.content import Written as Written
from outreach.content import shared_digest

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen_when_typed(cls: type[_Class]) -> type[_Class]:
    """Make a frozen dataclass, of which there are some to each letter.

    That nobody changes one is seen to by the type checker alone: where Python sees to it as well,
    making one takes five times as long.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


class Consent(StrEnum):
    """Whether a person has agreed to something. Unknown is never taken for agreement."""

    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"


class Safety(StrEnum):
    """How careful a message to this person must be."""

    STANDARD = "standard"
    #: only messages that have a discreet version may go to this person
    DISCREET = "discreet"


class Suppression(StrEnum):
    """Why an address must not be written to, whatever its owner once agreed to."""

    UNSUBSCRIBED = "unsubscribed"
    COMPLAINT = "complaint"
    DEAD_ADDRESS = "dead_address"
    STAFF = "staff"


class Exclusion(StrEnum):
    """Why a person of the segment is left out, at planning or as a batch leaves."""

    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_address"
    NO_DISCREET_VERSION = "no_discreet_version"
    #: they said that they want none of this kind
    NOT_WANTED = "not_wanted"
    NOT_COMPOSABLE = "not_composable"
    CAPPED = "capped"
    CANCELLED = "cancelled"


class MessageKind(StrEnum):
    """What a message is about, so that a reader can say no to some and yes to others."""

    #: results, good news, how a campaign goes
    NEWS = "news"
    #: something to sign, to write or to do
    ACTION = "action"
    #: events that volunteers put on, and how to put on one
    EVENTS = "events"


class DeliveryState(StrEnum):
    """The states of a ledger row; the legal moves are `dispatch.ledger.MOVES`."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXCLUDED = "excluded"


class Verdict(StrEnum):
    """What a transport can say of one letter."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    #: certain that it did not leave us; may be tried again
    TRY_LATER = "try_later"
    #: it may or may not have left us: never tried again by itself
    IN_DOUBT = "in_doubt"


class Refusal(StrEnum):
    """Why a letter was refused, in our words; providers' words stop at their transport."""

    DEAD_ADDRESS = "dead_address"
    MAILBOX_FULL = "mailbox_full"
    POLICY = "policy"
    MESSAGE = "message"
    UNKNOWN = "unknown"


class ReplyKind(StrEnum):
    """What an incoming mail is."""

    VOLUNTEER = "volunteer"
    QUESTION = "question"
    THANKS = "thanks"
    UNSUBSCRIBE = "unsubscribe"
    DECLINE = "decline"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    RECEIPT = "receipt"
    NEWSLETTER = "newsletter"
    SPAM = "spam"
    OWN = "own"
    UNKNOWN = "unknown"


class BounceClass(StrEnum):
    """What a bounce says of the address. Only a dead address suppresses."""

    DEAD_ADDRESS = "dead_address"
    TEMPORARY = "temporary"
    POLICY = "policy"
    DELIVERED = "delivered"


class Stage(StrEnum):
    """Where a follow-up stands; the legal moves are `followups.stages.MOVES`."""

    NEW = "new"
    CONTACTED = "contacted"
    INFO_SENT = "info_sent"
    CONFIRMED = "confirmed"
    GATHERING_PLANNED = "gathering_planned"
    GATHERING_HELD = "gathering_held"
    THANKED = "thanked"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why a follow-up was closed."""

    NOT_NOW = "not_now"
    DECLINED = "declined"
    NOT_SUITABLE = "not_suitable"
    UNREACHABLE = "unreachable"
    SPAM = "spam"
    SAFETY = "safety"


class ActionKind(StrEnum):
    """What a supporter did for a campaign."""

    LETTER = "letter"
    EMAIL = "email"
    SMS = "sms"
    FAX = "fax"
    TWEET = "tweet"
    PETITION_SIGNATURE = "petition_signature"


@frozen_when_typed
class Supporter:
    """One person on the list."""

    supporter_id: int
    #: as written, spaces removed, the domain lower-case ASCII; unique without regard to case
    email: str
    #: names as the person writes them; never split or joined by us
    given_name: str = ""
    family_name: str = ""
    #: ISO 3166-1 alpha-2, upper-case
    country: str = ""
    #: BCP 47 as the person asked for it (fr, pt-BR); empty where they never said
    language: str = ""
    #: IANA name
    timezone: str = ""
    #: YYYY-MM-DD
    joined: str = ""
    tags: tuple[str, ...] = ()
    #: any further columns of the imported file, by their header
    attributes: Mapping[str, str] = field(default_factory=dict)
    consent: Consent = Consent.UNKNOWN
    #: on what ground they may be written to, in words
    consent_ground: str = ""
    #: UTC, ISO 8601, when consent was last stated
    consent_at: str = ""
    tracking: Consent = Consent.UNKNOWN
    safety: Safety = Safety.STANDARD


@frozen_when_typed
class Mailbox:
    """A name and an address, as in a From or To header. The name may be empty."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who a message is from and where its links lead; frozen into the campaign at planning."""

    organisation: str
    #: in one line, as it stands in the footer
    postal_address: str
    sender: Mailbox
    #: address pattern with `{token}` in it
    reply_to: str
    #: https, without a slash at the end
    public_url: str


#: looks like a token, and no page knows it
NO_TOKEN: Final = "a" * 24


class SealLink(Protocol):
    """Proves that a link of this letter leads where it says."""

    def __call__(self, target: str) -> str:
        """Give number and seal, as they stand in the path of the link."""


@frozen_when_typed
class Reader:
    """One person about to be written to, with the tokens of this very delivery."""

    supporter: Supporter
    #: signed tokens (`outreach.tokens`); tokens that do nothing in a preview
    reply_token: str
    unsubscribe_token: str
    #: these stand in some messages only; NO_TOKEN where there is nothing that they would lead to
    view_token: str = NO_TOKEN
    confirm_token: str = NO_TOKEN
    #: only of those who said that they may be counted: '' and None else
    open_token: str = ""
    seal_link: SealLink | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    #: such as `application/pdf`, or `text/calendar; charset=utf-8; method=REQUEST`
    content_type: str
    content: bytes = field(repr=False)

    def said(self) -> tuple[str, str, str]:
        """Give what a digest takes of it."""
        return self.name, self.content_type, hashlib.sha256(self.content).hexdigest()


@frozen_when_typed
class Message:
    """One person's message, complete: what preview shows and what transports send."""

    language: str
    subject: str
    preheader: str
    sender: Mailbox
    recipient: Mailbox
    reply_to: str
    #: every further header (Message-ID, List-Unsubscribe, ...), in order, without line breaks
    headers: tuple[tuple[str, str], ...]
    content: Content
    #: the part of `reply_to` that is this reader's alone; '' where there is none
    reply_token: str = ""
    #: stand in `content.mime` too
    attachments: tuple[Attachment, ...] = ()

    @property
    def html(self) -> str:
        """The page."""
        return self.content.html

    @property
    def text(self) -> str:
        """The same as plain text."""
        return self.content.text

    @property
    def mime(self) -> bytes:
        """The whole message by RFC 5322: CRLF line ends, lines of at most 998 bytes."""
        return self.content.mime

    @property
    def pieces(self) -> Sequence[bytes]:
        """`mime` in pieces; what many messages share is the same object in them, if it can be."""
        return self.content.pieces

    @property
    def shape(self) -> str:
        """At least 8 hex digits that name the way through ifs and loops; '' where unknown."""
        return self.content.shape

    @property
    def merge(self) -> Merge | None:
        """Shared parts and own values; None where there is only the whole page."""
        return self.content.merge

    def digest(self) -> bytes:
        """Give SHA-256 of all that its reader gets: mailboxes, headers, subject, text and page.

        Where there is a `merge`, of its values and of the digest of what its shape shares, so the
        same message in one piece has another. A NUL stands between the parts, so that nothing can
        move from one into another; a message that holds one, as no mail may, is a ValueError. It is
        the same whichever transport took the message.
        """
        merge, sender, recipient = self.merge, self.sender, self.recipient
        shared = shared_digest(merge.text, merge.html) if merge else ""
        own = (*merge.text_values, *merge.html_values) if merge else (self.text, self.html)
        parts = (
            *(shared, sender.name, sender.email, recipient.name, recipient.email, self.reply_to),
            *(str(len(self.headers)), *chain.from_iterable(self.headers), self.subject, *own),
            *(part for file in self.attachments for part in file.said()),
        )
        whole = "\0".join(parts)
        if whole.count("\0") >= len(parts):
            raise ValueError("a message with a NUL in it")
        return hashlib.sha256(whole.encode()).digest()


@frozen_when_typed
class Letter:
    """A claimed ledger row with its message: what a transport is handed, and all it needs."""

    delivery_id: int
    #: opaque, one for each attempt; providers hand it back in their events
    attempt_id: str
    message: Message


@frozen_when_typed
class Outcome:
    """What became of one letter."""

    delivery_id: int
    verdict: Verdict
    #: with Verdict.REFUSED; with TRY_LATER what it will be refused for when it was tried enough
    refusal: Refusal | None = None
    #: the provider's own id for the accepted message
    provider_id: str = ""
    #: the provider's words, for people to read; never parsed again, holds no address
    detail: str = ""


class Progress(Protocol):
    """Told how far a long piece of work is; `total` is None where it can't be known."""

    def __call__(
        self, done: int, total: int | None, *, refused: int = 0, in_doubt: int = 0
    ) -> None:
        """Report `done` of `total` units; of letters also what became of them, where it is bad."""


def no_progress(done: int, total: int | None, *, refused: int = 0, in_doubt: int = 0) -> None:
    """Report to nobody."""
