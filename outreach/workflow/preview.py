"""See one person's message before it is sent: by the same call that dispatch makes.

Its links carry tokens that no reader accepts, so that trying them out changes nothing. May write
the first signing key, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from outreach import addresses, compose, tokens
from outreach.compose.languages import nearest
from outreach.errors import InputError, NotFound, shown
from outreach.model import Message, Reader, Supporter
from outreach.settings import Settings
from outreach.store import Database, signing_keys
from outreach.supporters import roll
from outreach.tokens import Purpose
from outreach.workflow.freezing import freeze_message

#: whose message is shown where nobody is named
MADE_UP: Final = Supporter(
    supporter_id=0,
    email="amina.example@example.org",
    given_name="Amina",
    family_name="Example",
    joined="2013-12-10",
)


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as a certain person would get it."""

    message: Message
    #: why it is in that language, in words that follow "because"
    language_reason: str


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
    language: str = "",
    day: date | None = None,
    now: datetime,
) -> Preview:
    """Do as `preview` does, and say why the message is in its language."""
    day = day or now.date()
    composer = compose.Composer(freeze_message(db, settings, name, day=day), day)
    supporter = _supporter(db, email)
    if language:
        if not nearest(language, composer.languages):
            raise NotFound(
                f"{shown(name)} is not written in this language; "
                f"there are {', '.join(composer.languages)}",
                value=language,
                next_step="name one of them",
            )
        supporter = replace(supporter, language=language)
    key, _ = signing_keys(db, now)
    token = tokens.sign(key, Purpose.NOTHING, supporter.supporter_id)
    message = composer.compose(Reader(supporter, token, token), now)
    return Preview(message, composer.choose_language(supporter).reason)


def _supporter(db: Database, email: str) -> Supporter:
    if not email:
        return MADE_UP
    address = addresses.normalise(email)
    if not address:
        raise InputError("this is no email address", value=email)
    supporter = roll.find(db, address)
    if supporter is None:
        raise NotFound(
            "nobody on the list has this address",
            value=email,
            next_step="see `outreach supporters list`",
        )
    return supporter
