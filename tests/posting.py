"""Bodies as SendGrid's Event Webhook posts them, and the signatures on them."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from outreach.workflow.events import Posted

PRIVATE = ec.generate_private_key(ec.SECP256R1())
TIMESTAMP = "1393405200"


def public(key: ec.EllipticCurvePrivateKey = PRIVATE) -> str:
    """The public key as SendGrid shows it."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def event(word: str, attempt: str = "", email: str = "", **fields: Any) -> dict[str, Any]:
    """One event, with an id that follows from what it says."""
    said: dict[str, Any] = {"email": email, "timestamp": 1393405200, "event": word, **fields}
    if attempt:
        said["oa_attempt"] = attempt
    said.setdefault("sg_event_id", f"id-{word}-{attempt}-{email}-{said['timestamp']}")
    return said


def body(*events: object) -> bytes:
    """A body, laid out as SendGrid does it."""
    return b"[" + b",\r\n".join(json.dumps(e).encode() for e in events) + b"]\r\n"


def sign(raw: bytes, key: ec.EllipticCurvePrivateKey = PRIVATE, when: str = TIMESTAMP) -> str:
    """The signature of a body."""
    signed = key.sign(when.encode() + raw, ec.ECDSA(hashes.SHA256()))
    return base64.b64encode(signed).decode()


def posted(*events: object) -> Posted:
    """A body with its signature."""
    raw = body(*events)
    return Posted("post", raw, sign(raw), TIMESTAMP)
