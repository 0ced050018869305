"""Tell a volunteer at once, by itself, that their mail came in.

It goes to nobody who might be a program, or who might not have written the mail: to the sender
only, once a day for each campaign, and never to whom we may not write. Runs inside the transaction
of the mail's other consequences; the letter leaves with the next run of the courier.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from outreach import addresses
from outreach.dispatch import correspondence
from outreach.dispatch.purposes import LetterPurpose
from outreach.errors import OutreachError, StoreError
from outreach.model import ReplyKind, Safety, Stage, Supporter
from outreach.replies import Understanding
from outreach.replies.answerable import why_unanswered
from outreach.replies.authenticity import Authenticity
from outreach.replies.inbox import StoredMail
from outreach.replies.match import Match
from outreach.settings import Settings
from outreach.store import Database
from outreach.supporters import consent, roll
from outreach.workflow.letters import Desk, Wish

#: a mail is not thanked for later than that, as when an old file of mails is read
LATEST: Final = timedelta(hours=48)
#: no second one to a person for a campaign within that
_APART: Final = timedelta(hours=24)
#: to so many whose person is not certain, by one delivery's token: it may be passed on to friends,
#: and somebody may forge as many senders as they like
_STRANGERS: Final = 3
#: below that it may be something else
_SURE: Final = 0.7
#: besides letters and their marks; what a mail gives as a name may be a stranger's advertisement to
#: whoever they pretend to be
_IN_NAMES: Final = frozenset(" .'’·-\u200c\u200d")
_MOST_IN_NAME: Final = (60, 6)
_DOTTED: Final = re.compile(r"\w\.\w\w")


@dataclass(slots=True)
class Acknowledger:
    """Writes acknowledgements."""

    db: Database
    settings: Settings
    now: datetime
    #: why there is none for a volunteer's mail, and how often
    withheld: Counter[str] = field(default_factory=Counter)
    _desk: Desk | None = None

    def acknowledge(
        self,
        inbound_id: int,
        stored: StoredMail,
        mail: Understanding,
        found: Match,
        sender: Authenticity,
        followup_id: int,
    ) -> int | None:
        """Write an acknowledgement if the mail is to have one; give the letter's id.

        Safe to call again: a mail has at most one.

        Raises:
            StoreError: the database can't be used.
        """
        template = self.settings.replies.acknowledge
        if not template or mail.kind is not ReplyKind.VOLUNTEER:
            return None
        why = self._why_not(stored, mail, found, sender, followup_id)
        if not why:
            try:
                return self._write(template, inbound_id, mail, found, followup_id)
            except StoreError:
                raise
            except OutreachError as error:
                # the mail itself must not wait for a template to be mended
                why = f"{template} can't be used: {error}"
        self.withheld[why] += 1
        return None

    def _why_not(
        self,
        stored: StoredMail,
        mail: Understanding,
        found: Match,
        sender: Authenticity,
        followup_id: int,
    ) -> str:
        """Say why there must be none; '' where nothing speaks against it."""
        if mail.certainty < _SURE:
            return "it is not sure that somebody volunteers"
        if found.campaign_id is None:
            return "it answers nothing that we sent"
        if sender is Authenticity.FAILED:
            return "its sender's domain does not stand for it"
        if not self.now - LATEST <= stored.received_at:
            return "it is too old"
        if not self._still_new(followup_id):
            return "somebody is in touch with them already"
        return why_unanswered(stored.raw, mail.from_address) or self._shut(mail, found)

    def _shut(self, mail: Understanding, found: Match) -> str:
        address = mail.from_address
        ours = (*(box.user for box in self.settings.mailbox), *self._our_addresses())
        if any(addresses.same_mailbox(address, our) for our in ours):
            return "it comes from a mailbox of ours"
        if consent.is_shut(self.db, address):
            return "nothing may go to its sender"
        purpose, since = LetterPurpose.ACKNOWLEDGEMENT, self.now - _APART
        if correspondence.written_since(self.db, purpose, address, found.campaign_id, since):
            return "they had one within a day"
        strangers = correspondence.strangers_since(self.db, purpose, found.delivery_id, since)
        if found.supporter_id is None and strangers >= _STRANGERS:
            return "others who answered the same letter had some within a day"
        return ""

    def _our_addresses(self) -> tuple[str, str, str]:
        sender = self.settings.sender
        return sender.email, sender.envelope, sender.reply_to.replace("{token}", "")

    def _still_new(self, followup_id: int) -> bool:
        (stage,) = self.db.conn.execute(
            "SELECT stage FROM followups WHERE followup_id = ?", [followup_id]
        ).fetchone()
        return bool(stage == Stage.NEW)

    def _write(
        self, template: str, inbound_id: int, mail: Understanding, found: Match, followup_id: int
    ) -> int | None:
        if self._desk is None:
            self._desk = Desk(self.db, self.settings, self.now)
        person, reader_safety = self._known(found)
        name = person.given_name if person else ""
        country = mail.country or (person.country if person else "")
        in_danger = country in self.settings.gatherings.dangers
        return self._desk.write(
            Wish(
                LetterPurpose.ACKNOWLEDGEMENT,
                template,
                mail.from_address,
                # whoever forges a sender would choose the words to greet them with
                name=name or (plain_name(mail.name) if found.is_senders else ""),
                language=mail.language or (person.language if person else ""),
                country=country,
                # where hosting is dangerous, so may be a letter that others can read
                discreet=in_danger or reader_safety != Safety.STANDARD,
                inbound_id=inbound_id,
                followup_id=followup_id,
                delivery_id=found.delivery_id,
                campaign_id=found.campaign_id,
                supporter_id=found.supporter_id,
                once=f"acknowledgement of mail {inbound_id}",
                not_after=self.now + LATEST,
            )
        )

    def _known(self, found: Match) -> tuple[Supporter | None, str]:
        """Give the person, where they are certain, and how careful we must be.

        Whoever answers in place of somebody who needs care is written to with as much care.
        """
        person = None if found.supporter_id is None else roll.get(self.db, found.supporter_id)
        row = self.db.conn.execute(
            "SELECT s.safety FROM deliveries AS d JOIN supporters AS s USING (supporter_id)"
            " WHERE d.delivery_id = ?",
            [found.delivery_id],
        ).fetchone()
        if person is not None and person.safety is not Safety.STANDARD:
            return person, person.safety
        return person, row[0] if row else Safety.STANDARD


def plain_name(name: str) -> str:
    """Give a name that may stand in a letter which nobody reads before it leaves; else ''."""
    plain = " ".join(name.split())
    letters, words = _MOST_IN_NAME
    fit = len(plain) <= letters and len(plain.split()) <= words and not _DOTTED.search(plain)
    allowed = all(c in _IN_NAMES or unicodedata.category(c)[0] in "LM" for c in plain)
    return plain if fit and allowed else ""
