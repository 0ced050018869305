"""See one person's message before it is sent: by the same call that dispatch makes.

Its links carry tokens that no reader accepts, so that trying them out changes nothing. May write
the first signing key, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from outreach import tokens
from outreach.compose import Composer, FrozenMessage
from outreach.compose.languages import nearest
from outreach.compose.used import used_values
from outreach.errors import NotFound, shown
from outreach.model import Exclusion, Message, Reader, Safety, Supporter, Suppression
from outreach.settings import Settings
from outreach.store import Database, signing_keys
from outreach.supporters import consent, roll
from outreach.tokens import Purpose
from outreach.workflow.freezing import draft_message
from outreach.workflow.survey import is_in

#: whose message is shown where nobody is named
MADE_UP: Final = Supporter(
    supporter_id=0,
    email="amina.example@example.org",
    given_name="Amina",
    family_name="Example",
    joined="2013-12-10",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a person would get a message, were it sent at this moment, and why."""

    #: why they may not be written to, if so
    exclusion: Exclusion | None
    #: what stands against their address, if anything does
    suppression: Suppression | None
    #: on what ground they may be written to, in words
    consent_ground: str
    #: whether they are in the segment that was named; None where none was
    in_segment: bool | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as a certain person would get it."""

    message: Message
    #: why it is in that language, in words that follow "because"
    language_reason: str
    #: whether it is the version for people who are discreet
    discreet: bool
    #: None for a made-up reader
    standing: Standing | None = None


def preview(
    db: Database,
    settings: Settings,
    name: str,
    *,
    email: str = "",
    language: str = "",
    day: date | None = None,
    now: datetime,
) -> Message:
    """Give the message `name` as the supporter `email` would get it; '' is a made-up reader.

    `language` stands for the one they asked for. `day` decides which facts are true; without it,
    that of `now` (UTC).

    Raises:
        NotFound: there is no such message or supporter, or it isn't written in that language.
        InputError: `email` is no address.
        TemplateError: the message can't be used, or not for this person.
    """
    return explained_preview(
        db, settings, name, email=email, language=language, day=day, now=now
    ).message


def explained_preview(
    db: Database,
    settings: Settings,
    name: str,
    *,
    email: str = "",
    segment: str = "",
    language: str = "",
    day: date | None = None,
    now: datetime,
) -> Preview:
    """Do as `preview` does; say why it is in its language, and whether that person would get it.

    `segment` is that of whose people it is asked whether this one is among them.

    Raises: as `preview`, and
        NotFound: there is no such segment.
        SegmentError: the segment can't be used, or takes too long.
    """
    previewer = Previewer(db, settings, name, language=language, day=day, now=now)
    if not email:
        return previewer.of(made_up(previewer.frozen))
    supporter = roll.named(db, email)
    discreet = previewer.composer.discreet
    standing = _standing(db, settings, supporter, segment, discreet=discreet)
    return replace(previewer.of(supporter), standing=standing)


def made_up(frozen: FrozenMessage) -> Supporter:
    """Give the reader whose message is shown where nobody is named; every column is filled."""
    return replace(MADE_UP, attributes=dict.fromkeys(used_values(frozen).columns, "Example"))


class Previewer:
    """Makes previews of one message as of one day; `now` is their Date.

    Raises:
        NotFound: there is no such message, or it isn't written in `language`.
        TemplateError: the message can't be used.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        name: str,
        *,
        language: str,
        day: date | None,
        now: datetime,
    ) -> None:
        self.day: Final = day or now.date()
        # what is wrong with another language is no reason not to look at this one
        draft = draft_message(db, settings, name, day=self.day)
        self.frozen: Final = draft.frozen
        self.composer: Final = Composer(self.frozen, self.day, unread=draft.unread)
        self._language, self._now = language, now
        if language and not nearest(language, self.composer.languages):
            raise NotFound(
                f"{shown(name)} is not written in this language; "
                f"there are {', '.join(self.composer.languages)}",
                value=language,
                next_step="name one of them",
            )
        self._key, _ = signing_keys(db, now)

    def of(self, supporter: Supporter) -> Preview:
        """Make this person's message.

        Raises:
            TemplateError: it can't be made for this person.
        """
        if self._language:
            supporter = replace(supporter, language=self._language)
        token = tokens.sign(self._key, Purpose.NOTHING, supporter.supporter_id)
        message = self.composer.compose(Reader(supporter, token, token), self._now)
        reason = self.composer.choose_language(supporter).reason
        return Preview(message, reason, supporter.safety is Safety.DISCREET)


def _standing(
    db: Database, settings: Settings, supporter: Supporter, segment: str, *, discreet: bool
) -> Standing:
    number = supporter.supporter_id
    return Standing(
        exclusion=consent.excluded_now(db, [number], discreet_version=discreet).get(number),
        suppression=consent.suppression_of(db, supporter.email),
        consent_ground=supporter.consent_ground,
        in_segment=is_in(db, settings, segment, number) if segment else None,
    )
