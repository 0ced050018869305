"""`outreach replies read`: what is understood of mails, without touching a database."""

from __future__ import annotations

from typing import Any

import click

from outreach.cli.output import mailbox, print_text
from outreach.replies import Bounce
from outreach.workflow.reading import ReadMail


def as_object(read: ReadMail) -> dict[str, Any]:
    """Give the JSON object of one mail. Its keys are a promise to those who read them."""
    mail = read.mail
    return {
        "file": read.file,
        "kind": mail.kind,
        "certainty": mail.certainty,
        "why": mail.why,
        "from_name": mail.from_name,
        "from_address": mail.from_address,
        "subject": mail.subject,
        "reply": mail.reply,
        "quoted": mail.quoted,
        "signature": mail.signature,
        "name": mail.name,
        "email": mail.email,
        "country": mail.country,
        "country_text": mail.country_text,
        "language": mail.language,
        "phone": mail.phone,
        "return_date": mail.return_date,
        "bounce": _bounce(mail.bounce),
        "token": mail.token,
        # a token names a delivery by number; which campaign that was, only the database knows
        "campaign": "",
    }


def _bounce(bounce: Bounce | None) -> dict[str, Any] | None:
    if bounce is None:
        return None
    return {
        "class": bounce.bounce_class,
        "recipients": bounce.recipients,
        "status": bounce.status,
        "diagnostic": bounce.diagnostic,
    }


def print_read(read: ReadMail) -> None:
    """Show one mail to a person."""
    mail = read.mail
    facts = {
        "Mail": read.file,
        "From": mailbox(mail.from_name, mail.from_address),
        "Subject": mail.subject,
        "Kind": f"{mail.kind} ({mail.certainty:.0%} sure): {'; '.join(mail.why)}",
        "Bounce": f"{mail.bounce.bounce_class} {mail.bounce.status}" if mail.bounce else "",
        "Name": mail.name,
        "Email": mail.email,
        "Country": f"{mail.country} ({mail.country_text})" if mail.country_text else mail.country,
        "Phone": mail.phone,
        "Language": mail.language,
        "Back on": mail.return_date,
    }
    for label, value in facts.items():
        if value:
            print_text(value.replace("\n", " "), f"{label + ':':<11}")
    for heading, text in (("", mail.reply), ("Signature:", mail.signature)):
        if text:
            click.echo(heading)
            print_text(text, "  ")
    click.echo()
