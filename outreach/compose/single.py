"""A single letter as a mail: its own headers, a page with its text, and files that go with it.

What a campaign sends is put together in `message`. Here are letters to one person, which are told
of their page, their text and their headers, and are the same bytes however often they are made.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Sequence
from email.utils import encode_rfc2231
from hashlib import sha256
from typing import Final

from outreach.compose import quoted
from outreach.compose.message import address_field, text_field
from outreach.model import Attachment, Mailbox, Message, Written

_FOLD: Final = "\r\n "
#: RFC 2045 §5.1: what may stand in a parameter without quotes, and in one of ours with them
_QUOTABLE: Final = re.compile(r"[A-Za-z0-9 !#$&'()+,.=@^_`{}~-]+")
#: of a content type: type and subtype, then parameters of plain words
_CONTENT_TYPE: Final = re.compile(
    r"[a-z0-9.+-]+/[a-z0-9.+-]+(; *[a-z0-9-]+=\"?[A-Za-z0-9._-]+\"?)*", re.IGNORECASE
)
_BASE64_LINE: Final = 57
#: as long as one line holds when it is encoded
_LONGEST_NAME: Final = 80


def single(
    *,
    language: str,
    subject: str,
    sender: Mailbox,
    recipient: Mailbox,
    reply_to: str,
    headers: Sequence[tuple[str, str]],
    html: str,
    text: str,
    token: str = "",
    attachments: Sequence[Attachment] = (),
) -> Message:
    """Put a letter together. `headers` hold Date and Message-ID; their values are ASCII.

    `token` takes the place of `{token}` in the envelope's sender, so that a bounce tells whose it
    is.

    Raises:
        ValueError: a header or a file's type holds what can't stand there.
    """
    for name, value in headers:
        if not (value.isascii() and value.isprintable() and name.isascii()):
            raise ValueError(f"the header {name} can't be written")
    return Message(
        language=language,
        subject=subject,
        preheader="",
        sender=sender,
        recipient=recipient,
        reply_to=reply_to,
        headers=tuple(headers),
        content=Written(
            html,
            text,
            _mime(sender, recipient, reply_to, subject, headers, html, text, attachments),
        ),
        reply_token=token,
        attachments=tuple(attachments),
    )


def _mime(
    sender: Mailbox,
    recipient: Mailbox,
    reply_to: str,
    subject: str,
    headers: Sequence[tuple[str, str]],
    html: str,
    text: str,
    attachments: Sequence[Attachment],
) -> bytes:
    head = [f"From: {address_field(sender)}", f"To: {address_field(recipient)}"]
    if reply_to:
        head.append(f"Reply-To: {reply_to}")
    head.append(f"Subject: {text_field(subject, 'Subject')}")
    head += [f"{name}: {_folded(value)}" for name, value in headers]
    head.append("MIME-Version: 1.0")
    # no line of quoted-printable or base64 can be one (RFC 2045 §6.7)
    boundary = f"=_{sha256(''.join(head).encode()).hexdigest()[:24]}"
    body = _multipart(
        "alternative",
        boundary,
        [_part("plain", quoted.text(text)), *([_part("html", quoted.page(html))] if html else [])],
    )
    if attachments:
        files = [_file(attachment) for attachment in attachments]
        body = _multipart("mixed", f"{boundary}_", [body, *files])
    return "\r\n".join(head).encode("ascii") + b"\r\n" + body


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """Give a part with its own header; each of `parts` begins with its header and ends a line."""
    begin = f"--{boundary}\r\n".encode("ascii")
    return (
        f'Content-Type: multipart/{kind};{_FOLD}boundary="{boundary}"\r\n\r\n'.encode("ascii")
        + b"".join(begin + part for part in parts)
        + f"--{boundary}--\r\n".encode("ascii")
    )


def _part(kind: str, encoded: bytes) -> bytes:
    head = (
        f"Content-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode("ascii") + encoded


def _file(attachment: Attachment) -> bytes:
    if not _CONTENT_TYPE.fullmatch(attachment.content_type):
        raise ValueError(f"{attachment.content_type!r} is no type of a file")
    name = attachment.name
    if not (name.isprintable() and 0 < len(name) <= _LONGEST_NAME) or "/" in name:
        raise ValueError(f"{name!r} is no name for a file in a mail")
    if _QUOTABLE.fullmatch(name) and len(name) <= 60:
        named = f'filename="{name}"'
    else:
        named = f"filename*={encode_rfc2231(name, 'utf-8')}"
    head = (
        f"Content-Type: {attachment.content_type}\r\n"
        f"Content-Disposition: attachment;{_FOLD}{named}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    content = attachment.content
    lines = (content[at : at + _BASE64_LINE] for at in range(0, len(content), _BASE64_LINE))
    encoded = b"".join(b2a_base64(line, newline=False) + b"\r\n" for line in lines)
    return head.encode("ascii") + encoded


def _folded(value: str) -> str:
    """Fold a header between its words, as References grows with each answer."""
    return value if len(value) <= 70 else _FOLD.join(value.split(" "))
