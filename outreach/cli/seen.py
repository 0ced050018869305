"""What `outreach preview --json` prints: a message, or those of the people who tell most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from outreach.model import Mailbox
from outreach.workflow.preview import Preview, Standing
from outreach.workflow.previews import Previews, TellingPreview


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """One person's message."""

    #: whether the reader is made up
    made_up: bool
    language: str
    language_reason: str
    discreet: bool
    #: null for a made-up reader
    standing: Standing | None
    sender: Mailbox
    recipient: Mailbox
    reply_to: str
    subject: str
    preheader: str
    text: str
    html: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """One of several people, and why they were picked."""

    #: 0 for a made-up reader
    supporter_id: int
    #: masked
    address: str
    reasons: tuple[str, ...]
    #: '' where there is no message for this person, as are the two that follow
    language: str
    language_reason: str
    subject: str
    discreet: bool
    #: why there is no message
    problem: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class SeenPeople:
    """Those whose messages are worth a look."""

    message: str
    segment: str
    audience: int
    people: int
    excluded: Mapping[str, int]
    not_composable: int
    unshown: int
    telling: tuple[SeenPerson, ...]


def message_of(one: Preview, files: Sequence[Path]) -> SeenMessage:
    """Say all about one message but its source."""
    made = one.message
    return SeenMessage(
        made_up=one.standing is None,
        language=made.language,
        language_reason=one.language_reason,
        discreet=one.discreet,
        standing=one.standing,
        sender=made.sender,
        recipient=made.recipient,
        reply_to=made.reply_to,
        subject=made.subject,
        preheader=made.preheader,
        text=made.text,
        html=made.html,
        files=tuple(files),
    )


def people_of(found: Previews, files: Sequence[Sequence[Path]] | None) -> SeenPeople:
    """Say who was picked, and which files are whose."""
    own = files if files is not None else [()] * len(found.telling)
    return SeenPeople(
        message=found.message,
        segment=found.segment,
        audience=found.audience,
        people=found.people,
        excluded=found.excluded,
        not_composable=found.not_composable,
        unshown=found.unshown,
        telling=tuple(map(_person, found.telling, own)),
    )


def _person(telling: TellingPreview, files: Sequence[Path]) -> SeenPerson:
    made = telling.preview
    return SeenPerson(
        supporter_id=telling.supporter_id,
        address=telling.address,
        reasons=telling.reasons,
        language=made.message.language if made else "",
        language_reason=made.language_reason if made else "",
        subject=made.message.subject if made else "",
        discreet=bool(made and made.discreet),
        problem=telling.problem,
        files=tuple(files),
    )
