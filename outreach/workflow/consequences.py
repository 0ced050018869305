"""What follows from a mail that came in: its meaning is written, and all that it asks for is done.

One transaction a mail, so that a crash leaves all of it or nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from outreach.followups import arrivals
from outreach.followups.arrivals import Arrival, Queued
from outreach.model import BounceClass, ReplyKind, Supporter, Suppression
from outreach.replies import Understanding, inbox, understand
from outreach.replies.match import Match, match
from outreach.settings import Settings
from outreach.store import Database, atomic
from outreach.supporters import consent, roll
from outreach.tokens import SigningKey
from outreach.workflow.sent import SentTexts

#: below that somebody looks at what would need nobody
_SURE: Final = 0.7
#: and below that a wish is not granted before somebody looked
_DOUBTFUL: Final = 0.5
#: mails that wait for somebody to answer
_WAITING: Final = frozenset({ReplyKind.VOLUNTEER, ReplyKind.QUESTION, ReplyKind.UNKNOWN})
#: those that may be what they seem, of a person who then waits for nothing
_AT_REST: Final = frozenset(
    {ReplyKind.THANKS, ReplyKind.DECLINE, ReplyKind.UNSUBSCRIBE, ReplyKind.AUTO_REPLY}
)
_REASONS: Final[Mapping[ReplyKind, Suppression]] = {
    ReplyKind.UNSUBSCRIBE: Suppression.UNSUBSCRIBED,
    ReplyKind.COMPLAINT: Suppression.COMPLAINT,
}


@dataclass(slots=True)
class Tally:
    """What the mails did, added up."""

    kinds: Counter[str] = field(default_factory=Counter)
    #: mails that answer no campaign of ours
    unmatched: int = 0
    opened: int = 0
    joined: int = 0
    suppressed: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """Understands stored mails and does what follows."""

    db: Database
    settings: Settings
    keys: Mapping[int, SigningKey]
    now: datetime
    sent: SentTexts
    tally: Tally = field(default_factory=Tally)

    def finish(self, inbound_id: int, raw: bytes) -> None:
        """Understand one stored mail and act upon it; nothing where that was done before."""
        mail = understand(raw)
        with atomic(self.db):
            received_at = inbox.waiting_since(self.db, inbound_id)
            if received_at is None:
                return  # another import was quicker
            found = match(self.db, self.keys, self.settings, mail, received_at)
            if found.delivery_id is not None and mail.bounce is None:
                mail = understand(raw, self.sent.of(found.delivery_id))
            kind = inbox.record(self.db, inbound_id, mail, found, self.now)
            known = found.supporter_id
            person = None if known is None else roll.get(self.db, known)
            suppressed = self._suppress(inbound_id, kind, mail, person)
            queued = None
            if _waits(kind, mail, found):
                arrival = _arrival(inbound_id, received_at, mail, found, person)
                queued = arrivals.open_or_join(self.db, arrival, self.now)
        self._count(kind, found, queued, suppressed=suppressed)

    def _suppress(
        self, inbound_id: int, kind: ReplyKind, mail: Understanding, person: Supporter | None
    ) -> bool:
        """Never write again to the person, or to an address that wishes it for itself.

        Who answers with somebody else's token speaks for their own address only, which may be on
        the list one day, if it isn't yet.
        """
        reason = _REASONS.get(kind)
        if mail.bounce is not None and mail.bounce.bounce_class is BounceClass.DEAD_ADDRESS:
            reason = Suppression.DEAD_ADDRESS
        address = person.email if person else ""
        if kind is ReplyKind.UNSUBSCRIBE:
            address = address or mail.from_address
        if reason is None or not address or mail.certainty < _DOUBTFUL:
            return False
        return consent.suppress(self.db, address, reason, f"mail {inbound_id}", self.now)

    def _count(
        self, kind: ReplyKind, found: Match, queued: Queued | None, *, suppressed: bool
    ) -> None:
        self.tally.kinds[kind] += 1
        self.tally.unmatched += found.campaign_id is None and kind is not ReplyKind.OWN
        self.tally.suppressed += suppressed
        if queued is not None:
            self.tally.opened += queued.opened
            self.tally.joined += not queued.opened


def _waits(kind: ReplyKind, mail: Understanding, found: Match) -> bool:
    """Whether somebody has to read the mail: every person's, but for those that are done with."""
    if kind is ReplyKind.UNSUBSCRIBE and found.supporter_id is None:
        return True  # we write to them at an address that we don't know
    return kind in _WAITING or (kind in _AT_REST and mail.certainty < _SURE)


def _arrival(
    inbound_id: int,
    received_at: datetime,
    mail: Understanding,
    found: Match,
    person: Supporter | None,
) -> Arrival:
    return Arrival(
        inbound_id=inbound_id,
        received_at=received_at,
        from_address=mail.from_address,
        campaign_id=found.campaign_id,
        delivery_id=found.delivery_id,
        supporter_id=found.supporter_id,
        name=mail.name or (person.given_name if person else ""),
        email=mail.email or mail.from_address,
        country=mail.country or (person.country if person and not mail.country_text else ""),
        language=mail.language or (person.language if person else ""),
    )
