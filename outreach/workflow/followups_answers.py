"""Answer people who wrote back: from a message folder, in their language, in their mail's thread.

An answer is a single letter. Writing it, and that the person waits for nothing any more, are one
transaction; it leaves by `send_answer` at once, or with the next `outreach cron`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from outreach.compose import MessageInfo
from outreach.compose.languages import nearest, same_tongue
from outreach.dispatch import correspondence, lettermoves
from outreach.dispatch.correspondence import NewLetter, StoredLetter
from outreach.dispatch.purposes import LetterPurpose
from outreach.errors import IllegalMove, InputError
from outreach.followups import care, queue, safetytalks, staff, unproven
from outreach.model import DeliveryState, Stage, Suppression
from outreach.settings import Settings
from outreach.store import Database, atomic, snapshot
from outreach.workflow.enclosures import enclosures
from outreach.workflow.gatheringletters import calendar_files, note_calendar
from outreach.workflow.letters import Desk, Wish, write_letter
from outreach.workflow.templates import list_templates

#: the message that asks for what is missing, and for nothing else
ASKS: Final = "organiser-details"
#: the one that asks, once, whether a wish to get no more was meant that nothing proves
CHECKS: Final = "opt-out-check"
#: what one answers first, where nothing is missing
FIRST: Final = "organiser-welcome"
#: how programs mark an answer or what is handed on, in many languages
_RE: Final = re.compile(
    r"^\s*((re|aw|sv|vs|tr|fwd?|wg|rép|antw|odp|ynt|res|r|rv|回复|答复|回覆|رد)(\[\d+\])?\s*[:：]\s*)+",
    re.I,
)
_LONGEST_SUBJECT: Final = 150


@dataclass(frozen=True, slots=True)
class Edited:
    """What somebody wrote in place of what the message folder gives; '' leaves it as it is."""

    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A letter to a person of the queue."""

    #: in a draft the one that it would have
    letter_id: int
    followup_id: int
    name: str
    email: str
    language: str
    subject: str
    text: str
    files: tuple[str, ...]
    #: of the follow-up, when the answer was begun
    version: int
    #: the language that they wrote in, where the message has no version that its readers read
    lacks_language: str = ""


def draft_answer(
    db: Database,
    settings: Settings,
    followup_id: int,
    template: str,
    *,
    files: Sequence[str] = (),
    by: str,
    now: datetime,
    version: int | None = None,
    again: bool = False,
) -> Answer:
    """Give the answer as it would leave, and write nothing. Waits for nobody who writes.

    Raises:
        OutreachError: as `answer_followup`.
    """
    by = staff.called(settings, by)
    with snapshot(db):
        standing = _standing(db, followup_id, template, version, again=again)
        wish = _wish(db, settings, standing, template, Edited(), files, by, now)
        draft = Desk(db, settings, now).compose(wish)
        if wish.once and correspondence.is_written(db, wish.once):
            raise _asked_already(followup_id)
        _ask_last_door(db, standing, draft, now)
    return Answer(
        draft.letter_id,
        followup_id,
        draft.recipient.name,
        draft.recipient.email,
        draft.language,
        draft.subject,
        draft.text,
        tuple(file.name for file in wish.attachments),
        standing["version"],
        lacks_language=_lacking(standing["language"], draft.language),
    )


def answer_followup(
    db: Database,
    settings: Settings,
    followup_id: int,
    template: str,
    *,
    edited: Edited | None = None,
    files: Sequence[str] = (),
    stage: Stage | None = None,
    by: str,
    now: datetime,
    version: int | None = None,
    again: bool = False,
) -> Answer:
    """Write an answer of the message folder `template`, with files of the workspace's `files/`.

    It answers the person's last mail, with a calendar file where they have none of their gathering.
    Where they are certain, it bears the token of the delivery that they answered. They then wait
    for nothing; what was new is contacted, or goes to `stage`. One transaction, or part of the
    caller's.

    Raises:
        NotFound: there is no such follow-up, message folder or file.
        IllegalMove: it is done, was changed since `version`, can't come to `stage` (or not before
            the risks were talked over), nothing may be sent to the person (but CHECKS, once, where
            nothing proves that they wish so), or they have had the same and not written since (but
            with `again`).
        InputError: there is no address, nothing is missing that could be asked for, or a file or
            the words can't be sent.
        TemplateError: the message has no version for this person.
    """
    by = staff.called(settings, by)
    edited = edited or Edited()
    with atomic(db):
        standing = _standing(db, followup_id, template, version, again=again)
        if stage is not None:
            safetytalks.require_talk(db, settings.gatherings.dangers, followup_id, stage)
        wish = _wish(db, settings, standing, template, edited, files, by, now)
        letter_id = write_letter(db, settings, wish, now=now)
        if letter_id is None:
            raise _asked_already(followup_id)
        note_calendar(db, settings, followup_id, letter_id, now)
        _ask_last_door(db, standing, correspondence.get(db, letter_id), now)
        queue.answered(db, followup_id, f"letter {letter_id}: {template}", by, now)
        if stage is not None or standing["stage"] == Stage.NEW:
            queue.move(db, followup_id, stage or Stage.CONTACTED, by, now)
    written = correspondence.get(db, letter_id)
    return Answer(
        letter_id,
        followup_id,
        written.name,
        written.email,
        written.language,
        written.subject,
        written.text,
        tuple(file.name for file in wish.attachments),
        standing["version"],
        lacks_language="" if edited.text else _lacking(standing["language"], written.language),
    )


_CONFIRM_OR_UNDO: Final = (
    "confirm it with `outreach followups opt-out {0}`, or take it back with"
    " `outreach followups opt-out {0} --undo`"
)


def _asked_already(followup_id: int) -> IllegalMove:
    return IllegalMove(
        f"they were asked once whether they meant it; follow-up {followup_id} waits for them to"
        " say so",
        next_step=_CONFIRM_OR_UNDO.format(followup_id),
    )


def _check(db: Database, wish: Wish, followup_id: int) -> Wish:
    """Make of an answer the one letter that may go to whose wish to get none nothing proves."""
    found = unproven.wishes(db, followup_id)
    if not found:
        raise IllegalMove(
            f"nobody has to be asked: no opt-out of follow-up {followup_id} stands that nothing"
            " proves",
            next_step="answer with another message",
        )
    last = found[-1].inbound_id
    email = next(each.email for each in found if each.inbound_id == last)
    # once is one that can have reached them
    (lost,) = db.conn.execute(_LOST, [last]).fetchone()
    return replace(
        wish,
        purpose=LetterPurpose.OPT_OUT_CHECK,
        email=email,
        inbound_id=last,
        once=f"opt-out check of mail {last}" + (f", after {lost} that were lost" if lost else ""),
    )


def _lacking(asked: str, written: str) -> str:
    return asked if asked and not same_tongue(asked, written) else ""


def answer_messages(settings: Settings) -> tuple[MessageInfo, ...]:
    """List what people can be answered with by name: first what is meant for that, then the rest.

    What can't be used is not among them.
    """
    found = [info for info in list_templates(settings) if not info.broken]
    return tuple(sorted(found, key=lambda info: (not info.answers, info.name)))


def first_answer(settings: Settings, *, name: str, country: str, language: str) -> str:
    """Name the message to begin an answer with: what asks where something is missing, else one that
    its reader can read, if any is meant for answers.
    """
    if not (name and country):
        return ASKS
    fit = [
        info.name
        for info in answer_messages(settings)
        if info.answers
        and info.name not in {ASKS, CHECKS}
        and language
        and nearest(language, info.languages)
    ]
    return FIRST if FIRST in fit or not fit else fit[0]


#: what asked, and never reached them
_LOST: Final = f"""
    SELECT count(*) FROM letters
     WHERE inbound_id = ? AND purpose = '{LetterPurpose.OPT_OUT_CHECK}'
       AND (returned IN ('dead_address', 'policy')
            OR state IN ('{DeliveryState.REFUSED}', '{DeliveryState.WITHDRAWN}',
                         '{DeliveryState.CANCELLED}'))
"""


def missing(standing: Any) -> tuple[str, ...]:
    """Say what is not known of a person that one needs to know."""
    return tuple(field for field in ("name", "country") if not standing[field])


def _standing(
    db: Database, followup_id: int, template: str, version: int | None, *, again: bool
) -> dict[str, Any]:
    """Read a follow-up that may be answered with this message."""
    wanted = f"answered with {template}"
    standing = queue.still_open(db, followup_id, version, wanted, "answered")
    if not standing["email"]:
        raise InputError(
            f"follow-up {followup_id} has no address to answer to",
            next_step=f"give it one: `outreach followups correct {followup_id} email ADDRESS`",
            at_desk="put the email right first",
        )
    if template == ASKS and not missing(standing):
        raise InputError(
            f"nothing is missing of follow-up {followup_id} that {ASKS} asks for",
            next_step="answer with another message",
        )
    sent = _sent_since_their_mail(db, followup_id, template)
    if sent and not again:
        raise IllegalMove(
            f"{template} went to follow-up {followup_id} at {sent}, and they haven't written since",
            next_step="wait for their answer, or say --again",
            at_desk="wait for their answer, or tick that it goes once more",
        )
    return standing


def _sent_since_their_mail(db: Database, followup_id: int, template: str) -> str:
    """Say when the same message was written to them after their last mail; '' where it wasn't."""
    (sent,) = db.conn.execute(
        "SELECT coalesce(max(l.created_at), '') FROM letters AS l"
        " WHERE l.template = :template AND l.followup_id IN (SELECT followup_id FROM followups"
        "     WHERE followup_id = :id OR merged_into = :id)"
        " AND l.state NOT IN ('refused', 'withdrawn', 'cancelled') AND l.returned = ''"
        " AND l.created_at >= coalesce((SELECT max(i.received_at) FROM followup_replies AS m"
        "     JOIN inbound AS i USING (inbound_id) WHERE m.followup_id = :id), '')",
        {"id": followup_id, "template": template},
    ).fetchone()
    return str(sent)


#: the last mail of a person, which an answer answers
_LAST: Final = """
    SELECT r.inbound_id, r.subject FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
      JOIN inbound AS i USING (inbound_id)
     WHERE m.followup_id = ? ORDER BY i.received_at DESC, r.inbound_id DESC LIMIT 1
"""


def _wish(
    db: Database,
    settings: Settings,
    standing: dict[str, Any],
    template: str,
    edited: Edited,
    files: Sequence[str],
    by: str,
    now: datetime,
) -> Wish:
    last = db.conn.execute(_LAST, [standing["followup_id"]]).fetchone()
    careful = care.is_needed(db, standing["followup_id"])
    inbound_id, subject = last or (None, "")
    # a file that says where and when goes to nobody who must be written to discreetly
    calendar = () if careful else calendar_files(db, settings, standing["followup_id"], now)
    wish = Wish(
        LetterPurpose.ANSWER,
        template,
        standing["email"],
        name=standing["name"],
        language=standing["language"],
        country=standing["country"],
        discreet=careful,
        inbound_id=inbound_id,
        followup_id=standing["followup_id"],
        # its token stands for the supporter, so nobody else gets it
        delivery_id=standing["delivery_id"] if standing["supporter_id"] is not None else None,
        campaign_id=standing["campaign_id"],
        supporter_id=standing["supporter_id"],
        # what their mail was about may name what a discreet letter must not
        subject=edited.subject or ("" if careful else _in_reply(subject)),
        text=edited.text,
        attachments=(*enclosures(settings, files), *calendar),
        created_by=by,
    )
    return _check(db, wish, standing["followup_id"]) if template == CHECKS else wish


def _in_reply(subject: str) -> str:
    """Give the subject of an answer, by which mail programs know the thread; '' for none."""
    plain = " ".join(_RE.sub("", subject).split())
    return f"Re: {plain[:_LONGEST_SUBJECT]}" if plain and plain.isprintable() else ""


#: of all addresses that a person wrote from, or is on the list with, one that wants no more mail
_SILENCED: Final = f"""
    SELECT x.email, x.reason FROM suppressions AS x
     WHERE x.reason IN ('{Suppression.UNSUBSCRIBED}', '{Suppression.COMPLAINT}')
       AND x.source NOT IN (SELECT value FROM json_each(:but)) AND x.email IN (
            SELECT r.from_address FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
             WHERE m.followup_id = :id
            UNION ALL SELECT email FROM supporters WHERE supporter_id = :supporter_id)
"""


def _ask_last_door(
    db: Database, standing: dict[str, Any], letter: StoredLetter | NewLetter, now: datetime
) -> None:
    """Refuse what the last door would take out, as somebody is there to be told.

    It also counts whether they have said from another of their addresses that they want no mail.
    """
    followup_id = standing["followup_id"]
    asked = unproven.wishes(db, followup_id)
    names = {
        "id": followup_id,
        "supporter_id": standing["supporter_id"],
        "but": json.dumps([w.source for w in asked] if letter.template == CHECKS else []),
    }
    email, why = db.conn.execute(_SILENCED, names).fetchone() or ("", "")
    if not why:
        if isinstance(letter, NewLetter):
            email, why = letter.recipient.email, lettermoves.shut_to(db, letter, now)
        else:
            email, number = letter.email, letter.letter_id
            why = lettermoves.shut(db, [number], now).get(number, "")
    if why and asked and letter.template != CHECKS:
        raise IllegalMove(
            f"nothing may be sent to {email}: {why.replace('_', ' ')}, which nothing proves",
            next_step="ask them once whether they meant it:"
            f" `outreach followups reply {followup_id} --message {CHECKS}`; then"
            f" {_CONFIRM_OR_UNDO.format(followup_id)}",
        )
    if why:
        raise IllegalMove(
            f"nothing may be sent to {email}: {why.replace('_', ' ')}",
            next_step="answer by another way, and say so with `outreach followups answered`",
            at_desk="answer by another way, and write that down: Answered otherwise",
        )
