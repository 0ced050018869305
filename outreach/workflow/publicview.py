"""A person's own message for the browser, with nothing in it that does harm in other hands."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Final

from outreach import tokens
from outreach.compose import Composer, FrozenMessage
from outreach.dispatch import campaigns
from outreach.errors import NotFound
from outreach.model import DeliveryState, Reader, Supporter
from outreach.store import Database
from outreach.tokens import Purpose
from outreach.workflow.bearers import delivery_of, person_of

_LEFT: Final = frozenset(
    {DeliveryState.CLAIMED, DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT, DeliveryState.REFUSED}
)
#: of the last few campaigns, so that a message is read once and not for each who looks at it
_KEPT: Final = 8
#: and the last pages, for whoever asks for one again and again
_PAGES_KEPT: Final = 32

#: content and day
_Parts = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Viewed:
    """A message as a page."""

    html: str
    #: BCP 47
    language: str


class Views:
    """Composes messages again for whoever has the link; threads take turns.

    A page that was made a moment ago, of the same message and person, is given again.
    """

    def __init__(self) -> None:
        self._composers: OrderedDict[_Parts, Composer] = OrderedDict()
        self._pages: OrderedDict[int, tuple[_Parts, Supporter, Viewed]] = OrderedDict()
        self._lock = Lock()

    def view(self, db: Database, token: str) -> Viewed:
        """Compose the message of a link again: its tokens let nobody do anything.

        Raises:
            NotFound: it is no link of ours, nothing left, or nothing is kept of its person.
            TemplateError: it can't be composed any more.
        """
        number = delivery_of(db, Purpose.VIEW, token)
        delivery, person = person_of(db, number)
        if delivery is None or person is None or delivery.state not in _LEFT:
            raise NotFound("nothing is kept of this letter any more")
        nothing = tokens.harmless(number)
        reader = Reader(person, nothing, nothing)
        with self._lock:
            parts, composer = self._composer(db, delivery.campaign)
            kept = self._pages.get(number)
            if kept is not None and kept[:2] == (parts, person):
                return kept[2]
            viewed = Viewed(composer.html(reader), composer.language_for(person))
            self._pages[number] = parts, person, viewed
            if len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
            return viewed

    def _composer(self, db: Database, name: str) -> tuple[_Parts, Composer]:
        campaign = campaigns.get(db, name)
        parts = (campaign.content_hash, campaign.day)
        if parts not in self._composers:
            frozen = FrozenMessage.thaw(campaigns.frozen_content(db, campaign))
            self._composers[parts] = Composer(frozen, date.fromisoformat(campaign.day))
            if len(self._composers) > _KEPT:
                self._composers.popitem(last=False)
        self._composers.move_to_end(parts)
        return parts, self._composers[parts]
