"""The text of what we sent, as nobody in particular gets it.

Some mail programs mark nothing of what they quote. The lines that are in our own text are then
known by it; those with somebody's name in them are not, and stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from outreach.compose import Composer, FrozenMessage
from outreach.dispatch import campaigns, correspondence
from outreach.errors import OutreachError
from outreach.model import Reader, Supporter
from outreach.replies.match import Match
from outreach.store import Database


@dataclass(frozen=True, slots=True)
class SentTexts:
    """Texts that were sent, each made once; `now` is any moment, which the text does not show."""

    db: Database
    now: datetime
    _texts: dict[tuple[str, str], str] = field(default_factory=dict)

    def answered_by(self, found: Match) -> str:
        """Give the text of what a mail answers: a letter to one person, or a delivery; else ''."""
        if found.letter_id is not None:
            return correspondence.get(self.db, found.letter_id).text
        return "" if found.delivery_id is None else self.of(found.delivery_id)

    def of(self, delivery_id: int) -> str:
        """Give the text of a delivery's campaign in the delivery's language.

        '' where it can't be made: never planned, or for certain people only.
        """
        row = self.db.conn.execute(
            "SELECT c.name, d.language FROM deliveries AS d JOIN campaigns AS c USING (campaign_id)"
            " WHERE d.delivery_id = ?",
            [delivery_id],
        ).fetchone()
        if row not in self._texts:
            try:
                self._texts[row] = self._made(*row)
            except OutreachError:
                self._texts[row] = ""
        return self._texts[row]

    def _made(self, name: str, language: str) -> str:
        campaign = campaigns.get(self.db, name)
        frozen = FrozenMessage.thaw(campaigns.frozen_content(self.db, campaign))
        composer = Composer(frozen, date.fromisoformat(campaign.day))
        nobody = Supporter(supporter_id=0, email="nobody@example.org", language=language)
        return composer.compose(Reader(nobody, "token", "token"), self.now).text
