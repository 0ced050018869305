"""SendGrid, beyond the contract: what each answer means, and what the request says."""

from __future__ import annotations

import logging
import socket
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import letters as made
import pytest
from standins_sendgrid import (
    CLOSED_AFTER,
    HANG,
    RESET_AFTER,
    RESET_DURING,
    RESET_UNTAKEN,
    TRUNCATED,
    Fault,
    SendGridStandIn,
)

from outreach.dispatch.transports.sendgrid import SendGrid
from outreach.dispatch.transports.sendgrid_requests import RESERVED_HEADERS
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Refusal, Verdict

A, B, C, D = (f"{name}@example.org" for name in "abcd")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SendGridStandIn]:
    """The API's stand-in."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = SendGridStandIn()
    yield server
    server.stop()


def _send(
    server: SendGridStandIn, *addresses: str, timeout: float = 10, key: str = "SG.key"
) -> made.Handed:
    transport = SendGrid(key, host=server.url, timeout=timeout, requests_at_once=1)
    return made.handed(transport, made.letters(*addresses))


def test_the_request_is_what_the_api_wants(server: SendGridStandIn) -> None:
    """Headers of its own for each reader, tracking off, and nothing of the person in our ids."""
    letter = Letter(7, "7-2", made.message(A, name="Doe, Zoë; Ms"))
    list(SendGrid("SG.key", host=server.url).send([letter]))
    (request,) = server.taken
    assert server.keys == ["Bearer SG.key"]
    assert request["personalizations"] == [
        {
            "to": [{"email": A, "name": "Doe Zoë Ms"}],
            "headers": dict(letter.message.headers),
            "custom_args": {"oa_attempt": "7-2"},
        }
    ]
    assert request["from"] == {"email": "news@outreach.example.org", "name": "Sam Example"}
    assert request["reply_to"] == {"email": "events+token@outreach.example.org"}
    assert [part["type"] for part in request["content"]] == ["text/plain", "text/html"]
    assert not any(part["enable"] for part in request["tracking_settings"].values())
    assert set(request["tracking_settings"]) == {
        "click_tracking",
        "open_tracking",
        "subscription_tracking",
        "ganalytics",
    }
    assert "categories" not in request


def test_reserved_headers_are_left_to_the_api(server: SendGridStandIn) -> None:
    """One of them would fail the request."""
    message = made.message(A)
    headers = (*message.headers, *((name.title(), "x") for name in sorted(RESERVED_HEADERS)))
    letter = Letter(1, "1-1", replace(message, headers=headers))
    list(SendGrid("SG.key", host=server.url).send([letter]))
    assert server.taken[0]["personalizations"][0]["headers"] == dict(message.headers)


ERROR = '{"errors":[{"message":"Nope.","field":%s,"help":null}]}'


@pytest.mark.parametrize(
    ("status", "body", "refusal"),
    [
        (400, ERROR % '"personalizations.0.to.0.email"', Refusal.DEAD_ADDRESS),
        (400, ERROR % '"personalizations.0.to"', Refusal.DEAD_ADDRESS),
        (400, ERROR % '"personalizations.0.to.0.name"', Refusal.MESSAGE),
        (400, ERROR % '"personalizations.0.to.0.email.x"', Refusal.MESSAGE),
        (400, ERROR % '"personalizations.0.headers"', Refusal.MESSAGE),
        (400, ERROR % "null", Refusal.MESSAGE),
        (400, "<html>Bad Request</html>", Refusal.MESSAGE),
        (400, "[]", Refusal.MESSAGE),
        (413, "<html>Too Large</html>", Refusal.MESSAGE),
        (422, "", Refusal.UNKNOWN),
    ],
)
def test_a_refusal_costs_only_its_letter(
    server: SendGridStandIn, status: int, body: str, refusal: Refusal
) -> None:
    """The others of the batch go."""
    server.faults[B] = (status, body)
    handed = _send(server, A, B, C)
    assert handed.verdicts == [Verdict.ACCEPTED, Verdict.REFUSED, Verdict.ACCEPTED]
    assert handed.outcomes[1].refusal is refusal
    assert str(status) in handed.outcomes[1].detail


@pytest.mark.parametrize(
    ("field", "error"),
    [
        ("from.email", AccountRefused),
        ("from", AccountRefused),
        ("reply_to.email", AccountRefused),
        ("subject", TransportError),
        ("content", TransportError),
        ("content.0.value", TransportError),
    ],
)
def test_what_all_letters_have_in_common_is_no_readers_fault(
    server: SendGridStandIn, field: str, error: type[TransportError]
) -> None:
    """The batch ends there, and nobody is refused for it."""
    server.faults[B] = (400, ERROR % f'"{field}"')
    handed = _send(server, A, B, C)
    assert handed.verdicts == [Verdict.ACCEPTED]
    assert isinstance(handed.error, error)
    assert field in str(handed.error)


@pytest.mark.parametrize("fault", [(500, ""), (503, "<html>"), (504, ""), (502, ""), (200, "")])
def test_trouble_at_their_end_is_a_doubt(server: SendGridStandIn, fault: tuple[int, str]) -> None:
    """It may have been queued or not; a second in a row ends the batch."""
    server.faults[B] = server.faults[C] = fault
    handed = _send(server, A, B, C, D)
    assert handed.verdicts == [Verdict.ACCEPTED, Verdict.IN_DOUBT, Verdict.IN_DOUBT]
    assert isinstance(handed.error, TransportError)
    assert len(server.keys) == 3


@pytest.mark.parametrize("fault", [RESET_AFTER, RESET_UNTAKEN, RESET_DURING, CLOSED_AFTER, HANG])
def test_a_lost_answer_is_a_doubt(server: SendGridStandIn, fault: Fault) -> None:
    """However it was lost, and whether it was taken or not."""
    server.script = [fault]
    assert _send(server, A, timeout=0.3).verdicts == [Verdict.IN_DOUBT]
    assert len(server.taken) == fault.taken


def test_a_202_that_breaks_off_is_accepted(server: SendGridStandIn) -> None:
    """All that counts was said in its first line."""
    server.script = [TRUNCATED]
    handed = _send(server, A)
    assert handed.verdicts == [Verdict.ACCEPTED]
    assert handed.outcomes[0].provider_id == "M1"


@pytest.mark.parametrize("status", [408, 429])
def test_too_many_requests_end_the_batch(server: SendGridStandIn, status: int) -> None:
    """Asking on would only make it worse."""
    server.faults[B] = (status, ERROR % "null")
    handed = _send(server, A, B, C)
    assert handed.verdicts == [Verdict.ACCEPTED]
    assert "wait" in str(handed.error)
    assert len(server.keys) == 2


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_key_or_sender_ends_the_batch(server: SendGridStandIn, status: int) -> None:
    """What was accepted before stands."""
    server.faults[B] = (status, ERROR % "null")
    handed = _send(server, A, B, C)
    assert handed.verdicts == [Verdict.ACCEPTED]
    assert isinstance(handed.error, AccountRefused)
    assert str(status) in str(handed.error)


@pytest.mark.parametrize("key", ["SG.key\r", "SG.k\ney", "SG.k€y"])
def test_a_key_that_no_header_can_hold_puts_nobody_in_doubt(
    server: SendGridStandIn, key: str
) -> None:
    """And is not told."""
    handed = _send(server, A, key=key)
    assert (handed.outcomes, server.keys) == ([], [])
    assert isinstance(handed.error, TransportError)
    assert "SG" not in "".join(traceback.format_exception(handed.error))


@pytest.mark.parametrize(
    "host",
    ["http://api..example.org", "http://127.0.0.1:port", "http://a b", "htp://x", "http://[::1"],
)
def test_a_host_that_is_none_puts_nobody_in_doubt(host: str) -> None:
    """Nothing was asked of anybody."""
    handed = made.handed(SendGrid("SG.key", host=host, timeout=5), made.letters(A))
    assert isinstance(handed.error, TransportError)
    assert handed.outcomes == []


def test_a_port_that_speaks_no_tls_puts_nobody_in_doubt(server: SendGridStandIn) -> None:
    """A fault while the connection is secured comes before the request."""
    host = server.url.replace("http:", "https:")
    handed = made.handed(SendGrid("SG.key", host=host, timeout=0.5), made.letters(A))
    assert isinstance(handed.error, TransportError)
    assert (handed.outcomes, server.taken) == ([], [])


def test_a_network_that_is_not_there_puts_nobody_in_doubt() -> None:
    """No way leads to 240.0.0.0/4."""
    handed = made.handed(
        SendGrid("SG.key", host="http://240.0.0.1:9", timeout=0.5), made.letters(A)
    )
    assert isinstance(handed.error, TransportError)
    assert handed.outcomes == []


def test_a_host_that_does_not_answer_a_call_puts_nobody_in_doubt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A timeout while connecting is none while waiting for an answer."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ExitStack() as sockets:
        deaf = sockets.enter_context(socket.socket())
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):
            # they fill the queue of those who wait to be let in
            caller = sockets.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        host = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        handed = made.handed(SendGrid("SG.key", host=host, timeout=0.3), made.letters(A))
    assert isinstance(handed.error, TransportError)
    assert "timed out" in str(handed.error)


def test_another_server_at_that_address_raises(server: SendGridStandIn) -> None:
    """A wrong host blames nobody on the list."""
    server.faults[""] = (404, "<html>")
    handed = _send(server, A)
    assert isinstance(handed.error, TransportError)
    assert "host" in str(handed.error)


def test_the_key_and_the_messages_stay_out_of_the_log(
    server: SendGridStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where everything else is logged."""
    with caplog.at_level(logging.DEBUG):
        _send(server, A)
    assert "SG.key" not in caplog.text
    assert A not in caplog.text


def test_a_key_is_needed() -> None:
    """The package would take one from the environment unasked."""
    with pytest.raises(ValueError, match="key"):
        SendGrid("")
