"""SendGrid, beyond the contract: what each answer means, and what the request says."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import letters as made
import pytest
from servers import SendGridStandIn

from outreach.dispatch.transports.sendgrid import RESERVED_HEADERS, SendGrid
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Outcome, Refusal, Verdict

A, B, C = (f"{name}@example.org" for name in "abc")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SendGridStandIn]:
    """The API's stand-in."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = SendGridStandIn()
    yield server
    server.stop()


def _send(server: SendGridStandIn, *addresses: str, timeout: float = 10) -> list[Outcome]:
    return SendGrid("SG.key", host=server.url, timeout=timeout).send(made.letters(*addresses))


def test_the_request_is_what_the_api_wants(server: SendGridStandIn) -> None:
    """Headers of its own for each reader, tracking off, and nothing of the person in our ids."""
    letter = Letter(7, "7-2", made.message(A, name="Doe, Zoë; Ms"))
    SendGrid("SG.key", host=server.url).send([letter])
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
    fields = {name: getattr(message, name) for name in type(message).__dataclass_fields__}
    SendGrid("SG.key", host=server.url).send(
        [Letter(1, "1-1", type(message)(**{**fields, "headers": headers}))]
    )
    assert server.taken[0]["personalizations"][0]["headers"] == dict(message.headers)


ERROR = '{"errors":[{"message":"Nope.","field":%s,"help":null}]}'


@pytest.mark.parametrize(
    ("status", "body", "refusal"),
    [
        (400, ERROR % '"personalizations.0.to.0.email"', Refusal.DEAD_ADDRESS),
        (400, ERROR % '"personalizations.0.to"', Refusal.DEAD_ADDRESS),
        (400, ERROR % '"content.0.value"', Refusal.MESSAGE),
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
    outcomes = _send(server, A, B, C)
    assert [o.verdict for o in outcomes] == [
        Verdict.ACCEPTED,
        Verdict.REFUSED,
        Verdict.ACCEPTED,
    ]
    assert outcomes[1].refusal is refusal
    assert str(status) in outcomes[1].detail


@pytest.mark.parametrize("fault", [(500, ""), (503, "<html>"), (504, ""), (502, ""), (200, "")])
def test_trouble_at_their_end_is_a_doubt_and_the_rest_waits(
    server: SendGridStandIn, fault: tuple[int, str]
) -> None:
    """It may have been queued or not; the rest is not thrown after it."""
    server.faults[B] = fault
    assert [o.verdict for o in _send(server, A, B, C)] == [
        Verdict.ACCEPTED,
        Verdict.IN_DOUBT,
        Verdict.TRY_LATER,
    ]
    assert len(server.keys) == 2


@pytest.mark.parametrize("fault", ["reset", "hang", "truncate"])
def test_a_lost_answer_is_a_doubt(server: SendGridStandIn, fault: str) -> None:
    """However it was lost."""
    server.faults[A] = fault
    assert [o.verdict for o in _send(server, A, B, timeout=0.3)] == [
        Verdict.IN_DOUBT,
        Verdict.TRY_LATER,
    ]
    assert len(server.taken) == 1


def test_too_many_requests_put_off_the_rest(server: SendGridStandIn) -> None:
    """Asking on would only make it worse."""
    server.faults[B] = (429, ERROR % "null")
    assert [o.verdict for o in _send(server, A, B, C)] == [
        Verdict.ACCEPTED,
        Verdict.TRY_LATER,
        Verdict.TRY_LATER,
    ]
    assert len(server.keys) == 2


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_key_or_sender_raises_at_first_and_waits_later(
    server: SendGridStandIn, status: int
) -> None:
    """Once something of the batch has left, the rest waits for the next one to raise."""
    server.faults[B] = (status, ERROR % "null")
    with pytest.raises(AccountRefused, match=str(status)):
        _send(server, B, C)
    assert [o.verdict for o in _send(server, A, B, C)] == [
        Verdict.ACCEPTED,
        Verdict.TRY_LATER,
        Verdict.TRY_LATER,
    ]


def test_another_server_at_that_address_raises(server: SendGridStandIn) -> None:
    """A wrong host blames nobody on the list."""
    server.faults[""] = (404, "<html>")
    with pytest.raises(TransportError, match="host"):
        _send(server, A)


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
