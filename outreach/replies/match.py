"""Find whom and what a mail answers. Reads: deliveries, campaigns, supporters, letters, followups.
Writes nothing.

In order: our own mail; a token that we signed, in a recipient's address, in the thread, in the mail
that a report is about, or in the text; then, proving less and less, what a report names, the sender
among the people we wrote to lately, and an address that the mail states. A token proves the
campaign, but not the person: newsletters are forwarded, and friends answer them. Whoever answers a
letter of ours to one person goes on with that conversation, from whatever address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from outreach import addresses
from outreach.dispatch import correspondence
from outreach.dispatch.correspondence import StoredLetter
from outreach.errors import NotFound
from outreach.model import ReplyKind
from outreach.replies.authenticity import Authenticity
from outreach.replies.envelope import NOTHING, Envelope
from outreach.replies.headers import mailbox
from outreach.replies.lately import (
    by_number,
    recent_delivery,
    supporter_of,
    variants_on_the_list,
)
from outreach.replies.traces import candidates
from outreach.replies.understand import Understanding
from outreach.settings import Settings
from outreach.store import Database
from outreach.tokens import TOKEN, Purpose, SigningKey, read

#: their From is a machine, never the person
_OF_MACHINES: Final = frozenset({ReplyKind.BOUNCE, ReplyKind.COMPLAINT, ReplyKind.RECEIPT})
#: and what they say counts only for the address that they are about
_ABOUT_AN_ADDRESS: Final = frozenset({ReplyKind.BOUNCE, ReplyKind.COMPLAINT})
#: the name of an attempt, as `Letter.attempt_id` has it
_ATTEMPT: Final = re.compile(r"(L?)([0-9]{1,12})-[0-9]{1,6}")


class MatchedBy(StrEnum):
    """What led from a mail to a delivery or a person."""

    ADDRESS_TOKEN = "address_token"  # noqa: S105
    THREAD = "thread"
    RETURNED_MAIL = "returned_mail"
    #: a token in the subject or in the text, such as in our links where they are quoted
    TEXT = "text"
    #: a report names the attempt and its address
    ENVELOPE_ID = "envelope_id"
    #: the sender is among the people we wrote to lately
    SENDER = "sender"
    #: so is an address that a report names
    REPORTED_ADDRESS = "reported_address"
    #: so is an address to which the mail wants its answer, or that it states
    STATED_ADDRESS = "stated_address"
    #: the sender is a supporter to whom we sent nothing lately
    SUPPORTER = "supporter"
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Whom and what a mail answers."""

    delivery_id: int | None = None
    campaign_id: int | None = None
    #: only where the person is certain
    supporter_id: int | None = None
    matched_by: MatchedBy = MatchedBy.NOTHING
    #: the letter to one person that it answers, or that a report is about
    letter_id: int | None = None
    #: of a report about such a letter: the address to which that went
    letter_to: str = ""
    #: the follow-up to which it belongs, where one of our letters or addresses says so
    followup_id: int | None = None
    #: what led to it was written to the very mailbox that the mail comes from
    is_senders: bool = False
    #: the mail is one that we sent
    own: bool = False
    #: what staff should know, in words without personal data
    notes: tuple[str, ...] = field(default=())

    @property
    def is_proven(self) -> bool:
        """Whether a token that we signed led to it."""
        return self.matched_by in _PROOFS


_PROOFS: Final = frozenset(
    {MatchedBy.ADDRESS_TOKEN, MatchedBy.THREAD, MatchedBy.RETURNED_MAIL, MatchedBy.TEXT}
)


def match(
    db: Database,
    keys: Mapping[int, SigningKey],
    settings: Settings,
    mail: Understanding,
    received: datetime,
    *,
    envelope: Envelope = NOTHING,
    sender: Authenticity = Authenticity.UNKNOWN,
) -> Match:
    """Match one understood mail; `keys` are all signing keys by their id.

    `received` (aware) is when the mail came, which may be long ago.
    """
    if mail.kind not in _OF_MACHINES and _is_own(settings, keys, mail):
        return Match(own=True, notes=("was sent from our own address",))
    recipients = (*envelope.recipients, *mail.traces.recipients)
    notes: list[str] = []
    if _is_forged(settings, keys, recipients):
        notes.append("its address carries a token that we did not sign")
    if sender is Authenticity.FAILED:
        notes.append("its sender's domain does not stand for it")
    found = _by_letter(db, keys, mail, recipients, _by_tokens(db, keys, mail, recipients, notes))
    if found is None and mail.kind in _OF_MACHINES:
        found = _by_report(db, mail, received)
    elif found is None:
        found = _by_sender(db, mail, received)
        if sender is Authenticity.FAILED:
            found = replace(found, supporter_id=None)
        if found.matched_by is MatchedBy.NOTHING:
            found = _by_stated_address(db, mail, received)
    return replace(found, notes=(*notes, *found.notes))


#: what a token in an address at which we take mail may be for
_TO_US: Final = (Purpose.REPLY, Purpose.FOLLOWUP, Purpose.LETTER)


def _is_own(settings: Settings, keys: Mapping[int, SigningKey], mail: Understanding) -> bool:
    name, _, domain = settings.sender.reply_to.partition("@")
    ours = [settings.sender.email, settings.sender.envelope]
    ours.append(f"{name.split('+')[0]}@{domain}" if "+" in name else "")
    if any(addresses.same(mail.from_address, our) for our in ours if mail.from_address and our):
        return True
    # a list that hands our letter on may write another sender into it
    marks = candidates((mail.traces.message_id,))
    ours_alone = (Purpose.REPLY, Purpose.LETTER)
    return any(read(keys, purpose, mark) is not None for mark in marks for purpose in ours_alone)


def _is_forged(
    settings: Settings, keys: Mapping[int, SigningKey], recipients: tuple[str, ...]
) -> bool:
    pattern = mailbox(settings.sender.reply_to.replace("{token}", "TOKEN"))[1]
    if not pattern:
        return False
    shape = re.escape(pattern).replace("TOKEN", f"({TOKEN.pattern})")
    tokens = (
        found[1].lower()
        for value in recipients
        for found in re.finditer(rf"(?<![\w.+-]){shape}", value, re.IGNORECASE)
    )
    return any(all(read(keys, way, token) is None for way in _TO_US) for token in tokens)


def _by_tokens(
    db: Database,
    keys: Mapping[int, SigningKey],
    mail: Understanding,
    recipients: tuple[str, ...],
    notes: list[str],
) -> Match | None:
    """Match by the first token whose delivery is here; what staff should know goes to `notes`."""
    proven = list(dict.fromkeys(_proven(keys, mail, recipients)))
    for how, delivery_id in proven:
        found = _by_token(db, mail, how, delivery_id)
        if found is None:
            notes.append("its token is of a delivery that is not in this database")
            continue
        if len({number for _, number in proven}) > 1:
            notes.append("it carries tokens of several deliveries; the first counts")
        return found
    return None


def _proven(
    keys: Mapping[int, SigningKey], mail: Understanding, recipients: tuple[str, ...]
) -> Iterator[tuple[MatchedBy, int]]:
    """The deliveries whose token, signed by us, stands in the mail; the best proof first."""
    for how, values in (
        (MatchedBy.ADDRESS_TOKEN, recipients),
        (MatchedBy.THREAD, mail.traces.thread),
        (MatchedBy.RETURNED_MAIL, mail.traces.returned),
        (MatchedBy.TEXT, mail.traces.said),
    ):
        # links to leave the list stand in every letter, and its answers quote them
        purposes = (
            (Purpose.REPLY, Purpose.UNSUBSCRIBE) if how is MatchedBy.TEXT else (Purpose.REPLY,)
        )
        for token in candidates(values):
            for purpose in purposes:
                delivery_id = read(keys, purpose, token)
                if delivery_id is not None:
                    yield how, delivery_id


def _by_letter(
    db: Database,
    keys: Mapping[int, SigningKey],
    mail: Understanding,
    recipients: tuple[str, ...],
    found: Match | None,
) -> Match | None:
    """Add to what was found which letter to one person a mail answers, and which follow-up.

    A report about such a letter is about it alone: the letter bears the token of the delivery that
    its reader answered, which may be somebody else's.
    """
    for how, purpose, number in _leads(keys, mail, recipients):
        if purpose is Purpose.FOLLOWUP:
            lead = _of_followup(db, mail, number)
        else:
            lead = _of_letter(db, mail, number)
        if lead is None:
            continue
        if mail.kind in _OF_MACHINES or found is None:
            return replace(lead, matched_by=how)
        if lead.delivery_id in (None, found.delivery_id):
            return replace(found, letter_id=lead.letter_id, followup_id=lead.followup_id)
    return found


def _leads(
    keys: Mapping[int, SigningKey], mail: Understanding, recipients: tuple[str, ...]
) -> Iterator[tuple[MatchedBy, Purpose, int]]:
    for how, values, purposes in (
        (MatchedBy.ADDRESS_TOKEN, recipients, (Purpose.LETTER, Purpose.FOLLOWUP)),
        (MatchedBy.THREAD, mail.traces.thread, (Purpose.LETTER,)),
        (MatchedBy.RETURNED_MAIL, mail.traces.returned, (Purpose.LETTER,)),
        (MatchedBy.TEXT, mail.traces.said, (Purpose.LETTER, Purpose.LEAVE_LETTER)),
    ):
        for token in candidates(values):
            for purpose in purposes:
                number = read(keys, purpose, token)
                if number is not None:
                    yield how, purpose, number


def _of_letter(db: Database, mail: Understanding, letter_id: int) -> Match | None:
    try:
        letter = correspondence.get(db, letter_id)
    except NotFound:
        return None
    if mail.kind in _OF_MACHINES:
        return _report_of(mail, letter)
    same = addresses.same_mailbox(mail.from_address, letter.email)
    return Match(
        letter.delivery_id,
        letter.campaign_id,
        letter.supporter_id if same else None,
        letter_id=letter_id,
        followup_id=letter.followup_id,
        is_senders=same,
        notes=() if same else ("it comes from another address than the one we wrote to",),
    )


def _report_of(mail: Understanding, letter: StoredLetter) -> Match:
    about = mail.traces.about
    of_us = not about or any(addresses.same(named, letter.email) for named in about)
    if mail.kind in _ABOUT_AN_ADDRESS and not of_us:
        note = "this report is not about the address that we wrote to"
        return Match(letter_id=letter.letter_id, notes=(note,))
    return Match(
        supporter_id=letter.supporter_id, letter_id=letter.letter_id, letter_to=letter.email
    )


def _of_followup(db: Database, mail: Understanding, followup_id: int) -> Match | None:
    row = db.conn.execute(
        "SELECT delivery_id, campaign_id, supporter_id, email FROM followups WHERE followup_id = ?",
        [followup_id],
    ).fetchone()
    if row is None:
        return None
    delivery_id, campaign_id, supporter_id, email = row
    same = addresses.same_mailbox(mail.from_address, email)
    return Match(
        delivery_id,
        campaign_id,
        supporter_id if same else None,
        followup_id=followup_id,
        is_senders=same,
        notes=() if same else ("it comes from another address than the one we wrote to",),
    )


def _by_token(db: Database, mail: Understanding, how: MatchedBy, delivery_id: int) -> Match | None:
    known = by_number(db, delivery_id)
    if known is None:
        return None
    letter, email = known
    uncertain = Match(letter.delivery_id, letter.campaign_id, matched_by=how)
    about = mail.traces.about
    # a report that came to the letter's own envelope sender need not say whom it is about
    of_us = any(addresses.same(named, email) for named in about) or (
        not about and how is MatchedBy.ADDRESS_TOKEN
    )
    if mail.kind in _ABOUT_AN_ADDRESS and not of_us:
        # whoever got our message, perhaps forwarded, can put its token in a report
        return replace(uncertain, notes=("this report is not about the address that we wrote to",))
    if mail.kind in _OF_MACHINES:
        return replace(uncertain, supporter_id=letter.supporter_id)
    if addresses.same_mailbox(mail.from_address, email):
        return replace(uncertain, supporter_id=letter.supporter_id, is_senders=True)
    return replace(uncertain, notes=("it comes from another address than the one we wrote to",))


def _by_sender(db: Database, mail: Understanding, received: datetime) -> Match:
    if not mail.from_address:
        return Match()
    found = recent_delivery(db, mail.from_address, received)
    if found is not None:
        return Match(found.delivery_id, found.campaign_id, found.supporter_id, MatchedBy.SENDER)
    known = supporter_of(db, mail.from_address)
    if known is not None:
        return Match(supporter_id=known, matched_by=MatchedBy.SUPPORTER)
    for variant in variants_on_the_list(db, mail.from_address):
        found = recent_delivery(db, variant, received)
        if found is not None:
            return Match(
                found.delivery_id,
                found.campaign_id,
                matched_by=MatchedBy.SENDER,
                notes=("its address is written a little otherwise than the one we wrote to",),
            )
    return Match()


def _by_report(db: Database, mail: Understanding, received: datetime) -> Match:
    """A report without a token of ours names an address, but anybody can write such a report."""
    unproven = ("nothing in this report proves that it is about our mail",)
    attempt = _ATTEMPT.fullmatch(mail.traces.envelope_id)
    if attempt is not None and attempt[1]:
        about = _of_letter(db, mail, int(attempt[2]))
        if about is not None and about.letter_to:
            # shown with the letter; nothing is done to an address on the word of such a report
            return Match(
                letter_id=about.letter_id, matched_by=MatchedBy.ENVELOPE_ID, notes=unproven
            )
        return Match()
    known = by_number(db, int(attempt[2])) if attempt else None
    if known is not None:
        letter, email = known
        if any(addresses.same(about, email) for about in mail.traces.about):
            return Match(
                letter.delivery_id,
                letter.campaign_id,
                matched_by=MatchedBy.ENVELOPE_ID,
                notes=unproven,
            )
    for address in mail.bounce.recipients if mail.bounce else ():
        found = recent_delivery(db, address, received)
        if found is not None:
            return Match(
                found.delivery_id,
                found.campaign_id,
                matched_by=MatchedBy.REPORTED_ADDRESS,
                notes=unproven,
            )
    return Match()


def _by_stated_address(db: Database, mail: Understanding, received: datetime) -> Match:
    """Anybody may state anybody's address: the campaign is likely, the person is not known."""
    for address in dict.fromkeys((mail.traces.reply_to, mail.email)):
        if not address or addresses.same(address, mail.from_address):
            continue
        found = recent_delivery(db, address, received)
        if found is not None:
            return Match(
                found.delivery_id,
                found.campaign_id,
                matched_by=MatchedBy.STATED_ADDRESS,
                notes=("it states an address that we wrote to, and comes from another",),
            )
    return Match()
