"""What somebody fills in on the page "take part": it goes the way of a mail that says the same.

The mail is made of the form, stored raw, and understood like any other, but for what the form says
by itself: that they volunteer, and their name, address and country. These no later understanding
overwrites. Nobody is silenced by a form, as anybody can fill it in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from outreach import tokens
from outreach.model import ReplyKind
from outreach.places import country_name
from outreach.replies import Understanding, corrections, inbox
from outreach.replies.envelope import NOTHING, Envelope
from outreach.replies.inbox import StoredMail
from outreach.settings import Settings
from outreach.store import Database, atomic, signing_keys
from outreach.supporters.signups import Signup
from outreach.tokens import Purpose
from outreach.workflow.meaning import Meaning
from outreach.workflow.replies import open_work
from outreach.workflow.understanding import Read

SOURCE: Final = "take-part page"
_BY_FORM: Final = "said on the take-part page"
_UNPROVEN: Final = "nobody has proved that the address on the take-part page is theirs"
#: what is said in a form and not found out by reading
_SAID: Final = ("kind", "name", "email", "country", "language")


#: what the mail is called that a form stands for, as its sender would; the answer's subject is made
#: of it
_SUBJECTS: Final[Mapping[str, str]] = {
    "en": "I'd like to take part",
    "fr": "Je voudrais participer",
    "es": "Quiero participar",
    "ar": "أودّ المشاركة",
}


@dataclass(frozen=True, slots=True)
class FormMail:
    """A form as the mail that it stands for."""

    said: Signup
    #: whether whoever filled it in has shown that the address is theirs
    proven: bool
    raw: bytes
    message_id: str
    #: None where it was not read yet
    read: Read | None = None

    @property
    def envelope(self) -> Envelope:
        """How it came: a form has no SPF, but a link that only its owner got proves as much."""
        return Envelope(sender=self.said.email, spf="pass") if self.proven else NOTHING


def mail_of(
    db: Database, settings: Settings, said: Signup, now: datetime, *, proven: bool
) -> FormMail:
    """Write a form as a mail and read it; writes nothing, and needs no turn.

    Raises:
        Exception: whatever kept us from understanding it.
    """
    form = _mail(db, settings, said, now, proven=proven)
    work = open_work(db, settings, now)
    stored = StoredMail(form.raw, now.replace(microsecond=0), form.envelope, ())
    return replace(form, read=work.reader.read(stored))


def open_followup(db: Database, settings: Settings, form: FormMail, now: datetime) -> bool:
    """Take in a filled-in form; give whether it is new, as the same form of a day is one.

    One transaction, or the caller's.

    Raises:
        StoreError: it could not be stored.
    """
    said = form.said
    with atomic(db):
        if db.conn.execute(
            "SELECT 1 FROM inbound WHERE message_id = ?", [form.message_id]
        ).fetchone():
            return False
        inbound_id = inbox.store(db, form.raw, SOURCE, now, envelope=form.envelope)
        if inbound_id is None:
            return False
        work = open_work(db, settings, now)
        read = form.read or work.reader.read(inbox.stored_mail(db, inbound_id))
        meaning = work.meaning(inbound_id, read)
        meaning = replace(meaning, mail=_as_said(meaning, said, proven=form.proven))
        inbox.record(db, inbound_id, meaning.mail, meaning.found, now)
        for field in _SAID:
            value = str(getattr(meaning.mail, field))
            corrections.note(db, inbound_id, field, "", value, _BY_FORM, now)
        work.follow(meaning)
    return True


def _as_said(meaning: Meaning, said: Signup, *, proven: bool) -> Understanding:
    return replace(
        meaning.mail,
        kind=ReplyKind.VOLUNTEER,
        certainty=1.0,
        why=(_BY_FORM,) if proven else (_BY_FORM, _UNPROVEN),
        name=said.name,
        email=said.email,
        country=said.country,
        country_text=country_name(said.country, "en"),
        country_certainty=1.0,
        language=said.language,
        bounce=None,
    )


def _mail(
    db: Database, settings: Settings, said: Signup, now: datetime, *, proven: bool
) -> FormMail:
    words = repr((said, now.date().isoformat())).encode("utf-8", "replace")
    message_id = f"form-{hashlib.sha256(words).hexdigest()[:24]}@{_domain(settings)}"
    mail = EmailMessage(policy=SMTP)
    local, _, domain = said.email.rpartition("@")
    mail["From"] = Address(said.name, local, domain)
    mail["To"] = _recipient(db, settings, said, now)
    mail["Subject"] = _SUBJECTS.get(said.language, _SUBJECTS["en"])
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message_id}>"
    if not proven:
        # whoever's address it is must not get letters because a stranger typed it
        mail["X-Auto-Response-Suppress"] = "All"
    country = country_name(said.country, "en") or said.country
    lines = [f"Name: {said.name}", f"Email address: {said.email}", f"Country: {country}"]
    mail.set_content("\n".join([*lines, "", said.words, ""]), cte="quoted-printable")
    return FormMail(said, proven, mail.as_bytes(), message_id)


def _recipient(db: Database, settings: Settings, said: Signup, now: datetime) -> str:
    """Give the address to which the letter's answers go, else our own."""
    if said.delivery_id is None:
        return settings.sender.email
    key, _ = signing_keys(db, now)
    token = tokens.sign(key, Purpose.REPLY, said.delivery_id)
    return settings.sender.reply_to.replace("{token}", token)


def _domain(settings: Settings) -> str:
    return settings.sender.email.rpartition("@")[2]
