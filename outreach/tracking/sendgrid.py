"""SendGrid's Event Webhook in our words. Pure: bytes in, events out.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event and, for the signature,
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features.
Events repeat, and come in any order.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.serialization import load_der_public_key

from outreach import addresses
from outreach.dispatch.transports import plain_words
from outreach.errors import InputError, SettingsError
from outreach.model import Refusal, Suppression
from outreach.store import utc_text
from outreach.tracking.events import TRACKS, Bounce, Event, EventKind

NAME: Final = "sendgrid"
#: what SendGrid's signatures are verified with
Key: TypeAlias = EllipticCurvePublicKey

KINDS: Final[Mapping[str, EventKind]] = {
    "processed": EventKind.PROCESSED,
    "dropped": EventKind.DROPPED,
    "deferred": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "bounce": EventKind.BOUNCED,
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
    "group_resubscribe": EventKind.RESUBSCRIBED,
}

#: `type` of a bounce; "blocked" is also what a full mailbox gives
BOUNCES: Final[Mapping[str, Bounce]] = {"bounce": Bounce.HARD, "blocked": Bounce.SOFT}
#: `bounce_classification` of those that speak of us or of the way, and not of the address
NOT_THE_ADDRESS: Final = frozenset(
    {"content", "frequency or volume too high", "reputation", "technical"}
)
#: RFC 3463, in `status` or in the server's words: more than three digits say, it says which
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
#: the reply that they begin with
_REPLY: Final = re.compile(r"\s*([45]\d\d)\b")
_FULL: Final = re.compile(
    r"over ?quota|quota exceeded|exceeded.{0,20}quota|(?:mail|in)box (?:is )?full|full mailbox",
    re.IGNORECASE,
)

#: `reason` of a drop, in lower case -> why it was refused, and what it says against the address
DROPS: Final[Mapping[str, tuple[Refusal, Suppression | None]]] = {
    "bounced address": (Refusal.DEAD_ADDRESS, Suppression.DEAD_ADDRESS),
    "invalid": (Refusal.DEAD_ADDRESS, Suppression.DEAD_ADDRESS),
    "unsubscribed address": (Refusal.POLICY, Suppression.UNSUBSCRIBED),
    "spam reporting address": (Refusal.POLICY, Suppression.COMPLAINT),
    "spam content": (Refusal.MESSAGE, None),
    "invalid smtpapi header": (Refusal.MESSAGE, None),
    "recipient list over package quota": (Refusal.POLICY, None),
}

SUPPRESSIONS: Final[Mapping[EventKind, Suppression]] = {
    EventKind.COMPLAINED: Suppression.COMPLAINT,
    EventKind.UNSUBSCRIBED: Suppression.UNSUBSCRIBED,
}

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_SECONDS: Final = re.compile(r"[0-9]{1,20}")
#: more than this is no id of theirs
_LONGEST_ID: Final = 200


def read_keys(setting: str, name: str = "webhook_key") -> list[Key]:
    """Read public keys as SendGrid shows them: base64 of DER, with spaces between several.

    `name` is the setting in [sendgrid] that they stand in.

    Raises:
        SettingsError: one of them is no key for signatures of this kind.
    """
    keys = []
    for word in setting.split():
        try:
            key = load_der_public_key(base64.b64decode(word, validate=True))
        except (ValueError, binascii.Error, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
            raise SettingsError(
                f"[sendgrid] {name} is no public key of SendGrid's",
                file="outreach.toml",
                value=word,
                next_step="copy it from SendGrid's settings of the webhook, in one piece",
            )
        keys.append(key)
    return keys


def is_signed(raw: bytes, *, signature: str, timestamp: str, keys: Iterable[Key]) -> bool:
    """Whether one of the keys signed exactly these bytes, as they came.

    `signature` and `timestamp` are what stands in X-Twilio-Email-Event-Webhook-Signature and
    -Timestamp. How old it is doesn't matter: SendGrid tries for a day, and a repeat changes
    nothing.
    """
    if not _SECONDS.fullmatch(timestamp):
        return False
    try:
        written = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        return False
    for key in keys:
        try:
            key.verify(written, timestamp.encode() + raw, ECDSA(hashes.SHA256()))
        except InvalidSignature:
            continue
        return True
    return False


class Said(msgspec.Struct, gc=False):
    """What we read of an event, in SendGrid's words; what it lacks or can't be read is ''."""

    event: str = ""
    email: str = ""
    timestamp: int | float | None = None
    sg_event_id: str = ""
    sg_message_id: str = ""
    #: what we put into custom_args; SendGrid merges it into the event itself
    oa_attempt: str = ""
    status: str = ""
    reason: str = ""
    response: str = ""
    type: str = ""
    bounce_classification: str = ""
    url: str = ""
    sg_machine_open: bool = False


_TYPED: Final = msgspec.json.Decoder(list[Said])
_PIECES: Final = msgspec.json.Decoder(list[msgspec.Raw])
#: can't be written down; all else that can't is refused by the decoder
_NUL: Final = "\\u0000"


def pieces(raw: bytes) -> list[bytes]:
    """Take a body apart into its events, each in the very bytes in which it came.

    Raises:
        InputError: it is no JSON array of events.
    """
    text = _text_of(raw)
    if _read_fast(text) is not None:
        return [bytes(piece) for piece in _PIECES.decode(text)]
    try:
        return list(_pieces(text))
    except (ValueError, RecursionError) as error:
        raise _no_body() from error


def read(raw: bytes) -> list[Said]:
    """Read all events of a body, in their order.

    Raises:
        InputError: as `pieces`.
    """
    text = _text_of(raw)
    fast = _read_fast(text)
    if fast is not None:
        return fast
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_body() from error
    if not isinstance(found, list):
        raise _no_body()
    return [_lenient(one) for one in found]


def _read_fast(text: str) -> list[Said] | None:
    """Read events that are as SendGrid's always are; None where something about one is not."""
    try:
        return None if _NUL in text else _TYPED.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _text_of(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeError as error:
        raise _no_body() from error


def _no_body() -> InputError:
    return InputError(
        "this is no body of SendGrid's Event Webhook, which is a JSON array of events",
        next_step="give the body as it came, byte for byte",
    )


def _pieces(text: str) -> Iterable[bytes]:
    decode = json.JSONDecoder().raw_decode
    place = _past_space(text, 0)
    if text[place : place + 1] != "[":
        raise ValueError("no array")
    place = _past_space(text, place + 1)
    closed = text[place : place + 1] == "]"
    while not closed:
        _, end = decode(text, place)
        yield text[place:end].encode()
        place = _past_space(text, end)
        closed = text[place : place + 1] == "]"
        if not closed:
            if text[place : place + 1] != ",":
                raise ValueError("neither a comma nor an end")
            place = _past_space(text, place + 1)
    if _past_space(text, place + 1) != len(text):
        raise ValueError("more after its end")


def _past_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def joined(kept: Iterable[bytes]) -> bytes:
    """Make a body of events, written as SendGrid writes them."""
    return b"[" + b",\r\n".join(kept) + b"]\r\n"


def _lenient(found: object) -> Said:
    """Read an event whose fields may be of any type, or that is none at all."""
    fields: Mapping[str, Any] = found if isinstance(found, dict) else {}
    said = Said()
    for name in _TEXTS:
        setattr(said, name, _text(fields.get(name)))
    said.timestamp = _seconds(fields.get("timestamp"))
    said.sg_machine_open = fields.get("sg_machine_open") is True
    return said


_TEXTS: Final = [field.name for field in msgspec.structs.fields(Said) if field.type is str]


def _text(value: object) -> str:
    """Give text without what can't be written down; '' for all that is none."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode().replace("\0", "")


def _seconds(value: object) -> int | float | None:
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        return int(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value


def is_tracking(said: Said) -> bool:
    """Whether it is an open or a click, which not everybody allows to be kept."""
    return said.event in _TRACKING


_TRACKING: Final = frozenset(word for word, kind in KINDS.items() if kind in TRACKS)


def understand_all(raw: bytes) -> list[Event]:
    """Understand all events of a body, in their order.

    Raises:
        InputError: as `pieces`.
    """
    found = read(raw)
    ids = [said.sg_event_id for said in found]
    if all(ids) and max(map(len, ids), default=0) <= _LONGEST_ID:
        return [event_of(said) for said in found]
    # the bytes of an event stand in for the id that it lacks
    return [event_of(*both) for both in zip(found, pieces(raw), strict=True)]


def understand(piece: bytes) -> Event:
    """Understand one event of a body. Takes whatever `pieces` gives."""
    [said] = read(b"[" + piece + b"]")
    return event_of(said, piece)


def event_of(said: Said, piece: bytes = b"") -> Event:
    """Say in our words what was read; `piece` is how it came, for an event without an id."""
    kind = KINDS.get(said.event, EventKind.UNKNOWN)
    moment = _utc(said.timestamp)
    own = said.sg_event_id
    if 0 < len(own) <= _LONGEST_ID:
        # The moment is first: a key that grows with time finds its place in an index at its end,
        # and one like theirs anywhere in it, which costs several times as much.
        key = f"{NAME} {moment} {own}"
    else:
        # some have none: then the same bytes are the same event
        key = f"{NAME} {hashlib.sha256(piece).hexdigest()}"
    bounce, refusal, suppression = Bounce.NONE, None, SUPPRESSIONS.get(kind)
    if kind is EventKind.DROPPED:
        refusal, suppression = _of_drop(said)
    elif kind is EventKind.BOUNCED:
        bounce = _bounce(said)
        suppression = Suppression.DEAD_ADDRESS if bounce is Bounce.HARD else None
    return Event(
        key,
        NAME,
        kind,
        said.oa_attempt[:_LONGEST_ID],
        said.sg_message_id[:_LONGEST_ID],
        _address(said.email),
        moment,
        _detail(kind, said),
        bounce,
        refusal,
        suppression,
    )


def _of_drop(said: Said) -> tuple[Refusal, Suppression | None]:
    return DROPS.get(said.reason.strip().lower(), (Refusal.UNKNOWN, None))


def _bounce(said: Said) -> Bounce:
    if said.bounce_classification.strip().lower() in NOT_THE_ADDRESS or _for_a_time(said):
        return Bounce.SOFT
    return BOUNCES.get(said.type, Bounce.SOFT)


def _for_a_time(said: Said) -> bool:
    """Whether the server's own words are of a full mailbox, or of a time.

    SendGrid may call that a bounce too, and a mailbox that is full has somebody's address.
    """
    words = f"{said.reason} {said.response}"
    for text in (said.status, words):
        for kind, subject, detail in _STATUS.findall(text):
            # x.0.0 says nothing but the first digit
            if kind == "4" or (subject, detail) == ("2", "2"):
                return True
            if subject != "0":
                return False
    reply = _REPLY.match(words)
    if reply is not None and (reply[1] == "552" or reply[1][0] == "4"):
        return True
    return _FULL.search(words) is not None


def _detail(kind: EventKind, said: Said) -> str:
    if kind is EventKind.OPENED:
        return "by a machine" if said.sg_machine_open else ""
    if kind is EventKind.CLICKED:
        # what follows may hold the reader's own token
        words = re.split(r"[?#]", said.url)[0]
    elif kind is EventKind.UNKNOWN:
        words = said.event
    else:
        words = said.response
        if said.status or said.reason:
            words = " ".join(filter(None, (said.status, said.reason, words)))
    return plain_words(words) if words else ""


# an address comes with all that happens to a letter, in bodies some seconds or minutes apart
_address: Final = lru_cache(maxsize=16_384)(addresses.normalise)


# a body's events are of a few seconds
@lru_cache(maxsize=1024)
def _utc(seconds: float | None) -> str:
    if seconds is None:
        return ""
    try:
        return utc_text(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return ""
