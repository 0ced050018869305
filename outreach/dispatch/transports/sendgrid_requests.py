"""What a request to mail/send says: one body for everybody of a shape, and each person's values.

SendGrid puts `substitutions` into content, subject and reply_to by plain replacement and escapes
nothing. Every key begins with a character that stands nowhere else in the request and has the same
length, so none is found where it isn't meant, and no value can make one.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, Final

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
_NOTHING: Final = Merge((), (), (), ())
_MOST_KEYS: Final = 10_000
#: bytes in JSON of the longest key, with its quotes, its colon and a comma
_KEY_BYTES: Final = len('"\\ue000h0000": "", ')


# not frozen, which would cost as much again as all else about it
@dataclass(slots=True, eq=False)
class Addressed:
    """A letter that may share a request with others of its `group`; None: with nobody."""

    letter: Letter
    group: Hashable | None
    #: the most bytes that their substitutions can be as JSON
    size: int


def addressed(letter: Letter) -> Addressed:
    """See with whom a letter may share a request."""
    message = letter.message
    merge = message.merge
    if merge is None:
        return Addressed(letter, None, 0)
    html_values, text_values, token = merge.html_values, merge.text_values, message.reply_token
    keys = len(html_values) + len(text_values)
    if keys >= _MOST_KEYS:
        return Addressed(letter, None, 0)
    sender, reply_to = message.sender, message.reply_to
    without_token = reply_to.replace(token, "") if token else reply_to
    # of a shape, the shared parts are the very same objects
    group = (id(merge.html), id(merge.text), sender.email, sender.name, without_token)
    own = "".join(html_values) + "".join(text_values)
    # one key more for the token in Reply-To
    size = len(encode_basestring_ascii(own)) + (keys + 1) * _KEY_BYTES + len(token)
    return Addressed(letter, group, size)


def request(letters: Sequence[Letter], *, substituted_reply_to: bool) -> dict[str, Any] | None:
    """Write the request for letters of one group; None where they can't share it after all.

    What SendGrid keeps and shows of a letter is opaque.
    """
    return whole(letters[0]) if len(letters) == 1 else _shared(letters, substituted_reply_to)


def whole(letter: Letter) -> dict[str, Any]:
    """Write the request for one letter, with the finished parts."""
    message = letter.message
    common = _common(message, message.text, message.html, message.reply_to)
    return common | {"personalizations": [_person(letter)]}


def _shared(letters: Sequence[Letter], substituted_reply_to: bool) -> dict[str, Any] | None:
    """Write one request for all; None where no character is left for keys."""
    first = letters[0].message
    merges = [letter.message.merge or _NOTHING for letter in letters]
    html, text = merges[0].html, merges[0].text
    beginning = _beginning(letters, merges)
    if beginning is None:
        return None
    html_keys = {at: f"{beginning}h{at:04}" for at in html if isinstance(at, int)}
    text_keys = {at: f"{beginning}t{at:04}" for at in text if isinstance(at, int)}
    keys = [*html_keys.values(), *text_keys.values()]
    token_key = f"{beginning}r0000"
    reply_to = _shared_reply_to(first)
    tokens = substituted_reply_to and beginning in _IN_ADDRESSES and bool(first.reply_token)
    if tokens:
        reply_to = first.reply_to.replace(first.reply_token, token_key)
        keys.append(token_key)
    people = []
    for letter, own in zip(letters, merges, strict=True):
        person = _person(letter)
        person["subject"] = letter.message.subject
        values = [own.html_values[at] for at in html_keys]
        values += [own.text_values[at] for at in text_keys]
        if tokens:
            values.append(letter.message.reply_token)
        if keys:
            person["substitutions"] = dict(zip(keys, values, strict=True))
        people.append(person)
    common = _common(first, _filled(text, text_keys), _filled(html, html_keys), reply_to)
    return common | {"personalizations": people}


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
    return common


def _person(letter: Letter) -> dict[str, Any]:
    message = letter.message
    return {
        "to": [_mailbox(message.recipient)],
        # merged headers have no place for values, so each person has all of theirs
        "headers": {name: value for name, value in message.headers if not _reserved(name)},
        "custom_args": {"oa_attempt": letter.attempt_id},
    }


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    # the API refuses a name that holds one of these
    name = " ".join(mailbox.name.replace(";", " ").replace(",", " ").split())
    return {"email": mailbox.email, "name": name} if name else {"email": mailbox.email}


@lru_cache(maxsize=128)
def _reserved(name: str) -> bool:
    return name.lower() in RESERVED_HEADERS


def _filled(parts: Sequence[str | int], keys: Mapping[int, str]) -> str:
    return "".join([part if isinstance(part, str) else keys[part] for part in parts])


def _beginning(letters: Sequence[Letter], merges: Sequence[Merge]) -> str | None:
    """Find a character for keys that stands nowhere in what is sent."""
    said = [part for part in (*merges[0].html, *merges[0].text) if isinstance(part, str)]
    for letter, own in zip(letters, merges, strict=True):
        said += own.html_values
        said += own.text_values
        said.append(letter.message.subject)
    said.append(letters[0].message.reply_to)
    everything = "".join(said)
    return next((one for one in _BEGINNINGS if one not in everything), None)


def _shared_reply_to(message: Message) -> str:
    """Give a Reply-To that is the same for all: without the token, or else the sender's address."""
    local, _, domain = message.reply_to.rpartition("@")
    at = local.find(message.reply_token) if message.reply_token else -1
    if at < 0:
        return message.reply_to
    plus = local.rfind("+", 0, at)
    return f"{local[:plus]}@{domain}" if plus > 0 else message.sender.email
