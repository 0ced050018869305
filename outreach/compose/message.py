"""The finished message: its headers and its bytes (RFC 5322, 2045, 2047, 2369, 8058).

The bytes are put together here rather than by `email.message`, which rewrites long addresses and
URIs in headers into encoded words that mail programs then don't understand, and encodes anew for
each person what is the same for all.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Final, TypeAlias

from outreach import addresses
from outreach.compose import mailto, vocabulary
from outreach.compose.pages import Page
from outreach.errors import SettingsError, TemplateError
from outreach.model import Letterhead, Mailbox, Merge, Message, Reader

#: of the length of ours
_ANY_TOKEN: Final = "a" * 24
#: two tokens, as they can stand in an address and a header
_TOKENS: Final = re.compile(r"[A-Za-z0-9._-]{1,64} [A-Za-z0-9._-]{1,64}")
#: RFC 5322 §3.2.3: what may stand in a name without quotes
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_LONGEST_WORD: Final = 66
_FOLD: Final = "\r\n "
#: `{token}` in a URI
_TOKEN_THERE: Final = "%7Btoken%7D"  # noqa: S105
_ONE_CLICK: Final = "List-Unsubscribe=One-Click"
_PART: Final = (
    "\r\nContent-Type: text/{}; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
_TEXT_PART: Final = _PART.format("plain")
_HTML_PART: Final = _PART.format("html")
_URL: Final = re.compile(r"https?://[^\s<>\x00-\x20\x7f-\uffff]{3,400}")


def check_letterhead(letterhead: Letterhead) -> None:
    """See that every message's From, Reply-To and links can be made of it.

    Raises:
        SettingsError: they can't; outreach.toml is where it comes from.
    """
    wrong = None
    if not addresses.normalise(letterhead.sender.email):
        wrong = ("[sender] email is no address", letterhead.sender.email)
    elif not addresses.normalise(letterhead.reply_to.replace("{token}", _ANY_TOKEN)):
        wrong = ("[sender] reply_to with a token of 24 letters is no address", letterhead.reply_to)
    elif not _URL.fullmatch(letterhead.public_url):
        wrong = ("[public] url is no web address", letterhead.public_url)
    if wrong:
        raise SettingsError(wrong[0], file="outreach.toml", value=wrong[1])
    for name, written in (("email", letterhead.sender.email), ("reply_to", letterhead.reply_to)):
        kept = addresses.normalise(written.replace("{token}", _ANY_TOKEN))
        # headers, envelopes and what reads the answers take it as it stands there
        if kept.casefold() != written.replace("{token}", _ANY_TOKEN).casefold():
            raise SettingsError(
                f"[sender] {name} is not written as mail servers write it",
                file="outreach.toml",
                value=written,
                next_step=f"write {kept.replace(_ANY_TOKEN, '{token}')}",
            )


#: recipient, Reply-To, subject, headers, and the two ways to unsubscribe
_Addressed: TypeAlias = tuple[Mailbox, str, str, tuple[tuple[str, str], ...], str, str]


class Stationery:
    """A letterhead made ready: what stands in everybody's headers is written once.

    The letterhead must have passed `check_letterhead`.
    """

    def __init__(self, letterhead: Letterhead) -> None:
        self._letterhead = letterhead
        self._sender = Mailbox(
            vocabulary.in_one_line(letterhead.sender.name), letterhead.sender.email
        )
        self._from = f"From: {address_field(self._sender)}\r\nTo: "
        self._domain = letterhead.sender.email.rpartition("@")[2]
        self._unsubscribe = f"<{mailto.link(letterhead.reply_to, subject='unsubscribe')}>"
        self._date = lru_cache(maxsize=16)(_date)
        self._subject = lru_cache(maxsize=256)(_subject)

    def message(
        self,
        reader: Reader,
        language: str,
        heading: tuple[str, str],
        page: Page,
        moment: datetime,
    ) -> Message:
        """Put one person's message together. `moment` is the Date; aware, of any zone.

        Raises:
            TemplateError: the person's address can't stand in a header.
        """
        token, leave = reader.reply_token, reader.unsubscribe_token
        if not _TOKENS.fullmatch(f"{token} {leave}"):
            raise ValueError("a token that can't stand in an address and a header")
        email = addresses.normalise(reader.supporter.email)
        if not email:
            raise TemplateError(
                "this person's address is none that a mail can go to",
                value=reader.supporter.email,
                next_step="correct the address",
            )
        subject, preheader = heading
        recipient = Mailbox(vocabulary.display_name(reader.supporter), email)
        reply_to = vocabulary.reply_address(self._letterhead, reader)
        web = f"<{vocabulary.unsubscribe_url(self._letterhead, reader)}>"
        mail = self._unsubscribe.replace(_TOKEN_THERE, token)
        headers = (
            ("Date", self._date(moment)),
            ("Message-ID", f"<{token}@{self._domain}>"),
            ("List-Unsubscribe", f"{web}, {mail}"),
            ("List-Unsubscribe-Post", _ONE_CLICK),
            ("Content-Language", language),
        )
        return Message(
            language=language,
            subject=subject,
            preheader=preheader,
            sender=self._sender,
            recipient=recipient,
            reply_to=reply_to,
            headers=headers,
            # no closure and no copies: many messages may be held at a time
            content=_Composed(page, self, (recipient, reply_to, subject, headers, web, mail)),
            reply_token=token,
        )

    def head(self, addressed: _Addressed, boundary: str) -> str:
        """Write the header of the whole message."""
        recipient, reply_to, subject, headers, web, mail = addressed
        (_, date), (_, message_id), *_, (_, language) = headers
        return (
            f"{self._from}{address_field(recipient)}\r\nReply-To: {reply_to}\r\n"
            f"Subject: {self._subject(subject)}\r\nDate: {date}\r\nMessage-ID: {message_id}\r\n"
            f"List-Unsubscribe: {web},{_FOLD}{mail}\r\n"
            f"List-Unsubscribe-Post: {_ONE_CLICK}\r\nContent-Language: {language}\r\n"
            f"MIME-Version: 1.0\r\n"
            f'Content-Type: multipart/alternative;{_FOLD}boundary="{boundary}"\r\n\r\n'
        )


class _Composed:
    """What a message says, put together from its page when it is asked for."""

    __slots__ = ("_addressed", "_merge", "_page", "_stationery")

    def __init__(self, page: Page, stationery: Stationery, addressed: _Addressed) -> None:
        self._page = page
        self._stationery = stationery
        self._addressed = addressed
        self._merge: Merge | None = None

    @property
    def html(self) -> str:
        """The page."""
        return self._page.html

    @property
    def text(self) -> str:
        """The same as plain text."""
        return self._page.text

    @property
    def mime(self) -> bytes:
        """The whole message."""
        return b"".join(self.pieces)

    @property
    def pieces(self) -> list[bytes]:
        """The same in pieces."""
        (_, message_id) = self._addressed[3][1]
        # "=_" can't occur in quoted-printable text, so no part holds the boundary (RFC 2045 §6.7)
        boundary = f"=_{message_id[1:].partition('@')[0]}"
        head = self._stationery.head(self._addressed, boundary)
        return [
            f"{head}--{boundary}{_TEXT_PART}".encode("ascii"),
            *self._page.encoded_text,
            f"--{boundary}{_HTML_PART}".encode("ascii"),
            *self._page.encoded_html,
            f"--{boundary}--\r\n".encode("ascii"),
        ]

    @property
    def shape(self) -> str:
        """Its shape's name."""
        return self._page.shape

    @property
    def merge(self) -> Merge | None:
        """Shared parts and own values."""
        if self._merge is None:
            self._merge = self._page.merge
        return self._merge

    def __eq__(self, other: object) -> bool:
        """Whether a reader would get the same."""
        return isinstance(other, _Composed) and self.mime == other.mime

    def __hash__(self) -> int:
        return hash(self.mime)


def _date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


def _subject(subject: str) -> str:
    return text_field(subject, "Subject")


def address_field(mailbox: Mailbox) -> str:
    """Write a mailbox as From and To have it."""
    name, email = mailbox.name, mailbox.email
    if not name:
        return email
    if _is_plain(name) and len(name) <= _LONGEST_WORD:
        if not _ATOMS.fullmatch(name):
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            name = f'"{quoted}"'
        return f"{name} <{email}>" if len(name) + len(email) < 66 else f"{name}{_FOLD}<{email}>"
    return f"{_encoded(name, 'From')}{_FOLD}<{email}>"


def text_field(value: str, header: str) -> str:
    """Write the words of the header `header`: folded where long, encoded where not ASCII."""
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
    if not value.isascii() or "=?" in value:
        return False
    return len(value) <= _LONGEST_WORD or max(map(len, value.split(" "))) <= _LONGEST_WORD


def _encoded(value: str, header: str) -> str:
    """Write a text in encoded words (RFC 2047), none of which cuts a character in two."""
    words, room = [], 76 - len(header) - len(": ")
    data = value.encode()
    while data:
        size = min(len(data), (room - len("=?utf-8?b??=")) // 4 * 3)
        while size < len(data) and data[size] & 0xC0 == 0x80:
            size -= 1
        words.append(f"=?utf-8?b?{b2a_base64(data[:size], newline=False).decode('ascii')}?=")
        data, room = data[size:], 75
    return _FOLD.join(words)
