"""The finished message: its headers and its bytes (RFC 5322, 2045, 2047, 2369, 8058).

The bytes are put together here rather than by `email.message`, which rewrites long addresses and
URIs in headers into encoded words that mail programs then don't understand.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from typing import Final

from outreach import addresses
from outreach.compose import mailto, vocabulary
from outreach.errors import SettingsError, TemplateError
from outreach.model import Letterhead, Mailbox, Message, Reader

_TOKEN: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: RFC 5322 §3.2.3: what may stand in a name without quotes
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_LONGEST_WORD: Final = 66
_URL: Final = re.compile(r"https?://[^\s<>\x00-\x20\x7f-\uffff]{3,400}")


def check_letterhead(letterhead: Letterhead) -> None:
    """See that every message's From, Reply-To and links can be made of it.

    Raises:
        SettingsError: they can't; outreach.toml is where it comes from.
    """
    wrong = None
    if not addresses.normalise(letterhead.sender.email):
        wrong = ("[sender] email is no address", letterhead.sender.email)
    elif not addresses.normalise(letterhead.reply_to.replace("{token}", "a" * 24)):
        wrong = ("[sender] reply_to with a token of 24 letters is no address", letterhead.reply_to)
    elif not _URL.fullmatch(letterhead.public_url):
        wrong = ("[public] url is no web address", letterhead.public_url)
    if wrong:
        raise SettingsError(wrong[0], file="outreach.toml", value=wrong[1])


def assemble(
    reader: Reader,
    letterhead: Letterhead,
    language: str,
    heading: tuple[str, str],
    html: str,
    text: str,
    moment: datetime,
) -> Message:
    """Put one person's message together. `moment` is the Date; aware, of any zone.

    Raises:
        TemplateError: the person's address can't stand in a header.
    """
    for token in (reader.reply_token, reader.unsubscribe_token):
        if _TOKEN.fullmatch(token) is None:
            raise ValueError("a token that can't stand in an address and a header")
    email = addresses.normalise(reader.supporter.email)
    if not email:
        raise TemplateError(
            "this person's address is none that a mail can go to",
            value=reader.supporter.email,
            next_step="correct the address",
        )
    subject, preheader = heading
    name = vocabulary.in_one_line(vocabulary.person(reader.supporter).full_name)
    reply_to = vocabulary.reply_address(letterhead, reader)
    _, _, domain = letterhead.sender.email.rpartition("@")
    unsubscribe = (
        f"<{vocabulary.unsubscribe_url(letterhead, reader)}>",
        f"<{mailto.link(reply_to, subject='unsubscribe')}>",
    )
    further = (
        ("Date", format_datetime(moment.astimezone(UTC))),
        ("Message-ID", f"<{reader.reply_token}@{domain}>"),
        ("List-Unsubscribe", ", ".join(unsubscribe)),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Content-Language", language),
    )
    sender = Mailbox(vocabulary.in_one_line(letterhead.sender.name), letterhead.sender.email)
    recipient = Mailbox(name, email)
    lines = [
        f"From: {_mailbox(sender)}",
        f"To: {_mailbox(recipient)}",
        f"Reply-To: {reply_to}",
        f"Subject: {_words(subject, 'Subject')}",
        *(f"{header}: {value.replace(', <', f',{_FOLD}<')}" for header, value in further),
    ]
    return Message(
        language=language,
        subject=subject,
        preheader=preheader,
        sender=sender,
        recipient=recipient,
        reply_to=reply_to,
        headers=further,
        html=html,
        text=text,
        mime=_mime(lines, text, html, reader.reply_token),
    )


_FOLD: Final = "\r\n "


def _mime(lines: list[str], text: str, html: str, token: str) -> bytes:
    # "=_" can't occur in quoted-printable text, so no part can hold the boundary (RFC 2045 §6.7)
    boundary = f"=_{token}"
    head = [
        *lines,
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative;{_FOLD}boundary="{boundary}"',
        "",
    ]
    parts = [
        part
        for kind, content in (("plain", text), ("html", html))
        for part in (
            f"--{boundary}",
            f"Content-Type: text/{kind}; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            "",
            _quoted_printable(content),
        )
    ]
    return "\r\n".join([*head, *parts, f"--{boundary}--", ""]).encode("ascii")


def _quoted_printable(content: str) -> str:
    lines = content.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    return b2a_qp(lines.encode(), istext=True).decode("ascii")


def _mailbox(mailbox: Mailbox) -> str:
    name, email = mailbox.name, mailbox.email
    if not name:
        return email
    if _is_plain(name) and len(name) <= _LONGEST_WORD:
        if not _ATOMS.fullmatch(name):
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            name = f'"{quoted}"'
        return f"{name} <{email}>" if len(name) + len(email) < 66 else f"{name}{_FOLD}<{email}>"
    return f"{_encoded(name, 'From')}{_FOLD}<{email}>"


def _words(value: str, header: str) -> str:
    if not _is_plain(value):
        return _encoded(value, header)
    lines, room = [""], 76 - len(header)
    for word in value.split(" "):
        if len(lines[-1]) + len(word) > room and lines[-1]:
            lines.append(word)
            room = 76
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return _FOLD.join(lines)


def _is_plain(value: str) -> bool:
    """Whether a header may say it as it is: ASCII, no encoded word, no word too long to fold."""
    longest = max(map(len, value.split(" ")), default=0)
    return value.isascii() and "=?" not in value and longest <= _LONGEST_WORD


def _encoded(value: str, header: str) -> str:
    return Header(value, "utf-8", maxlinelen=76, header_name=header).encode(linesep="\r\n")
