"""Sign and read the tokens that stand in links and reply addresses.

A token is 24 lower-case base32 letters: one byte names the key, five are a number (the id of a
delivery, a follow-up or a letter), nine are the first bytes of an HMAC-SHA256 over purpose, key
byte and number. It holds no name, no address and no campaign, survives a mail server that changes
case, and fits a local part.
A token made for one purpose is worthless for another.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

TOKEN = re.compile(r"[a-z2-7]{24}", re.IGNORECASE | re.ASCII)
_MAC_BYTES = 9
_NUMBER_BYTES = 5
_SEAL_BYTES = 14
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
#: the two letters for each ten bits
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]


class Purpose(StrEnum):
    """What a token lets its bearer do."""

    REPLY = "reply"
    #: to leave, and to choose what one gets
    UNSUBSCRIBE = "unsubscribe"
    #: to see the message in a browser; its page holds no token that does anything
    VIEW = "view"
    #: to count that a letter was opened
    OPEN = "open"
    #: to confirm an address; the number is that of what waits for it
    CONFIRM = "confirm"
    #: for seals, not for tokens: where a counted link leads, and when an act may be undone
    LINK = "link"
    UNDO = "undo"
    #: answers come to this follow-up, where no delivery leads there
    FOLLOWUP = "followup"
    #: answers to a single letter, and reports of it, lead to it
    LETTER = "letter"
    #: says that the reader of a single letter wants no mail any more
    LEAVE_LETTER = "leave_letter"
    #: for seals: a session of staff, and a form that was shown in it
    SESSION = "session"
    FORM = "form"
    #: stands where a token would in previews and test messages: no reader accepts it
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key: `key_id` (0 to 255) is written in each token, so old tokens outlive a rotation."""

    key_id: int
    secret: bytes


#: no key of a workspace has this id
_NOBODY = SigningKey(0, b"\0" * 32)


def sign(key: SigningKey, purpose: Purpose, number: int) -> str:
    """Make the token for `number` (below 2**40). The same call gives the same token."""
    body = bytes([key.key_id]) + number.to_bytes(_NUMBER_BYTES, "big")
    return _written(body + _mac(key, purpose, body))


def read(keys: Mapping[int, SigningKey], purpose: Purpose, token: str) -> int | None:
    """Give the number that was signed, or None: no token of ours, or not signed for this purpose.

    `keys` are all keys by their id; a key taken out of it retires the tokens that it signed.
    """
    if TOKEN.fullmatch(token) is None:
        return None
    raw = base64.b32decode(token.upper())
    body, mac = raw[: 1 + _NUMBER_BYTES], raw[1 + _NUMBER_BYTES :]
    key = keys.get(body[0])
    if key is None or not hmac.compare_digest(mac, _mac(key, purpose, body)):
        return None
    return int.from_bytes(body[1:], "big")


def harmless(number: int) -> str:
    """Make what looks like a token and lets nobody do anything; the same for the same number."""
    return sign(_NOBODY, Purpose.NOTHING, number)


def is_harmless(keys: Mapping[int, SigningKey], token: str) -> bool:
    """Whether it stands in a copy, a preview or a test: made by `harmless`, or for NOTHING."""
    return read({**keys, _NOBODY.key_id: _NOBODY}, Purpose.NOTHING, token) is not None


def seal(key: SigningKey, purpose: Purpose, text: str) -> str:
    """Prove in 24 letters that we wrote `text` for this purpose."""
    return _written(bytes([key.key_id]) + _sealing(key, purpose, text))


def is_sealed(keys: Mapping[int, SigningKey], purpose: Purpose, text: str, sealed: str) -> bool:
    """Whether `sealed` is what `seal` gave for this text and purpose, by any of the keys."""
    if TOKEN.fullmatch(sealed) is None:
        return False
    raw = base64.b32decode(sealed.upper())
    key = keys.get(raw[0])
    return key is not None and hmac.compare_digest(raw[1:], _sealing(key, purpose, text))


def _sealing(key: SigningKey, purpose: Purpose, text: str) -> bytes:
    signing = _begun(key.secret, purpose).copy()
    signing.update(b"seal\0" + text.encode("utf-8", "replace"))
    return signing.digest()[:_SEAL_BYTES]


def _mac(key: SigningKey, purpose: Purpose, body: bytes) -> bytes:
    signing = _begun(key.secret, purpose).copy()
    signing.update(body)
    return signing.digest()[:_MAC_BYTES]


@lru_cache(maxsize=16)
def _begun(secret: bytes, purpose: Purpose) -> hmac.HMAC:
    """Give what all tokens of a key and purpose have in common; taking the key in costs most."""
    return hmac.new(secret, purpose.encode() + b"\0", "sha256")


def _written(raw: bytes) -> str:
    """Write 15 bytes as base64.b32encode does, in lower case and in a third of its time."""
    bits, pairs = int.from_bytes(raw, "big"), _PAIRS
    return (
        f"{pairs[bits >> 110]}{pairs[bits >> 100 & 1023]}{pairs[bits >> 90 & 1023]}"
        f"{pairs[bits >> 80 & 1023]}{pairs[bits >> 70 & 1023]}{pairs[bits >> 60 & 1023]}"
        f"{pairs[bits >> 50 & 1023]}{pairs[bits >> 40 & 1023]}{pairs[bits >> 30 & 1023]}"
        f"{pairs[bits >> 20 & 1023]}{pairs[bits >> 10 & 1023]}{pairs[bits & 1023]}"
    )
