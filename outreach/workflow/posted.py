"""Take in a mail that SendGrid's Inbound Parse posts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.errors import InputError, NotSigned, SettingsError, StoreError
from outreach.replies import failed, inbound_parse, inbox
from outreach.replies.readymails import ReadyMail, make_ready
from outreach.settings import FILE_NAME, Settings
from outreach.store import Database, atomic
from outreach.workflow.replies import open_work

_SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
_TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"
_SOURCE: Final = "sendgrid inbound parse"


@dataclass(frozen=True, slots=True)
class TakenMail:
    """What became of a posted mail."""

    #: None where it was here before
    inbound_id: int | None
    #: it is kept, but what was posted could not be read
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class ProvedMail:
    """A posted mail that may be believed, and is ready to be stored."""

    ready: ReadyMail
    #: why what was posted can't be read; '' where it can
    fault: str


def prove_mail(
    settings: Settings,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
    *,
    unsigned: bool = False,
) -> ProvedMail:
    """Verify and read a mail that was posted; `headers` are those of the request.

    Needs no database. The signature over the body as it came is checked before anything of it is
    read; `unsigned` believes a body that nobody signed. What was signed and can't be read is kept
    as it came.

    Raises:
        SettingsError: `[sendgrid] inbound_key` is no key, or is missing and needed.
        NotSigned: nobody we know signed it.
        InputError: it is unsigned and no mail.
    """
    said = {name.lower(): value for name, value in headers.items()}
    if not unsigned:
        _check_signature(settings, body, said)
    content_type = said.get("content-type", "")
    try:
        posted = inbound_parse.parse(body, content_type)
    except InputError as error:
        if unsigned:
            raise
        fault = error.problem
    # whatever it is, the mail must not be lost for it
    except Exception as error:
        fault = f"a fault of this program ({type(error).__name__})"
    else:
        return ProvedMail(make_ready(posted.raw, _SOURCE, now, envelope=posted.envelope), "")
    kind = " ".join(content_type.split()).encode("ascii", "replace")[:500]
    raw = b"Content-Type: " + kind + b"\r\n\r\n" + body
    return ProvedMail(make_ready(raw, _SOURCE, now), fault)


def store_mail(db: Database, proved: ProvedMail, now: datetime) -> TakenMail:
    """Store a posted mail and commit it; understanding it is left to whoever comes to it.

    What can't be read is kept with the error, for staff. A repeat changes nothing.

    Raises:
        StoreError: it could not be stored.
    """
    with atomic(db):
        inbound_id = inbox.put(db, proved.ready)
        if inbound_id is not None and proved.fault:
            failed.note(db, inbound_id, proved.fault, now)
    return TakenMail(inbound_id, unreadable=bool(proved.fault))


def take_posted_mail(
    db: Database,
    settings: Settings,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
    *,
    unsigned: bool = False,
) -> TakenMail:
    """Store a mail that was posted, and act upon it.

    When this returns, the mail is stored and committed, and the provider need not post it again;
    what keeps us from understanding it then is a matter of the next run. A repeat changes nothing.

    Raises:
        SettingsError: as `prove_mail`.
        NotSigned: as `prove_mail`.
        InputError: as `prove_mail`.
        StoreError: it could not be stored.
    """
    taken = store_mail(db, prove_mail(settings, body, headers, now, unsigned=unsigned), now)
    if taken.inbound_id is not None and not taken.unreadable:
        # it is stored, and what is left of the work a later run does
        with suppress(StoreError):
            open_work(db, settings, now).finish([taken.inbound_id])
    return taken


def _check_signature(settings: Settings, body: bytes, headers: Mapping[str, str]) -> None:
    key = settings.sendgrid.inbound_key
    if not key:
        raise SettingsError(
            "[sendgrid] inbound_key is empty, so no signature can be verified",
            file=settings.root / FILE_NAME,
            next_step="copy the key of the security policy of Inbound Parse from SendGrid",
        )
    signature, timestamp = headers.get(_SIGNATURE, ""), headers.get(_TIMESTAMP, "")
    if not inbound_parse.verify(key, signature, timestamp, body):
        raise NotSigned("this was not signed with [sendgrid] inbound_key, or was changed since")
