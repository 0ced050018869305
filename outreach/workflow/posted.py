"""Take in a mail that SendGrid's Inbound Parse posts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.errors import InputError, NotSigned, SettingsError, StoreError
from outreach.replies import failed, inbound_parse, inbox
from outreach.replies.inbound_parse import Posted
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


def take_posted_mail(
    db: Database,
    settings: Settings,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
    *,
    unsigned: bool = False,
    later: bool = False,
) -> TakenMail:
    """Store a mail that was posted, and act upon it; `headers` are those of the request.

    The signature over the body as it came is checked before anything of it is read; `unsigned`
    believes a body that nobody signed. When this returns, the mail is stored and committed, and the
    provider need not post it again; what keeps us from understanding it then is a matter of the
    next run. A repeat changes nothing. With `later` it is left to that run in any case.

    Raises:
        SettingsError: `[sendgrid] inbound_key` is no key, or is missing and needed.
        NotSigned: nobody we know signed it.
        InputError: it is unsigned and no mail.
        StoreError: it could not be stored.
    """
    said = {name.lower(): value for name, value in headers.items()}
    signed = not unsigned
    if signed:
        _check_signature(settings, body, said)
    try:
        posted: Posted | None = inbound_parse.parse(body, said.get("content-type", ""))
        fault = ""
    except InputError as error:
        if not signed:
            raise
        posted, fault = None, error.problem
    # whatever it is, the mail must not be lost for it
    except Exception as error:
        posted, fault = None, f"a fault of this program ({type(error).__name__})"
    if posted is None:
        return _keep_unreadable(db, body, said.get("content-type", ""), fault, now)
    with atomic(db):
        inbound_id = inbox.store(db, posted.raw, _SOURCE, now, envelope=posted.envelope)
    if inbound_id is not None and not later:
        # it is stored, and what is left of the work a later run does
        with suppress(StoreError):
            open_work(db, settings, now).finish([inbound_id])
    return TakenMail(inbound_id)


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


def _keep_unreadable(
    db: Database, body: bytes, content_type: str, fault: str, now: datetime
) -> TakenMail:
    """Keep what SendGrid signed and we can't read, with the error, for staff."""
    kind = " ".join(content_type.split()).encode("ascii", "replace")[:500]
    with atomic(db):
        raw = b"Content-Type: " + kind + b"\r\n\r\n" + body
        inbound_id = inbox.store(db, raw, _SOURCE, now)
        if inbound_id is not None:
            failed.note(db, inbound_id, fault, now)
    return TakenMail(inbound_id, unreadable=True)
