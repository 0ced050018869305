"""See one person's message before it is sent: by the same call that dispatch makes.

Its links carry tokens that no reader accepts, so that trying them out changes nothing. May write
the first signing key, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from outreach import places, tokens
from outreach.compose import Composer, FrozenMessage
from outreach.compose.languages import Choice, nearest
from outreach.compose.library import Draft
from outreach.compose.used import used_values
from outreach.dispatch import campaigns
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

    `email` may be an id. `language`, a tag or a name, stands for the one they asked for. `day`
    decides which facts are true; without it, that of `now` (UTC).

    Raises:
        NotFound: there is no such message or supporter, or it isn't written in that language.
        InputError: `email` is no address, and no id.
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
    campaign: str = "",
    day: date | None = None,
    now: datetime,
) -> Preview:
    """Do as `preview` does; say why it is in its language, and whether that person would get it.

    `segment` is that of whose people it is asked whether this one is among them. With a `campaign`
    it is its message as planned.

    Raises: as `preview`, and
        NotFound: there is no such segment or campaign, or the campaign sends another message.
        IllegalMove: the campaign is not planned yet.
        SegmentError: the segment can't be used, or takes too long.
    """
    previewer = previewer_of(
        db, settings, name, campaign=campaign, language=language, day=day, now=now
    )
    if not email:
        columns = known_columns(db, previewer.frozen)
        return previewer.of(replace(MADE_UP, attributes=dict.fromkeys(columns, "Example")))
    supporter = roll.named(db, email)
    standing = standing_of(db, supporter, previewer.composer)
    if segment:
        found = is_in(db, settings, segment, supporter.supporter_id)
        standing = replace(standing, in_segment=found)
    return replace(previewer.of(supporter), standing=standing)


def previewer_of(
    db: Database,
    settings: Settings,
    name: str,
    *,
    campaign: str = "",
    language: str = "",
    day: date | None = None,
    now: datetime,
) -> Previewer:
    """Take a message as its files are now, or as a `campaign` is planned, whatever they say now.

    What is planned states what was true on its own day, and `day` counts for nothing.

    Raises:
        NotFound: there is no such message or campaign, the campaign sends another message, or it
            isn't written in that language.
        IllegalMove: the campaign is not planned yet.
        TemplateError: the message can't be used.
    """
    if not campaign:
        return Previewer(db, settings, name, language=language, day=day, now=now)
    frozen, day = planned_message(db, campaign, name)
    return Previewer(db, settings, name, language=language, day=day, now=now, draft=Draft(frozen))


def planned_message(db: Database, campaign: str, name: str) -> tuple[FrozenMessage, date]:
    """Give the message `name` as a campaign is planned, and the day whose facts it states.

    Raises:
        NotFound: there is no such campaign, or it sends another message.
        IllegalMove: it is not planned yet.
    """
    found = campaigns.get(db, campaign)
    frozen = FrozenMessage.thaw(campaigns.frozen_content(db, found))
    if found.template != name:
        raise NotFound(
            f"the campaign {campaign} sends another message, {found.template}", value=name
        )
    return frozen, date.fromisoformat(found.day)


def known_columns(db: Database, frozen: FrozenMessage) -> tuple[str, ...]:
    """Name the further columns that a message uses and a made-up reader has: those of the list.

    A misspelt one is none of them. Where nobody is on the list yet, all are.
    """
    used = used_values(frozen).columns
    there = roll.columns(db) if used else None
    return used if there is None else tuple(column for column in used if column in there)


def asked_language(name: str, language: str, composer: Composer) -> str:
    """Give the tag of a language that somebody names by tag or by name; '' for none.

    Raises:
        NotFound: the message `name` is not written in it.
    """
    if language and not nearest(language, composer.languages):
        raise NotFound(
            f"{shown(name)} is not written in this language; "
            f"there are {', '.join(composer.languages)}",
            value=language,
            next_step="name one of them",
        )
    return places.language_tag(language) or language


def why_in(choice: Choice, language: str) -> str:
    """Say why a message is in its language, where `language` was asked for in a person's stead."""
    if language and nearest(language, (choice.language,)):
        return f"--language asks for {language}"
    return choice.reason


def standing_of(db: Database, supporter: Supporter, message: Composer) -> Standing:
    """Say whether this person would get a message."""
    number = supporter.supporter_id
    excluded = consent.excluded_now(
        db, [number], discreet_version=message.discreet, kind=message.kind
    )
    return Standing(
        exclusion=excluded.get(number),
        suppression=consent.suppression_of(db, supporter.email),
        consent_ground=supporter.consent_ground,
        in_segment=None,
    )


class Previewer:
    """Makes previews of one message as of one day; `now` is their Date.

    `draft` stands for what the files say now, where something else is to be looked at.

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
        draft: Draft | None = None,
    ) -> None:
        self.day: Final = day or now.date()
        # what is wrong with another language is no reason not to look at this one
        draft = draft or draft_message(db, settings, name, day=self.day)
        self.frozen: Final = draft.frozen
        self.composer: Final = Composer(self.frozen, self.day, unread=draft.unread)
        #: the tag of what stands for the language that each asked for, '' where nothing does
        self.language: Final = asked_language(name, language, self.composer)
        self._now: Final = now
        self._key, _ = signing_keys(db, now)

    def of(self, supporter: Supporter) -> Preview:
        """Make this person's message.

        Raises:
            TemplateError: it can't be made for this person.
        """
        if self.language:
            supporter = replace(supporter, language=self.language)
        token = tokens.sign(self._key, Purpose.NOTHING, supporter.supporter_id)
        message = self.composer.compose(Reader(supporter, token, token, token), self._now)
        reason = why_in(self.composer.choose_language(supporter), self.language)
        return Preview(message, reason, supporter.safety is Safety.DISCREET)
