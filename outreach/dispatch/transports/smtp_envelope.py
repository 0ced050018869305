"""What is said to a mail server for one letter: MAIL, RCPT, and the message itself."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from outreach.errors import TransportError
from outreach.model import Letter

#: the names of a server's service extensions, in lower case
Offers: TypeAlias = Container[str]

#: in [sender] envelope: what becomes each letter's own token, so that a bounce tells whose it is
TOKEN: Final = "{token}"  # noqa: S105

#: the line that ends a message
DOT: Final = b".\r\n"

#: printable ASCII without a space, "<" and ">"
_SAYABLE: Final = re.compile(r"[!-;=?-~]+")
#: LF without CR, CR without LF. Two, as an expression that begins with one certain byte is looked
#: for ten times as fast.
_LONE_LF: Final = re.compile(rb"\n(?<!\r\n)")
_LONE_CR: Final = re.compile(rb"\r(?!\n)")
#: what RFC 3461 4 lets stand for itself in a value
_XTEXT: Final = re.compile(r"[^!-*,-<>-~]")


@dataclass(frozen=True, slots=True)
class Content:
    """A message in the form of RFC 5321 4.5.2, in pieces, to be followed by `DOT`."""

    pieces: Sequence[bytes]
    #: in bytes
    size: int
    ascii: bool


def mail_from(letter: Letter, message: Content, sender: str, offers: Offers) -> bytes:
    """Give the MAIL command for a letter whose content is `message`.

    `sender` is the envelope sender, which may hold `{token}`; empty, it is the From address.
    Size (RFC 1870) and eight bits (RFC 6152) are said where the server offers it; with DSN (RFC
    3461) reports name the attempt and bring back the headers only.

    Raises:
        TransportError: the sender's address can't be said.
    """
    token = letter.message.reply_token
    if not sender or (TOKEN in sender and not token):
        address = letter.message.sender.email
    else:
        address = sender.replace(TOKEN, token)
    command = f"MAIL FROM:<{_said(address)}>"
    if "size" in offers:
        command += f" SIZE={message.size}"
    if "8bitmime" in offers and not message.ascii:
        command += " BODY=8BITMIME"
    if "dsn" in offers:
        command += f" RET=HDRS ENVID={_xtext(letter.attempt_id)}"
    return f"{command}\r\n".encode("ascii")


def rcpt_to(letter: Letter, offers: Offers) -> bytes:
    """Give the RCPT command. Of DSN's notices we want those that a message has failed.

    Raises:
        TransportError: the address can't be said.
    """
    address = _said(letter.message.recipient.email)
    command = f"RCPT TO:<{address}>"
    if "dsn" in offers:
        command += f" NOTIFY=FAILURE ORCPT=rfc822;{_xtext(address)}"
    return f"{command}\r\n".encode("ascii")


def content(pieces: Sequence[bytes]) -> Content:
    """Make a message fit to be said.

    Every line ends with CRLF and none is a lone dot, so that no line of it ends the dialogue.
    What is the same object in many messages is looked through once.
    """
    if pieces and pieces[-1].endswith(b"\r\n"):
        with suppress(_NotByItself):
            # a token is looked at sooner than looked up
            fit = [one if one.isalnum() else _stuffed(one) for one in pieces]
            return Content(fit, sum(map(len, fit)), ascii=True)
    text = b"\r\n".join(b"".join(pieces).splitlines()).replace(b"\n.", b"\n..")
    whole = (b"." if text.startswith(b".") else b"") + text + b"\r\n"
    return Content((whole,), len(whole), whole.isascii())


class _NotByItself(Exception):
    """What a piece must become depends on what stands around it, or it is no piece of ours."""


@lru_cache(maxsize=512)
def _stuffed(piece: bytes) -> bytes:
    if piece[:1] == b"." or not piece.isascii() or _LONE_LF.search(piece) or _LONE_CR.search(piece):
        raise _NotByItself
    return piece.replace(b"\n.", b"\n..") if b"\n" in piece else piece


def _said(address: str) -> str:
    if _SAYABLE.fullmatch(address):
        return address
    raise TransportError(
        "an address of ours can't be said to a mail server",
        next_step="write the addresses in [sender] in ASCII",
    )


def _xtext(value: str) -> str:
    return _XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", value)
