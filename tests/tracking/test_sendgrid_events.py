"""SendGrid's words become ours, by tables; only what it signed is believed."""

from __future__ import annotations

import base64
import json
from typing import Any

import posting
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import InputError, SettingsError
from outreach.model import Refusal, Suppression
from outreach.tracking import effects, sendgrid
from outreach.tracking.events import Bounce, Event, EventKind


def _understood(word: str, **fields: Any) -> Event:
    [piece] = sendgrid.pieces(posting.body(posting.event(word, "7-2", **fields)))
    return sendgrid.understand(piece)


def test_an_event_is_told_in_our_words() -> None:
    """Attempt, provider's id, address and moment; the words of others without addresses."""
    found = _understood(
        "delivered",
        email="Ana@Example.org",
        sg_message_id="abc.filter1",
        response="250 OK for <ana@example.org>",
    )
    assert found == Event(
        event_key="sendgrid 2014-02-26T09:00:00Z id-delivered-7-2-Ana@Example.org-1393405200",
        provider="sendgrid",
        kind=EventKind.DELIVERED,
        attempt_id="7-2",
        provider_id="abc.filter1",
        email="Ana@example.org",
        occurred_at="2014-02-26T09:00:00Z",
        detail="250 OK for <(address)>",
    )


def test_every_kind_says_what_it_means_for_a_doubt() -> None:
    """No kind is forgotten in the table of effects, and every word leads to a kind."""
    assert set(effects.SETTLES) == set(EventKind)
    assert set(sendgrid.KINDS.values()) == set(EventKind) - {EventKind.UNKNOWN}


@pytest.mark.parametrize(
    ("fields", "bounce", "suppression"),
    [
        ({"type": "bounce", "reason": "550 5.1.1"}, Bounce.HARD, Suppression.DEAD_ADDRESS),
        (
            {"type": "bounce", "bounce_classification": "Invalid Address"},
            Bounce.HARD,
            Suppression.DEAD_ADDRESS,
        ),
        ({"type": "blocked", "status": "5.2.2"}, Bounce.SOFT, None),
        ({"type": "bounce", "bounce_classification": "Reputation"}, Bounce.SOFT, None),
        ({"type": "bounce", "bounce_classification": "Content"}, Bounce.SOFT, None),
        ({"type": "bounce", "status": "5.2.2"}, Bounce.SOFT, None),
        ({"type": "bounce", "status": "4.2.2", "reason": "mailbox full"}, Bounce.SOFT, None),
        ({"type": "bounce", "status": "4.4.7"}, Bounce.SOFT, None),
        ({"type": "bounce", "status": "5.0.0", "reason": "552 5.2.2 full"}, Bounce.SOFT, None),
        ({"type": "bounce", "reason": "552 no room"}, Bounce.SOFT, None),
        ({"type": "bounce", "reason": "550 Mailbox is full"}, Bounce.SOFT, None),
        ({"type": "bounce", "reason": "452 try later"}, Bounce.SOFT, None),
        (
            {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 no inbox full stop"},
            Bounce.HARD,
            Suppression.DEAD_ADDRESS,
        ),
        (
            {"type": "bounce", "status": "5.0.0", "reason": "550 no such user at 1.4.2.2"},
            Bounce.HARD,
            Suppression.DEAD_ADDRESS,
        ),
        ({"type": "something new"}, Bounce.SOFT, None),
        ({}, Bounce.SOFT, None),
    ],
)
def test_only_a_bounce_that_speaks_of_the_address_is_hard(
    fields: dict[str, str], bounce: Bounce, suppression: Suppression | None
) -> None:
    """A full mailbox and our bad name say nothing against the address."""
    found = _understood("bounce", **fields)
    assert (found.kind, found.bounce, found.suppression) == (
        EventKind.BOUNCED,
        bounce,
        suppression,
    )


@pytest.mark.parametrize(
    ("reason", "refusal", "suppression"),
    [
        ("Bounced Address", Refusal.DEAD_ADDRESS, Suppression.DEAD_ADDRESS),
        ("Unsubscribed Address", Refusal.POLICY, Suppression.UNSUBSCRIBED),
        ("Spam Reporting Address", Refusal.POLICY, Suppression.COMPLAINT),
        ("Spam Content", Refusal.MESSAGE, None),
        ("something new", Refusal.UNKNOWN, None),
    ],
)
def test_a_drop_says_why(reason: str, refusal: Refusal, suppression: Suppression | None) -> None:
    """What SendGrid keeps on its own lists comes to stand on ours."""
    found = _understood("dropped", reason=reason)
    assert (found.refusal, found.suppression) == (refusal, suppression)


@pytest.mark.parametrize(
    "piece",
    [
        {"event": "zapped", "email": 3, "timestamp": "never", "sg_event_id": ["x"]},
        {"event": None, "timestamp": 10**40, "sg_message_id": "\ud800\u0000"},
        {"timestamp": float("nan")},
        {"timestamp": True, "email": "no address", "sg_event_id": "x" * 500},
        ["not", "an", "object"],
        None,
        7,
    ],
)
def test_what_is_not_known_is_kept_as_unknown(piece: object) -> None:
    """Fields of other types, other events, and what is no event at all."""
    [raw] = sendgrid.pieces(posting.body(piece))
    found = sendgrid.understand(raw)
    assert found.kind is EventKind.UNKNOWN
    assert (found.email, found.occurred_at) == ("", "")
    assert found.event_key == sendgrid.understand(raw).event_key
    str(found).encode()


def test_a_clicks_address_is_shown_without_what_may_be_a_token() -> None:
    """The page, and not whose click it was."""
    found = _understood("click", url="https://example.org/page?who=token#there")
    assert found.detail == "https://example.org/page"


def test_an_event_without_an_id_is_told_by_its_bytes() -> None:
    """Twice the same is one."""
    one, same, other = sendgrid.pieces(
        b'[{"event": "open"},{"event": "open"},{"event": "open", "timestamp": 1}]'
    )
    assert sendgrid.understand(one).event_key == sendgrid.understand(same).event_key
    assert sendgrid.understand(one).event_key != sendgrid.understand(other).event_key


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x), max_leaves=5
)


@given(
    st.lists(st.dictionaries(st.text(max_size=9), JSON, max_size=3), max_size=4),
    st.sampled_from(["", " ", "\r\n"]),
)
def test_a_body_is_taken_apart_without_changing_a_byte(events: list[object], space: str) -> None:
    """Whatever its layout, and whatever stands in it."""
    written = [json.dumps(e, ensure_ascii=False).encode() for e in events]
    comma = f"{space},{space}".encode()
    raw = f"{space}[{space}".encode() + comma.join(written) + f"{space}]{space}".encode()
    assert sendgrid.pieces(raw) == written
    assert sendgrid.pieces(sendgrid.joined(written)) == written


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"{}",
        b"[",
        b"[{}",
        b"[{},]",
        b"[{} {}]",
        b"[{}] more",
        b"\xff[]",
        b"[" * 100_000,
        b"[" + b"9" * 10_000 + b"]",
    ],
)
def test_what_is_no_body_is_refused_in_one_sentence(raw: bytes) -> None:
    """Whatever somebody saved by mistake."""
    with pytest.raises(InputError, match="JSON array of events"):
        sendgrid.pieces(raw)


class TestSignature:
    """Only the bytes that SendGrid signed are believed."""

    raw = posting.body(posting.event("delivered", "7-2", "ana@example.org"))
    keys = sendgrid.read_keys(posting.public())

    def _signed(self, raw: bytes, signature: str, timestamp: str = posting.TIMESTAMP) -> bool:
        return sendgrid.is_signed(raw, signature=signature, timestamp=timestamp, keys=self.keys)

    def test_the_bytes_as_they_came(self) -> None:
        """By one key of several, while it is changed."""
        other = posting.public(ec.generate_private_key(ec.SECP256R1()))
        both = sendgrid.read_keys(f"{other} {posting.public()}")
        signature = posting.sign(self.raw)
        assert self._signed(self.raw, signature)
        assert sendgrid.is_signed(
            self.raw, signature=signature, timestamp=posting.TIMESTAMP, keys=both
        )

    def test_nothing_else(self) -> None:
        """Written anew, another moment, another key, no signature."""
        signature = posting.sign(self.raw)
        again = json.dumps(json.loads(self.raw)).encode()
        stranger = ec.generate_private_key(ec.SECP256R1())
        assert not self._signed(again, signature)
        assert not self._signed(self.raw, signature, "1393405201")
        assert not self._signed(self.raw, posting.sign(self.raw, stranger))
        assert not self._signed(self.raw, signature, "")
        assert not self._signed(self.raw, "é")
        assert not self._signed(self.raw, base64.b64encode(b"no").decode())

    # the id is our own, as a key is another in each process
    @pytest.mark.parametrize("key", ["AAAA", "A", pytest.param(posting.public()[:-8], id="cut")])
    def test_a_key_that_is_none_is_a_setting_to_mend(self, key: str) -> None:
        """Cut off, or something else."""
        with pytest.raises(SettingsError, match="webhook_key"):
            sendgrid.read_keys(key)

    def test_a_key_of_another_kind_is_refused(self) -> None:
        """RSA, or another curve."""
        for made in (
            rsa.generate_private_key(65537, 2048),
            ec.generate_private_key(ec.SECP384R1()),
        ):
            der = made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            with pytest.raises(SettingsError, match="webhook_key"):
                sendgrid.read_keys(base64.b64encode(der).decode())
