"""What is to be sent: a campaign, and how its people's messages are made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from outreach import tokens
from outreach.dispatch.campaigns import Campaign
from outreach.errors import TemplateError
from outreach.model import Message, Reader, Supporter
from outreach.settings import Cap, Pacing
from outreach.supporters import consent
from outreach.tokens import Purpose, SigningKey


class Compose(Protocol):
    """Makes one person's message out of the campaign's frozen one."""

    def __call__(self, reader: Reader, moment: datetime) -> Message:
        """Compose; whatever it raises means that there is no message for this person."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many letters may go: at a time, to one person, and without an outcome."""

    pacing: Pacing = field(default_factory=Pacing)
    cap: Cap = field(default_factory=Cap)
    #: letters that a transport may hold without an outcome while more are claimed for it; where it
    #: is smaller, as many as a batch
    window: int = 0


NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Orders:
    """What is to be sent, and how."""

    campaign: Campaign
    compose: Compose
    #: whether the message may go to people who need a discreet one
    discreet_version: bool
    key: SigningKey
    batch_size: int
    limits: Limits = NO_LIMITS
    #: what the message is about; '' goes to everybody
    kind: str = ""
    #: who holds the campaign's lease already; '' where nobody does
    holder: str = ""

    def message(self, supporter: Supporter, delivery_id: int, moment: datetime) -> Message:
        """Compose the message of one delivery, with tokens that lead back to it."""
        reply = tokens.sign(self.key, Purpose.REPLY, delivery_id)
        unsubscribe = tokens.sign(self.key, Purpose.UNSUBSCRIBE, delivery_id)
        view = tokens.sign(self.key, Purpose.VIEW, delivery_id)
        reader = Reader(supporter, reply, unsubscribe, view)
        if consent.may_track(supporter):
            reader = replace(
                reader,
                open_token=tokens.sign(self.key, Purpose.OPEN, delivery_id),
                seal_link=partial(sealed_link, self.key, delivery_id),
            )
        return self.compose(reader, moment)


def sealed_link(key: SigningKey, delivery_id: int, target: str) -> str:
    """Write number and seal of a counted link: nobody else can make one of this letter."""
    return f"{delivery_id}/{tokens.seal(key, Purpose.LINK, f'{delivery_id} {target}')}"


_NO_KEY = SigningKey(0, b"\0" * 32)


def on_trial(compose: Compose, supporter: Supporter, moment: datetime) -> Message:
    """Compose for somebody with tokens that no reader accepts."""
    token = tokens.sign(_NO_KEY, Purpose.NOTHING, supporter.supporter_id)
    return compose(Reader(supporter, token, token, token), moment)


def problem(error: Exception) -> str:
    """Say why there is no message for somebody; a fault of the program is named by its type."""
    words = str(error)
    return words if isinstance(error, TemplateError) else f"{type(error).__name__}: {words}"
