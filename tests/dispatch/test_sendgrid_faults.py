"""SendGrid broken off at every point: what we say of each letter, beside what was truly taken."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import composing
import letters as made
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins_sendgrid import (
    CLOSED_AFTER,
    DEAF,
    HANG,
    HANG_UNTAKEN,
    RESET_AFTER,
    RESET_BEFORE,
    RESET_DURING,
    RESET_UNTAKEN,
    TOO_MUCH,
    TRUNCATED,
    Fault,
    SendGridStandIn,
    error,
    says,
)

from outreach.dispatch.transports.sendgrid import SendGrid
from outreach.errors import TransportError
from outreach.model import Letter, Verdict

COMPOSER = composing.composer()
LETTERS = composing.letters(COMPOSER, range(1, 13)) + [
    composing.letter(COMPOSER, number, country="TG") for number in range(13, 21)
]
PAIR = LETTERS[:2]
RESET_TIME = {"X-RateLimit-Reset": "1393405200"}


@pytest.fixture(scope="module")
def api() -> Iterator[SendGridStandIn]:
    """The API's stand-in, for all of these."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        api = SendGridStandIn()
        yield api
        api.stop()


def _handed(
    api: SendGridStandIn, letters: list[Letter], *script: Fault | None, at_once: int = 1
) -> made.Handed:
    """Hand letters to a new transport, with a clean record."""
    api.script = list(script)
    api.received.clear()
    transport = SendGrid("SG.key", host=api.url, timeout=0.4, requests_at_once=at_once)
    handed = made.handed(transport, letters)
    _check(api, handed)
    return handed


def _check(api: SendGridStandIn, handed: made.Handed) -> None:
    """Hold what we say of each letter against what was taken."""
    with api.lock:
        received = Counter(each.custom_args["oa_attempt"] for each in api.received)
    outcomes = {outcome.delivery_id: outcome.verdict for outcome in handed.outcomes}
    assert len(outcomes) == len(handed.outcomes)
    assert handed.error is not None or len(outcomes) == len(handed.taken)
    assert max(received.values(), default=0) <= 1
    for letter in handed.taken:
        verdict, times = outcomes.get(letter.delivery_id), received[letter.attempt_id]
        if verdict is not Verdict.IN_DOUBT:
            assert times == (verdict is Verdict.ACCEPTED)


ANSWER = len(b"HTTP/1.1 202 -\r\nContent-Length: 0\r\nX-Message-Id: M123\r\n\r\n")


@pytest.mark.parametrize("end", ["close", "reset"])
def test_an_answer_cut_at_any_byte_is_accepted_or_in_doubt(api: SendGridStandIn, end: str) -> None:
    """They were taken, and are never called anything else."""
    for cut in range(ANSWER + 2):
        handed = _handed(api, PAIR, Fault(taken=True, status=202, cut=cut, end=end))
        assert len(set(handed.verdicts)) == 1
        assert set(handed.verdicts) <= {Verdict.ACCEPTED, Verdict.IN_DOUBT}
        assert handed.error is None
        if end == "close" and cut > len("HTTP/1.1 202"):
            assert handed.verdicts == [Verdict.ACCEPTED] * 2


def test_a_request_cut_at_any_byte_is_in_doubt(api: SendGridStandIn) -> None:
    """The far side has not taken it; we can't know."""
    for read in [*range(40), *range(40, 3000, 97)]:
        for end in ("close", "reset"):
            handed = _handed(api, PAIR, Fault(read=read, end=end))
            assert handed.verdicts == [Verdict.IN_DOUBT] * 2
            assert api.received == []


@pytest.mark.parametrize("status", [400, 401, 413, 429, 503])
def test_a_refusal_cut_at_any_byte_loses_and_doubles_nobody(
    api: SendGridStandIn, status: int
) -> None:
    """Whatever is understood of it, the record says the same."""
    body = error("no", "personalizations.1.to.0.email").encode()
    fault = Fault(status=status, body=body, headers=RESET_TIME)
    for cut in [*range(30), *range(30, 230, 9)]:
        _handed(api, PAIR, replace(fault, cut=cut))


@pytest.mark.parametrize("fault", [HANG, HANG_UNTAKEN, DEAF])
def test_a_far_side_that_hangs_is_in_doubt(api: SendGridStandIn, fault: Fault) -> None:
    """After the timeout."""
    assert _handed(api, PAIR, fault).verdicts == [Verdict.IN_DOUBT] * 2


def test_a_slow_answer_is_an_answer(api: SendGridStandIn) -> None:
    """Its bytes may come one by one."""
    slow = Fault(taken=True, status=202, wait=0.1, drip=0.002)
    assert _handed(api, PAIR, slow).verdicts == [Verdict.ACCEPTED] * 2


@pytest.mark.parametrize("status", [202, 400])
def test_an_answer_that_never_ends_is_not_waited_for(api: SendGridStandIn, status: int) -> None:
    """Each of its bytes comes in time, and the whole doesn't: at most two requests wait so."""
    drip = Fault(taken=True, status=status, headers={"X-Long": "x" * 400}, drip=0.1)
    connections = api.connections
    handed = _handed(api, LETTERS[:12], drip, drip, drip)
    assert handed.verdicts == [Verdict.IN_DOUBT] * 12
    assert isinstance(handed.error, TransportError)
    assert "within" in str(handed.error)
    assert api.connections == connections + 2


def test_a_way_that_never_opens_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has left us yet, and nothing leaves us once we went on."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def drip() -> None:
            with suppress(OSError), proxy.accept()[0] as wire:
                for byte in b"HTTP/1.1 200 " + b"-" * 500:
                    wire.sendall(bytes([byte]))
                    ended.wait(0.1)

        threading.Thread(target=drip, daemon=True).start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        transport = SendGrid("SG.key", host="https://api.example.org", timeout=0.3)
        handed = made.handed(transport, PAIR)
        ended.set()
    assert handed.outcomes == []
    assert isinstance(handed.error, TransportError)
    assert "within" in str(handed.error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_by_nobody(api: SendGridStandIn, status: int) -> None:
    """An empty GET to somewhere else would look like an answer."""
    elsewhere = says(status, headers={"Location": f"{api.url}/v3/mail/send"})
    connections = api.connections
    handed = _handed(api, PAIR, elsewhere)
    assert isinstance(handed.error, TransportError)
    assert "host" in str(handed.error)
    assert api.connections == connections + 1


def test_a_far_side_that_comes_and_goes_costs_nobody_anything(api: SendGridStandIn) -> None:
    """A refused connection is no doubt, and the next call finds it again."""
    transport = SendGrid("SG.key", host=api.url, timeout=5)
    api.received.clear()
    api.refuse()
    gone = made.handed(transport, PAIR)
    assert isinstance(gone.error, TransportError)
    assert gone.outcomes == []
    api.listen()
    assert made.handed(transport, PAIR).verdicts == [Verdict.ACCEPTED] * 2


FAULTS = st.sampled_from(
    [
        *(None, None, RESET_BEFORE, RESET_DURING, RESET_AFTER, RESET_UNTAKEN, CLOSED_AFTER),
        *(TRUNCATED, TOO_MUCH, says(500), says(503, taken=True), says(502, "<html>")),
        *(says(400, error("Bad Request")), says(400, "<html>"), says(422)),
        says(400, error("no such address", "personalizations.0.to.0.email")),
        says(400, error("no", "personalizations.1.headers")),
        says(400, error("Substitutions are limited to 900 bytes", "personalizations.0.x")),
        *(says(401), says(403), says(404), says(429, headers=RESET_TIME), says(200)),
        *(Fault(status=202, taken=True, cut=3), Fault(status=202, taken=True, wait=0.05)),
    ]
)


@settings(max_examples=120, deadline=None)
@given(st.lists(FAULTS, max_size=8), st.integers(1, 20), st.integers(1, 3))
def test_nobody_is_lost_or_doubled_whatever_happens(
    api: SendGridStandIn, script: list[Fault | None], count: int, at_once: int
) -> None:
    """Accepted was taken once, in doubt once or not at all, anything else never."""
    _handed(api, LETTERS[-count:], *script, at_once=at_once)
