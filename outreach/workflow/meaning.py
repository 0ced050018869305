"""What one stored mail says, whom it is from and about, and what that asks for. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from outreach import addresses
from outreach.followups.arrivals import Arrival
from outreach.followups.inferences import FROM_LIST, FROM_MAIL, Inference
from outreach.model import BounceClass, ReplyKind, Supporter, Suppression
from outreach.replies import Understanding
from outreach.replies.authenticity import Authenticity
from outreach.replies.inbox import StoredMail
from outreach.replies.match import Match

#: below that somebody looks at what would need nobody
_SURE: Final = 0.7
#: a mail system's own report is at least that certain
_REPORTED: Final = 0.9
#: and below that a wish is not granted before somebody looked
_DOUBTFUL: Final = 0.5
#: no automatic answer keeps a person from the queue for longer, whatever it says
_LONGEST_SLEEP: Final = timedelta(days=60)
CONFIRM: Final = "nothing proves who wishes to get no more: please confirm it with them"
#: mails that wait for somebody to answer
_WAITING: Final = frozenset({ReplyKind.VOLUNTEER, ReplyKind.QUESTION, ReplyKind.UNKNOWN})
#: those that may be what they seem, of a person who then waits for nothing
_AT_REST: Final = frozenset(
    {ReplyKind.THANKS, ReplyKind.DECLINE, ReplyKind.UNSUBSCRIBE, ReplyKind.AUTO_REPLY}
)
#: what a person says, whatever it is
SAID: Final = _WAITING | (_AT_REST - {ReplyKind.AUTO_REPLY})
_REASONS: Final[Mapping[ReplyKind, Suppression]] = {
    ReplyKind.UNSUBSCRIBE: Suppression.UNSUBSCRIBED,
    ReplyKind.COMPLAINT: Suppression.COMPLAINT,
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """One stored mail, what it says, and whom it is from and about."""

    inbound_id: int
    stored: StoredMail
    mail: Understanding
    found: Match
    sender: Authenticity
    #: None where the person is not certain
    person: Supporter | None

    @property
    def kind(self) -> ReplyKind:
        """What the mail is: our own, where it is one of ours."""
        return ReplyKind.OWN if self.found.own else self.mail.kind

    @property
    def waits(self) -> bool:
        """Whether somebody has to read it: every person's mail, but for those done with."""
        if self.kind is ReplyKind.UNSUBSCRIBE and self.found.supporter_id is None:
            return True  # we write to them at an address that we don't know
        if self.found.followup_id is not None and self.kind in SAID:
            return True  # whoever wrote to them should read what they say
        if self.is_returned_by_a_person:
            return True
        if self.is_unproven_wish:
            return True  # granted at once, as an ignored one harms more; staff may ask the person
        return self.kind in _WAITING or (self.kind in _AT_REST and self.mail.certainty < _SURE)

    @property
    def is_returned_by_a_person(self) -> bool:
        """Whether it only reads like a bounce, and comes from the address that would be dead."""
        address = self.person.email if self.person else self.found.letter_to
        unsure = self.kind is ReplyKind.BOUNCE and self.mail.certainty < _REPORTED
        return unsure and addresses.same_mailbox(self.mail.from_address, address)

    @property
    def is_unproven_wish(self) -> bool:
        """Whether somebody else may wish in the person's name that we write to them no more."""
        is_known = self.found.is_proven or self.sender is Authenticity.PROVEN
        return self.kind is ReplyKind.UNSUBSCRIBE and not is_known

    @property
    def silences(self) -> tuple[str, Suppression] | None:
        """Whom it forbids us to write to, and why; None where it doesn't.

        Who answers with somebody else's token speaks for their own address only, which may be on
        the list one day, if it isn't yet. Such a token proves nothing of who they are.
        """
        bounce, reason = self.mail.bounce, _REASONS.get(self.kind)
        if bounce is not None and bounce.bounce_class is BounceClass.DEAD_ADDRESS:
            reason = Suppression.DEAD_ADDRESS
        address = self.person.email if self.person else self.found.letter_to
        if self.kind is ReplyKind.UNSUBSCRIBE:
            address = address or self.mail.from_address
            if self.sender is Authenticity.FAILED and not self.found.is_senders:
                return None  # somebody else may wish it in their name: staff look
        if reason is None or not address or self.mail.certainty < _DOUBTFUL:
            return None
        if self.is_returned_by_a_person:
            return None
        return address, reason

    @property
    def away_until(self) -> date | None:
        """The day until which their follow-up sleeps, where an automatic answer says one.

        Somebody else could hide a volunteer from staff: it must answer our mail, or come from their
        own domain.
        """
        found, sender = self.found, self.sender
        nobody = found.supporter_id is None and found.followup_id is None
        if self.kind is not ReplyKind.AUTO_REPLY or nobody or sender is Authenticity.FAILED:
            return None
        if not found.is_proven and sender is not Authenticity.PROVEN:
            return None
        try:
            day = date.fromisoformat(self.mail.return_date)
        except ValueError:
            return None
        came = self.stored.received_at.date()
        return min(day, came + _LONGEST_SLEEP) if came <= day else None

    @property
    def arrival(self) -> Arrival:
        """It, as the queue takes it."""
        mail, person, listed = self.mail, self.person, self._listed
        return Arrival(
            inbound_id=self.inbound_id,
            received_at=self.stored.received_at,
            from_address=mail.from_address,
            campaign_id=self.found.campaign_id,
            delivery_id=self.found.delivery_id,
            supporter_id=self.found.supporter_id,
            name=mail.name or listed["name"],
            email=mail.email or mail.from_address,
            country=mail.country or listed["country"],
            language=mail.language or listed["language"],
            timezone=person.timezone if person and not mail.country else "",
            inferred=self.inferred,
            followup_id=self.found.followup_id,
        )

    @property
    def _listed(self) -> dict[str, str]:
        """What the list of supporters says of the person, where the mail says nothing else."""
        person = self.person
        return {
            "name": person.given_name if person else "",
            "country": person.country if person and not self.mail.country_text else "",
            "language": person.language if person else "",
        }

    @property
    def inferred(self) -> dict[str, Inference]:
        """Where what the queue takes comes from, and how certain it is."""
        mail = self.mail
        said = {"name": mail.name, "country": mail.country, "language": mail.language}
        listed = self._listed
        found = {
            field: Inference(FROM_MAIL if said[field] else FROM_LIST)
            for field in said
            if said[field] or listed[field]
        }
        if mail.country:
            found["country"] = Inference(FROM_MAIL, mail.country_certainty)
        return {"kind": Inference(FROM_MAIL, mail.certainty), **found}
