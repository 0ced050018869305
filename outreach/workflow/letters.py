"""Single letters: write one, send what is due, and look at what left.

A letter is one to a person and of no campaign: an acknowledgement, what staff answer, a reminder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Final

from outreach import addresses, tokens
from outreach.compose import Composer
from outreach.compose.single import single
from outreach.dispatch import correspondence, lettermoves
from outreach.dispatch.correspondence import NewLetter, StoredLetter
from outreach.dispatch.courier import Courier, LettersSent
from outreach.dispatch.purposes import LetterPurpose
from outreach.dispatch.transports import Transport
from outreach.errors import IllegalMove, InputError, SettingsError
from outreach.model import (
    NO_TOKEN,
    Attachment,
    DeliveryState,
    Mailbox,
    Message,
    Reader,
    Safety,
    Supporter,
)
from outreach.replies import inbox
from outreach.replies.mime import headers_of
from outreach.settings import FILE_NAME, Pacing, Sender, Settings
from outreach.store import Database, atomic, signing_keys
from outreach.supporters import consent, roll
from outreach.tokens import Purpose, SigningKey
from outreach.workflow import composers
from outreach.workflow.campaigns import SETTLEMENTS
from outreach.workflow.freezing import freeze_message

#: a Message-ID that may stand in our headers
_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]{3,250}>")

#: why a letter is withdrawn that was written before the settings were
_OF_EXAMPLE: Final = "example_sender"


@dataclass(frozen=True, slots=True)
class Wish:
    """A letter that somebody wants written, as a message folder has it for this person."""

    purpose: LetterPurpose
    #: the message folder
    template: str
    email: str
    #: as the person writes it
    name: str = ""
    #: BCP 47; '': as for anybody of their country
    language: str = ""
    country: str = ""
    #: only a discreet version may go to them; whoever needs one by the list gets it anyway, at each
    #: address of their mailbox
    discreet: bool = False
    #: the mail that it answers, in whose thread it stands
    inbound_id: int | None = None
    followup_id: int | None = None
    #: whose token its answers bear; else they lead to the follow-up
    delivery_id: int | None = None
    campaign_id: int | None = None
    #: only where the person is certain
    supporter_id: int | None = None
    #: further values for the template, as `supporter.attributes[...]`
    attributes: Mapping[str, str] = field(default_factory=dict)
    #: where somebody edited what the folder gives: in place of its subject, or of all its words
    subject: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    #: a second letter with the same words here is not written; '': there may be many
    once: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    created_by: str = "outreach"
    #: for `confirm_url`
    confirm_token: str = NO_TOKEN


@dataclass(slots=True)
class Desk:
    """Writes letters; each message folder is read once."""

    db: Database
    settings: Settings
    now: datetime
    _composers: dict[tuple[str, date], Composer] = field(default_factory=dict)
    _key: SigningKey | None = None

    def write(self, wish: Wish) -> int | None:
        """Write a letter that leaves as soon as letters are sent; give its id.

        Runs inside the caller's transaction. None, with nothing written, where one with the same
        `once` was written before.

        Raises:
            NotFound: there is no such message folder, or no such mail.
            TemplateError: it can't be used, or has no version for this person.
            SettingsError: the sender's addresses can't be used.
            InputError: the address is none, or a file has no fit name or type.
        """
        new = self.compose(wish)
        written = correspondence.write(self.db, new, self.now)
        if written is not None and wish.attachments:
            # a file that can't go with a mail is told to whoever writes it
            try:
                message_of(self.db, correspondence.get(self.db, new.letter_id), self.now)
            except ValueError as error:
                raise InputError(f"this letter can't be written: {error}") from error
        return written

    def compose(self, wish: Wish) -> NewLetter:
        """Make a letter and write nothing: what takes longest of `write`, and needs no turn.

        It has the id that the next letter will have: outside of the transaction that writes it,
        another may be quicker.

        Raises:
            OutreachError: as `write`.
        """
        letter_id = correspondence.next_id(self.db)
        token = self._sign(Purpose.LETTER, letter_id)
        domain = self.settings.sender.email.rpartition("@")[2]
        supporter = self._reader(wish)
        reader = Reader(
            supporter,
            self._reply_token(wish, token),
            self._sign(Purpose.LEAVE_LETTER, letter_id),
            confirm_token=wish.confirm_token,
        )
        composer = self._composer(wish.template)
        message = composer.compose(reader, self.now)
        answered, thread = self._thread(wish.inbound_id)
        return NewLetter(
            letter_id=letter_id,
            purpose=wish.purpose,
            recipient=message.recipient,
            language=message.language,
            subject=wish.subject or message.subject,
            text=wish.text or message.text,
            # words that somebody edited have no page
            html="" if wish.text else message.html,
            sender=message.sender,
            reply_to=message.reply_to,
            message_id=f"<{token}@{domain}>",
            in_reply_to=answered,
            thread=thread,
            attachments=wish.attachments,
            template=wish.template,
            discreet=supporter.safety is Safety.DISCREET,
            inbound_id=wish.inbound_id,
            followup_id=wish.followup_id,
            delivery_id=wish.delivery_id,
            campaign_id=wish.campaign_id,
            supporter_id=wish.supporter_id,
            once=wish.once,
            not_before=wish.not_before,
            not_after=wish.not_after,
            created_by=wish.created_by,
        )

    def _composer(self, template: str) -> Composer:
        day = self.now.date()
        if (template, day) not in self._composers:
            frozen = freeze_message(self.db, self.settings, template, day=day)
            self._composers[template, day] = composers.ready(frozen, day)
        return self._composers[template, day]

    def _reader(self, wish: Wish) -> Supporter:
        """Make the person whom the template addresses; nobody's record is shown to another."""
        email = addresses.normalise(wish.email)
        known = roll.find(self.db, email) if email else None
        if known is not None and wish.supporter_id not in (None, known.supporter_id):
            known = None
        careful = wish.discreet or consent.needs_care(self.db, email)
        return Supporter(
            supporter_id=known.supporter_id if known else 0,
            email=email or wish.email,
            given_name=wish.name,
            country=wish.country or (known.country if known else ""),
            language=wish.language or (known.language if known else ""),
            attributes=dict(wish.attributes),
            safety=Safety.DISCREET if careful else Safety.STANDARD,
        )

    def _reply_token(self, wish: Wish, own: str) -> str:
        if wish.delivery_id is not None:
            return self._sign(Purpose.REPLY, wish.delivery_id)
        if wish.followup_id is not None:
            return self._sign(Purpose.FOLLOWUP, wish.followup_id)
        return own

    def _thread(self, inbound_id: int | None) -> tuple[str, tuple[str, ...]]:
        """Give Message-ID and References of an answer to a stored mail (RFC 5322 §3.6.4)."""
        if inbound_id is None:
            return "", ()
        headers = headers_of(inbox.raw_mail(self.db, inbound_id))
        ids = _MESSAGE_ID.findall(headers.get("message-id"))[:1]
        earlier = _MESSAGE_ID.findall(headers.get("references") or headers.get("in-reply-to"))
        return (ids[0] if ids else ""), (*earlier, *ids)

    def _sign(self, purpose: Purpose, number: int) -> str:
        if self._key is None:
            self._key = signing_keys(self.db, self.now)[0]
        return tokens.sign(self._key, purpose, number)


def write_letter(db: Database, settings: Settings, wish: Wish, *, now: datetime) -> int | None:
    """Write one letter, in a transaction of its own or in the caller's; see `Desk.write`."""
    with atomic(db):
        return Desk(db, settings, now).write(wish)


def message_of(db: Database, letter: StoredLetter, moment: datetime) -> Message:
    """Give the mail of a stored letter, dated `moment` (aware): the same moment, the same bytes."""
    return single(
        language=letter.language,
        subject=letter.subject,
        sender=Mailbox(letter.sender_name, letter.sender_email),
        recipient=Mailbox(letter.name, letter.email),
        reply_to=letter.reply_to,
        headers=correspondence.headers_of(letter, format_datetime(moment.astimezone(UTC))),
        html=correspondence.html_of(db, letter.letter_id),
        text=letter.text,
        token=letter.token,
        attachments=correspondence.attachments_of(db, letter.letter_id),
    )


def send_due_letters(
    db: Database,
    settings: Settings,
    open_transport: Callable[[], Transport],
    *,
    pace: Pacing,
    clock: Callable[[], datetime],
    only: Collection[int] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> LettersSent:
    """Send the letters that are due, or of that `only` these. Safe to call at once and again.

    Nobody gets a letter twice: what was on its way without an outcome is in doubt. The transport is
    opened where there is anything to do.

    Raises:
        SettingsError: they would leave us in the example's name.
        LeaseHeld: another process is sending letters; it sends these too, or the next run does.
        TransportError: the transport can't be used; what did not leave is planned again.
    """
    if not lettermoves.may_have_work(db, clock()):
        return LettersSent()
    examples = _refuse_examples(db, settings, clock())
    transport = open_transport()
    try:
        sent = Courier(
            db,
            transport,
            lambda letter: _as_sent(db, letter),
            pace=pace,
            acknowledgements_an_hour=settings.replies.acknowledgements_an_hour,
            clock=clock,
        ).run(only=only, should_stop=should_stop)
    finally:
        transport.close()
    return replace(sent, withdrawn={**sent.withdrawn, **examples})


def _as_sent(db: Database, letter: StoredLetter) -> Message:
    return message_of(db, letter, datetime.fromisoformat(letter.composed_at))


def _refuse_examples(db: Database, settings: Settings, now: datetime) -> dict[str, int]:
    """See that nothing leaves us in the example's name; give how many letters are withdrawn so.

    Raises:
        SettingsError: the example's sender still stands in the settings.
    """
    example = Sender().email
    if settings.delivery.transport == "outbox":
        return {}
    if settings.sender.email == example:
        raise SettingsError(
            "letters would leave with the example's sender",
            file=settings.root / FILE_NAME,
            next_step="write your own into [sender] there",
        )
    with atomic(db):
        rows = db.conn.execute(
            "SELECT letter_id FROM letters WHERE state = 'planned' AND sender_email = ?", [example]
        ).fetchall()
        lettermoves.stop(db, {letter_id: _OF_EXAMPLE for (letter_id,) in rows}, now)
    return {_OF_EXAMPLE: len(rows)} if rows else {}


@dataclass(frozen=True, slots=True)
class LetterShown:
    """One letter as it left, or will."""

    letter: StoredLetter
    #: names of the files that go with it
    attachments: tuple[str, ...]


def list_letters(
    db: Database,
    *,
    followup_id: int | None = None,
    email: str = "",
    states: Sequence[DeliveryState] = (),
    purpose: LetterPurpose | None = None,
    returned: bool = False,
    limit: int = -1,
) -> list[StoredLetter]:
    """List letters, the newest first; what is not given asks for all. `returned`: came back."""
    return correspondence.list_letters(
        db,
        followup_id=followup_id,
        email=addresses.normalise(email) or email,
        states=states,
        purpose=purpose or "",
        returned=returned,
        limit=limit,
    )


def show_letter(db: Database, letter_id: int) -> LetterShown:
    """Read one letter.

    Raises:
        NotFound: there is none with this id.
    """
    files = correspondence.attachments_of(db, letter_id)
    return LetterShown(correspondence.get(db, letter_id), tuple(file.name for file in files))


def letter_again(db: Database, letter_id: int) -> Message:
    """Give the mail of a letter as it left; of one that never did, with the Date it was written.

    Raises:
        NotFound: there is none with this id.
    """
    letter = correspondence.get(db, letter_id)
    dated = letter.composed_at or letter.created_at
    return message_of(db, letter, datetime.fromisoformat(dated))


def settle_letter(
    db: Database, letter_id: int, settlement: str, *, by: str, now: datetime
) -> StoredLetter:
    """Settle a letter in doubt by somebody's word; `settlement` is a word of SETTLEMENTS.

    Raises:
        NotFound: there is none with this id.
        IllegalMove: it is not in doubt.
        InputError: there is no such settlement.
    """
    if settlement not in SETTLEMENTS:
        raise InputError(f"a doubt is settled as {', '.join(SETTLEMENTS)}", value=settlement)
    with atomic(db):
        letter = correspondence.get(db, letter_id)
        if not lettermoves.resolve(db, letter_id, SETTLEMENTS[settlement], by=by, now=now):
            raise IllegalMove(f"letter {letter_id} is {letter.state}, and not in doubt")
        return correspondence.get(db, letter_id)


def cancel_letter(db: Database, letter_id: int, *, by: str, now: datetime) -> StoredLetter:
    """Keep a letter from leaving that has not left yet.

    Raises:
        NotFound: there is none with this id.
        IllegalMove: it has left, or is on its way.
    """
    with atomic(db):
        letter = correspondence.get(db, letter_id)
        if not lettermoves.cancel(db, letter_id, by=by, now=now):
            raise IllegalMove(f"letter {letter_id} is {letter.state} and can't be cancelled")
        return correspondence.get(db, letter_id)
