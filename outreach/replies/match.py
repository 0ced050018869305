"""Find whom and what a mail answers. Reads: deliveries, campaigns, supporters. Writes nothing.

In order: our own mail; a token that we signed, in a recipient's address, in the thread, or in the
mail that a report is about; then the sender among the people we wrote to lately. A token proves the
campaign, but not the person: newsletters are forwarded, and friends answer them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from outreach import addresses
from outreach.model import ReplyKind
from outreach.replies.headers import mailbox
from outreach.replies.traces import Traces, candidates
from outreach.replies.understand import Understanding
from outreach.settings import Settings
from outreach.store import Database, utc_text
from outreach.tokens import TOKEN, Purpose, SigningKey, read

#: how long after a campaign a mail without a token is taken for an answer to it
RECENT: Final = timedelta(days=90)
#: how far the clocks of senders go wrong
_SKEW: Final = timedelta(days=1)

#: their From is a machine, never the person
_OF_MACHINES: Final = frozenset({ReplyKind.BOUNCE, ReplyKind.COMPLAINT, ReplyKind.RECEIPT})
#: and what they say counts only for the address that they are about
_ABOUT_AN_ADDRESS: Final = frozenset({ReplyKind.BOUNCE, ReplyKind.COMPLAINT})


class MatchedBy(StrEnum):
    """What led from a mail to a delivery or a person."""

    ADDRESS_TOKEN = "address_token"  # noqa: S105
    THREAD = "thread"
    RETURNED_MAIL = "returned_mail"
    #: the sender is among the people we wrote to lately
    SENDER = "sender"
    #: so is an address that a report names
    REPORTED_ADDRESS = "reported_address"
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
    #: the mail is one that we sent
    own: bool = False
    #: what staff should know, in words without personal data
    notes: tuple[str, ...] = field(default=())


def match(
    db: Database,
    keys: Mapping[int, SigningKey],
    settings: Settings,
    mail: Understanding,
    received: datetime,
) -> Match:
    """Match one understood mail; `keys` are all signing keys by their id.

    `received` (aware) is when the mail came, which may be long ago.
    """
    if mail.kind not in _OF_MACHINES and _is_own(settings, mail):
        return Match(own=True, notes=("was sent from our own address",))
    notes: list[str] = []
    if _is_forged(settings, keys, mail.traces):
        notes.append("its address carries a token that we did not sign")
    proven = list(dict.fromkeys(_proven(keys, mail)))
    for how, delivery_id in proven:
        found = _by_token(db, mail, how, delivery_id)
        if found is None:
            notes.append("its token is of a delivery that is not in this database")
            continue
        if len({number for _, number in proven}) > 1:
            notes.append("it carries tokens of several deliveries; the first counts")
        return replace(found, notes=(*notes, *found.notes))
    by_address = _by_report if mail.kind in _OF_MACHINES else _by_sender
    found = by_address(db, mail, received)
    return replace(found, notes=(*notes, *found.notes))


def _is_own(settings: Settings, mail: Understanding) -> bool:
    name, _, domain = settings.sender.reply_to.partition("@")
    ours = [settings.sender.email, settings.sender.envelope]
    ours.append(f"{name.split('+')[0]}@{domain}" if "+" in name else "")
    return any(addresses.same(mail.from_address, our) for our in ours if mail.from_address and our)


def _is_forged(settings: Settings, keys: Mapping[int, SigningKey], where: Traces) -> bool:
    pattern = mailbox(settings.sender.reply_to.replace("{token}", "TOKEN"))[1]
    if not pattern:
        return False
    shape = re.escape(pattern).replace("TOKEN", f"({TOKEN.pattern})")
    tokens = (
        found[1].lower()
        for value in where.recipients
        for found in re.finditer(rf"(?<![\w.+-]){shape}", value, re.IGNORECASE)
    )
    return any(read(keys, Purpose.REPLY, token) is None for token in tokens)


def _proven(keys: Mapping[int, SigningKey], mail: Understanding) -> Iterator[tuple[MatchedBy, int]]:
    """The deliveries whose reply token, signed by us, stands in the mail; the best proof first."""
    where = mail.traces
    for how, values in (
        (MatchedBy.ADDRESS_TOKEN, where.recipients),
        (MatchedBy.THREAD, where.thread),
        (MatchedBy.RETURNED_MAIL, where.returned),
    ):
        for token in candidates(values):
            delivery_id = read(keys, Purpose.REPLY, token)
            if delivery_id is not None:
                yield how, delivery_id


def _by_token(db: Database, mail: Understanding, how: MatchedBy, delivery_id: int) -> Match | None:
    row = db.conn.execute(
        "SELECT d.campaign_id, d.supporter_id, s.email FROM deliveries AS d"
        " JOIN supporters AS s USING (supporter_id) WHERE d.delivery_id = ?",
        [delivery_id],
    ).fetchone()
    if row is None:
        return None
    campaign_id, supporter_id, email = row
    if mail.kind in _ABOUT_AN_ADDRESS and not any(
        addresses.same(about, email) for about in mail.traces.about
    ):
        # whoever got our message, perhaps forwarded, can put its token in a report
        return Match(
            delivery_id,
            campaign_id,
            matched_by=how,
            notes=("this report is not about the address that we wrote to",),
        )
    if mail.kind in _OF_MACHINES or addresses.same(mail.from_address, email):
        return Match(delivery_id, campaign_id, supporter_id, how)
    return Match(
        delivery_id,
        campaign_id,
        matched_by=how,
        notes=("it comes from another address than the one we wrote to",),
    )


def _by_sender(db: Database, mail: Understanding, received: datetime) -> Match:
    if not mail.from_address:
        return Match()
    found = _recent_delivery(db, mail.from_address, received)
    if found is not None:
        delivery_id, campaign_id, supporter_id = found
        return Match(delivery_id, campaign_id, supporter_id, MatchedBy.SENDER)
    known = db.conn.execute(
        "SELECT supporter_id FROM supporters WHERE email = ?", [mail.from_address]
    ).fetchone()
    if known is None:
        return Match()
    return Match(supporter_id=known[0], matched_by=MatchedBy.SUPPORTER)


def _by_report(db: Database, mail: Understanding, received: datetime) -> Match:
    """A report without a token of ours names an address, but anybody can write such a report."""
    for address in mail.bounce.recipients if mail.bounce else ():
        found = _recent_delivery(db, address, received)
        if found is not None:
            return Match(
                found[0],
                found[1],
                matched_by=MatchedBy.REPORTED_ADDRESS,
                notes=("nothing in this report proves that it is about our mail",),
            )
    return Match()


def _recent_delivery(db: Database, email: str, received: datetime) -> tuple[int, int, int] | None:
    """The newest delivery to this address that may have left us within RECENT before the mail.

    CROSS JOIN keeps SQLite to this order: a look into each campaign for one person, by the key.
    """
    row: tuple[int, int, int] | None = db.conn.execute(
        "SELECT d.delivery_id, d.campaign_id, d.supporter_id"
        " FROM supporters AS s CROSS JOIN campaigns AS c"
        " CROSS JOIN deliveries AS d USING (campaign_id, supporter_id)"
        " WHERE s.email = ? AND d.state IN ('accepted', 'claimed', 'in_doubt')"
        " AND d.changed_at BETWEEN ? AND ? ORDER BY d.changed_at DESC, d.delivery_id DESC LIMIT 1",
        [email, utc_text(received - RECENT), utc_text(received + _SKEW)],
    ).fetchone()
    return row
