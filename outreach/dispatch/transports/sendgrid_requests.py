"""What a request to mail/send says: one body for everybody of a shape, and each person's values.

SendGrid puts `substitutions` into content, subject and reply_to by plain replacement and escapes
nothing. Every key begins with a character that stands nowhere else in the request and has the same
length, so none is found where it isn't meant, and no value can make one.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, Final

import msgspec

from outreach.model import Letter, Mailbox, Merge, Message

#: what SendGrid keeps for itself, and Date, which it writes anew
RESERVED_HEADERS: Final = frozenset(
    {
        *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type"),
        *("content-transfer-encoding", "to", "from", "subject", "reply-to", "cc", "bcc"),
        *("date", "mime-version"),
    }
)

#: ours is the only unsubscribe link, and nobody is watched
TRACKING: Final = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}

#: these may stand in the local part of an address too (RFC 5322 §3.2.3)
_IN_ADDRESSES: Final = "~^|`"
#: what keys begin with: the first that stands nowhere else
_BEGINNINGS: Final = (*_IN_ADDRESSES, "\u00a6", *map(chr, range(0xE000, 0xE040)))
_MOST_KEYS: Final = 10_000
#: shapes that are remembered; where there are more, hardly anybody shares one
_MOST_SHAPES: Final = 512
#: bytes in JSON of the longest key, with its quotes, its colon and a comma
_KEY_BYTES: Final = len('"\\ue000h0000": "", ')


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """What letters that may share a request have in common."""

    html: Sequence[str | int]
    text: Sequence[str | int]
    #: place of a value -> its key
    html_keys: Mapping[int, str]
    text_keys: Mapping[int, str]
    #: of the token in Reply-To; '' where it stands in none
    token_key: str
    reply_to: str


# not frozen, which would cost as much again as all else about it
@dataclass(slots=True, eq=False)
class Addressed:
    """A letter, and with whom it may share a request; None: with nobody."""

    letter: Letter
    group: Group | None
    #: the most bytes that its substitutions can be as JSON
    size: int
    #: its personalization, as JSON, beside others of the group
    person: bytes = b""


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """Groups that differ in what their keys begin with."""

    html: tuple[str | int, ...]
    text: tuple[str | int, ...]
    #: what keys may begin with, so far as the shared parts go
    beginnings: Sequence[str]
    groups: dict[str, Group]

    def group(self, said: str, message: Message, tokens: bool) -> Group | None:
        """Give the group whose keys stand nowhere in what a letter says; None: there is none."""
        for beginning in self.beginnings:
            if beginning not in said:
                group = self.groups.get(beginning)
                if group is None:
                    group = self.groups[beginning] = self._opened(beginning, message, tokens)
                return group
        return None

    def _opened(self, beginning: str, message: Message, tokens: bool) -> Group:
        token_key, reply_to = "", _shared_reply_to(message)
        if tokens and beginning in _IN_ADDRESSES and message.reply_token:
            token_key = f"{beginning}r0000"
            reply_to = message.reply_to.replace(message.reply_token, token_key)
        html_keys = {at: f"{beginning}h{at:04}" for at in self.html if isinstance(at, int)}
        text_keys = {at: f"{beginning}t{at:04}" for at in self.text if isinstance(at, int)}
        return Group(self.html, self.text, html_keys, text_keys, token_key, reply_to)


class Groups:
    """Finds out with whom letters may share a request."""

    def __init__(self, *, substituted_reply_to: bool) -> None:
        self._tokens = substituted_reply_to
        self._shapes: dict[Hashable, _Shape] = {}

    def addressed(self, letter: Letter) -> Addressed:
        """See with whom, and write what is this person's alone."""
        message = letter.message
        merge = message.merge
        if merge is None or message.attachments:
            return Addressed(letter, None, 0)
        html_values, text_values, token = merge.html_values, merge.text_values, message.reply_token
        keys = len(html_values) + len(text_values)
        own = "".join(html_values) + "".join(text_values)
        shape = self._shape(message, merge)
        group = shape.group(own + message.subject + message.reply_to, message, self._tokens)
        if keys >= _MOST_KEYS or group is None:
            return Addressed(letter, None, 0)
        # one key more for the token in Reply-To
        size = len(encode_basestring_ascii(own)) + (keys + 1) * _KEY_BYTES + len(token)
        # now, as what was made just now is at hand sooner than what waited for others
        return Addressed(letter, group, size, msgspec.json.encode(_among_others(letter, group)))

    def _shape(self, message: Message, merge: Merge) -> _Shape:
        token, reply_to, sender = message.reply_token, message.reply_to, message.sender
        without_token = reply_to.replace(token, "") if token else reply_to
        # of a shape, the shared parts are the very same objects
        name = (id(merge.html), id(merge.text), sender.email, sender.name, without_token, not token)
        shape = self._shapes.get(name)
        if shape is None:
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            said = "".join([p for p in (*merge.html, *merge.text) if isinstance(p, str)])
            beginnings = [one for one in _BEGINNINGS if one not in said]
            shape = self._shapes[name] = _Shape(merge.html, merge.text, beginnings, {})
        return shape


def request(together: Sequence[Addressed]) -> dict[str, Any]:
    """Write the request for letters of one group.

    What SendGrid keeps and shows of a letter is opaque.
    """
    first, group = together[0].letter, together[0].group
    if len(together) == 1 or group is None:
        return whole(first)
    text, html = _filled(group.text, group.text_keys), _filled(group.html, group.html_keys)
    common = _common(first.message, text, html, group.reply_to)
    return common | {"personalizations": [msgspec.Raw(each.person) for each in together]}


def whole(letter: Letter) -> dict[str, Any]:
    """Write the request for one letter, with the finished parts."""
    message = letter.message
    common = _common(message, message.text, message.html, message.reply_to)
    return common | {"personalizations": [_person(letter)]}


def _common(message: Message, text: str, html: str, reply_to: str) -> dict[str, Any]:
    common: dict[str, Any] = {
        "from": _mailbox(message.sender),
        "subject": message.subject,
        # plain text first, and nothing empty: the API insists on both
        "content": [
            {"type": kind, "value": value}
            for kind, value in (("text/plain", text), ("text/html", html))
            if value
        ],
        "tracking_settings": TRACKING,
    }
    if reply_to:
        common["reply_to"] = {"email": reply_to}
    if message.attachments:
        common["attachments"] = [
            {
                # the API refuses a semicolon in either
                "filename": file.name.replace(";", " "),
                "type": file.content_type.partition(";")[0].strip(),
                "content": b64encode(file.content).decode("ascii"),
                "disposition": "attachment",
            }
            for file in message.attachments
        ]
    return common


def _person(letter: Letter) -> dict[str, Any]:
    message = letter.message
    return {
        "to": [_mailbox(message.recipient)],
        # merged headers have no place for values, so each person has all of theirs
        "headers": {name: value for name, value in message.headers if not _reserved(name)},
        "custom_args": {"oa_attempt": letter.attempt_id},
    }


def _among_others(letter: Letter, group: Group) -> dict[str, Any]:
    """Write the personalization of a letter whose body is its group's."""
    message = letter.message
    person = _person(letter)
    person["subject"] = message.subject
    if merge := message.merge:
        html_values, text_values = merge.html_values, merge.text_values
        values = {key: html_values[at] for at, key in group.html_keys.items()}
        for at, key in group.text_keys.items():
            values[key] = text_values[at]
        if group.token_key:
            values[group.token_key] = message.reply_token
        if values:
            person["substitutions"] = values
    return person


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    # the API refuses a name that holds one of these
    name = " ".join(mailbox.name.replace(";", " ").replace(",", " ").split())
    return {"email": mailbox.email, "name": name} if name else {"email": mailbox.email}


@lru_cache(maxsize=128)
def _reserved(name: str) -> bool:
    return name.lower() in RESERVED_HEADERS


def _filled(parts: Sequence[str | int], keys: Mapping[int, str]) -> str:
    return "".join([part if isinstance(part, str) else keys[part] for part in parts])


def _shared_reply_to(message: Message) -> str:
    """Give a Reply-To that is the same for all: without the token, or else the sender's address."""
    local, _, domain = message.reply_to.rpartition("@")
    at = local.find(message.reply_token) if message.reply_token else -1
    if at < 0:
        return message.reply_to
    plus = local.rfind("+", 0, at)
    return f"{local[:plus]}@{domain}" if plus > 0 else message.sender.email
