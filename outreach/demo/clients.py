"""How mail programs write an answer: where the quote goes, what stands above it, which encoding.

The programs' habits are told in plain forms, without their version numbers and private headers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from html import escape
from typing import Final

from babel.dates import format_date, format_time

from outreach.demo.letters import Envelope

#: language -> what stands above a quoted letter; Outlook puts its headers there instead
_WROTE: Final[Mapping[str, str]] = {
    "en": "On {date} at {time}, {who} wrote:",
    "fr": "Le {date} à {time}, {who} a écrit :",
    "es": "El {date} a las {time}, {who} escribió:",
    "ar": "في {date}، {time}، كتب {who}:",
}
_OUTLOOK: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "en": ("From", "Sent", "To", "Subject"),
    "fr": ("De", "Envoyé", "À", "Objet"),
    "es": ("De", "Enviado", "Para", "Asunto"),
    "ar": ("من", "تم الإرسال", "إلى", "الموضوع"),
}
_SENT_FROM: Final[Mapping[str, str]] = {
    "en": "Sent from my iPhone",
    "fr": "Envoyé de mon iPhone",
    "es": "Enviado desde mi iPhone",
    "ar": "تم الإرسال من iPhone",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person wants to say, and to which letter."""

    letter: Envelope
    name: str
    address: str
    text: str
    #: of a new mail from the letter's button; '' for a reply with the letter quoted
    form: str = ""


def written(client: str, answer: Answer, number: int, moment: datetime) -> bytes:
    """Write the mail as `client` does; `number` tells it from all others.

    Raises:
        KeyError: there is no such client.
    """
    mail = _headed(answer, number, moment)
    _CLIENTS[client](mail, answer)
    return _received(answer.address, moment) + mail.as_bytes(policy=policy.SMTP)


def arrived_again(mail: bytes, moment: datetime) -> bytes:
    """Give the same mail as another server handed it on."""
    _, _, rest = mail.partition(b"From: ")
    return _received("relay@post.example", moment) + b"From: " + rest


def _received(address: str, moment: datetime) -> bytes:
    _, _, domain = address.rpartition("@")
    lines = (
        f"Return-Path: <{address}>\r\n",
        f"Received: from mx.{domain} ([203.0.113.25]) by mail.outreach.example.org with ESMTPS;\r\n"
        f"\t{format_datetime(moment)}\r\n",
    )
    return "".join(lines).encode("ascii")


def _headed(answer: Answer, number: int, moment: datetime) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP.clone(max_line_length=200))
    mail["From"] = formataddr((answer.name, answer.address), charset="utf-8")
    mail["To"] = answer.letter.reply_to
    mail["Subject"] = answer.form or f"Re: {answer.letter.subject}"
    mail["Date"] = format_datetime(moment)
    digest = hashlib.sha256(f"{number} {answer.address}".encode()).hexdigest()[:20]
    mail["Message-ID"] = f"<{digest}@{answer.address.rpartition('@')[2]}>"
    if not answer.form:
        mail["In-Reply-To"] = answer.letter.message_id
        mail["References"] = answer.letter.message_id
    return mail


def _gmail(mail: EmailMessage, answer: Answer) -> None:
    """Text and HTML; the quote is in a `gmail_quote`."""
    if answer.form:
        mail.set_content(_crlf(answer.text), cte="base64")
        mail.add_alternative(f'<div dir="auto">{_html(answer.text)}</div>', "html")
        return
    attribution = _attribution(answer)
    mail.set_content(f"{answer.text}\n\n{attribution}\n\n{_quoted(answer)}\n", cte="base64")
    mail.add_alternative(
        f'<div dir="auto">{_html(answer.text)}</div><br><div class="gmail_quote">'
        f'<div dir="ltr" class="gmail_attr">{escape(attribution)}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid">'
        f"{_html(answer.letter.text)}</blockquote></div>",
        "html",
    )


def _iphone(mail: EmailMessage, answer: Answer) -> None:
    """Text alone; the program's own line stands between the words and the quote."""
    below = "" if answer.form else f"\n\n{_attribution(answer)}\n> \n{_quoted(answer)}"
    sent_from = _SENT_FROM[answer.letter.language]
    mail.set_content(f"{answer.text}\n\n{sent_from}{below}\n", cte="quoted-printable")
    mail["X-Mailer"] = "iPhone Mail"


def _thunderbird(mail: EmailMessage, answer: Answer) -> None:
    """Flowed text (RFC 3676) below the quote's first words, in the language's own letters."""
    mail.set_content(f"{answer.text}\n\n{_attribution(answer)}\n{_quoted(answer)}\n", cte="8bit")
    mail.set_param("format", "flowed")
    mail["User-Agent"] = "Mozilla Thunderbird"


def _outlook(mail: EmailMessage, answer: Answer) -> None:
    """Text and HTML; the letter's headers stand above a quote without marks."""
    if answer.form:
        mail.set_content(_crlf(answer.text), cte="quoted-printable")
        return
    labels = _OUTLOOK[answer.letter.language]
    letter = answer.letter
    values = (
        f"{letter.sender_name} <{letter.sender}>",
        f"{format_date(letter.date, 'full', letter.language)} {letter.date:%H:%M}",
        f"{letter.to_name} <{letter.to}>",
        letter.subject,
    )
    headers = [f"{label}: {value}" for label, value in zip(labels, values, strict=True)]
    above = "\n".join(["_" * 32, *headers])
    charset = "windows-1252" if letter.language in {"fr", "es"} else "utf-8"
    text = f"{answer.text}\n\n{above}\n\n{letter.text}\n"
    mail.set_content(_in(charset, text), charset=charset, cte="quoted-printable")
    mail.add_alternative(
        f'<html><body><div dir="auto">{_html(answer.text)}</div><hr>'
        f'<div id="divRplyFwdMsg" dir="ltr">{"<br>".join(map(escape, headers))}</div>'
        f"<div>{_html(letter.text)}</div></body></html>",
        "html",
    )
    mail["Thread-Topic"] = letter.subject
    # it asks others not to answer by machine; people's mail carries it too
    mail["X-Auto-Response-Suppress"] = "DR, RN, NRN, OOF, AutoReply"


def _yahoo(mail: EmailMessage, answer: Answer) -> None:
    """HTML alone."""
    quote = (
        ""
        if answer.form
        else f'<div class="yahoo_quoted"><div>{escape(_attribution(answer))}</div>'
        f"<div>{_html(answer.letter.text)}</div></div>"
    )
    mail.set_content(
        f"<html><body><div>{_html(answer.text)}</div><br>{quote}</body></html>",
        "html",
        cte="quoted-printable",
    )


def _windows(mail: EmailMessage, answer: Answer) -> None:
    """Text in an old Arabic encoding, in Base64."""
    text = f"{answer.text}\n\n{_attribution(answer)}\n\n{_quoted(answer)}\n"
    mail.set_content(_in("windows-1256", text), charset="windows-1256", cte="base64")


def _absence(mail: EmailMessage, answer: Answer) -> None:
    """What a mail server answers while somebody is away."""
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["In-Reply-To"] = answer.letter.message_id
    mail.set_content(_crlf(answer.text), cte="quoted-printable")


_CLIENTS: Final[Mapping[str, Callable[[EmailMessage, Answer], None]]] = {
    "gmail": _gmail,
    "iphone": _iphone,
    "thunderbird": _thunderbird,
    "outlook": _outlook,
    "yahoo": _yahoo,
    "windows": _windows,
    "absence": _absence,
}


def _attribution(answer: Answer) -> str:
    letter = answer.letter
    return _WROTE[letter.language].format(
        date=format_date(letter.date, "long", letter.language),
        time=format_time(letter.date, "short", locale=letter.language),
        who=f"{letter.sender_name} <{letter.sender}>",
    )


def _quoted(answer: Answer) -> str:
    return "\n".join(f"> {line}".rstrip() for line in answer.letter.text.splitlines())


def _html(text: str) -> str:
    return "<br>\r\n".join(escape(line) for line in text.splitlines())


def _crlf(text: str) -> str:
    return text + "\n"


def _in(charset: str, text: str) -> str:
    """Leave out what an old encoding hasn't got."""
    return text.encode(charset, "replace").decode(charset)
