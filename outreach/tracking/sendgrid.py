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
from outreach.tracking.events import Bounce, Event, EventKind

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

#: an event without any of these, as it came, is no open and no click; the last may hide them
MAY_TRACK: Final = (b'"open"', b'"click"', b"\\u")

#: `type` of a bounce; "blocked" is also what a full mailbox gives
BOUNCES: Final[Mapping[str, Bounce]] = {"bounce": Bounce.HARD, "blocked": Bounce.SOFT}
#: `bounce_classification` of those that speak of us or of the way, and not of the address
NOT_THE_ADDRESS: Final = frozenset(
    {"content", "frequency or volume too high", "reputation", "technical"}
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

#: what we put into custom_args; SendGrid merges it into the event itself
_ATTEMPT: Final = "oa_attempt"
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


def pieces(raw: bytes) -> list[bytes]:
    """Take a body apart into its events, each in the very bytes in which it came.

    Raises:
        InputError: it is no JSON array of events.
    """
    try:
        return list(_pieces(raw.decode("utf-8-sig")))
    except (ValueError, RecursionError) as error:
        raise _no_body() from error


def size(raw: bytes) -> int:
    """Count the events of a body, in less time than `pieces` takes.

    Raises:
        InputError: as `pieces`.
    """
    return len(_loaded(raw))


def _loaded(raw: bytes) -> list[Any]:
    try:
        found = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _no_body() from error
    if not isinstance(found, list):
        raise _no_body()
    return found


def _no_body() -> InputError:
    return InputError(
        "this is no body of SendGrid's Event Webhook, which is a JSON array of events",
        next_step="give the body as it came, byte for byte",
    )


def _pieces(text: str) -> Iterable[bytes]:
    read = json.JSONDecoder().raw_decode
    place = _past_space(text, 0)
    if text[place : place + 1] != "[":
        raise ValueError("no array")
    place = _past_space(text, place + 1)
    closed = text[place : place + 1] == "]"
    while not closed:
        _, end = read(text, place)
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


def understand_all(raw: bytes) -> list[Event]:
    """Understand all events of a body, in their order.

    Raises:
        InputError: as `pieces`.
    """
    found = _loaded(raw)
    if all(isinstance(said, dict) and _own_id(said) for said in found):
        return [_understood(said, b"") for said in found]
    # the bytes of an event stand in for the id that it lacks
    return [understand(piece) for piece in pieces(raw)]


def understand(piece: bytes) -> Event:
    """Understand one event of a body. Takes whatever `pieces` gives."""
    found = json.loads(piece)
    return _understood(found if isinstance(found, dict) else {}, piece)


def _understood(said: Mapping[str, Any], piece: bytes) -> Event:
    kind = KINDS.get(_text(said, "event"), EventKind.UNKNOWN)
    refusal, suppression = _of_drop(said) if kind is EventKind.DROPPED else (None, None)
    bounce = _bounce(said) if kind is EventKind.BOUNCED else Bounce.NONE
    if bounce is Bounce.HARD:
        suppression = Suppression.DEAD_ADDRESS
    return Event(
        event_key=_key(said, piece),
        provider=NAME,
        kind=kind,
        attempt_id=_text(said, _ATTEMPT)[:_LONGEST_ID],
        provider_id=_text(said, "sg_message_id")[:_LONGEST_ID],
        email=addresses.normalise(_text(said, "email")),
        occurred_at=_moment(said.get("timestamp")),
        detail=plain_words(_detail(kind, said)),
        bounce=bounce,
        refusal=refusal,
        suppression=SUPPRESSIONS.get(kind, suppression),
    )


def _key(said: Mapping[str, Any], piece: bytes) -> str:
    own = _own_id(said)
    if own:
        # The moment is first: a key that grows with time finds its place in an index at its end,
        # and one like theirs anywhere in it, which costs several times as much.
        return f"{NAME} {_moment(said.get('timestamp'))} {own}"
    # some have none: then the same bytes are the same event
    return f"{NAME} {hashlib.sha256(piece).hexdigest()}"


def _own_id(said: Mapping[str, Any]) -> str:
    own = _text(said, "sg_event_id")
    return own if len(own) <= _LONGEST_ID else ""


def _of_drop(said: Mapping[str, Any]) -> tuple[Refusal, Suppression | None]:
    return DROPS.get(_text(said, "reason").strip().lower(), (Refusal.UNKNOWN, None))


def _bounce(said: Mapping[str, Any]) -> Bounce:
    if _text(said, "bounce_classification").strip().lower() in NOT_THE_ADDRESS:
        return Bounce.SOFT
    return BOUNCES.get(_text(said, "type"), Bounce.SOFT)


def _detail(kind: EventKind, said: Mapping[str, Any]) -> str:
    if kind is EventKind.OPENED:
        return "by a machine" if said.get("sg_machine_open") is True else ""
    if kind is EventKind.CLICKED:
        # what follows may hold the reader's own token
        return re.split(r"[?#]", _text(said, "url"))[0]
    if kind is EventKind.UNKNOWN:
        return _text(said, "event")
    words = [_text(said, name) for name in ("status", "reason", "response")]
    return " ".join(filter(None, words))


def _text(said: Mapping[str, Any], name: str) -> str:
    """Give a field that is text, without what can't be written down; else ''."""
    value = said.get(name)
    if not isinstance(value, str):
        return ""
    if value.isprintable():
        # nothing in it is what can't be written down
        return value
    return value.encode("utf-8", "replace").decode().replace("\0", "")


def _moment(value: object) -> str:
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        value = int(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return ""
    return _utc(value)


# a body's events are of a few seconds
@lru_cache(maxsize=1024)
def _utc(value: float) -> str:
    try:
        return utc_text(datetime.fromtimestamp(value, UTC))
    except (ValueError, OverflowError, OSError):
        return ""
