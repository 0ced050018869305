"""SMTP, cut at every byte, and with faults at any step: what we say is what the server knows."""

from __future__ import annotations

from collections.abc import Iterator

import letters as made
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins_smtp import EVERYTHING, Fault, FaultySmtp

from outreach.errors import TransportError
from outreach.model import Letter, Verdict

ADDRESSES = [f"{name}@example.org" for name in "abc"]
OFFERS = {"pipelining": ("PIPELINING", "SIZE"), "lock-step": ("SIZE",)}


def _letters(addresses: list[str]) -> list[Letter]:
    """Letters that are as short as can be."""
    mime = b"Subject: a\r\n\r\n.b\r\n"
    return [
        Letter(number, f"{number}-1", made.with_mime(made.message(address), mime))
        for number, address in enumerate(addresses, 1)
    ]


def _checked(server: FaultySmtp, addresses: list[str], handed: made.Handed) -> list[Verdict]:
    """Compare what we say of each letter with what the server took; give the verdicts."""
    assert len(set(server.took)) == len(server.took), "somebody got it twice"
    verdicts = {addresses[o.delivery_id - 1]: o.verdict for o in handed.outcomes}
    assert len(verdicts) == len(handed.outcomes), "a letter has two outcomes"
    accepted = {address for address, verdict in verdicts.items() if verdict is Verdict.ACCEPTED}
    doubted = {address for address, verdict in verdicts.items() if verdict is Verdict.IN_DOUBT}
    assert accepted <= set(server.took) <= accepted | doubted
    assert server.invitations >= len(accepted) + len(doubted), "a doubt before the message left"
    assert server.violations == []
    if handed.error is None:
        assert verdicts.keys() == set(addresses)
    return list(verdicts.values())


def _boundaries(offers: tuple[str, ...], direction: str) -> Iterator[int]:
    """Count the bytes of a conversation without faults."""
    with FaultySmtp(offers=offers) as server:
        made.handed(server.client(connections=1), _letters(ADDRESSES))
        yield from range(1, getattr(server, direction) + 1)


@pytest.mark.parametrize("direction", ["received", "sent"])
@pytest.mark.parametrize("way", OFFERS)
def test_a_cut_at_any_byte_loses_nothing_and_doubles_nothing(way: str, direction: str) -> None:
    """Everybody gets it once, but that one letter may be in doubt; and the run goes on."""
    for boundary in _boundaries(OFFERS[way], direction):
        with FaultySmtp(offers=OFFERS[way], **{f"cut_after_{direction}": boundary}) as server:
            transport = server.client(connections=1)
            letters = _letters(ADDRESSES)
            handed = made.handed(transport, letters)
            verdicts = _checked(server, ADDRESSES, handed)
            if handed.error is not None:
                # it was cut before it let us in
                assert isinstance(handed.error, TransportError)
                assert verdicts == []
                verdicts = _checked(server, ADDRESSES, made.handed(transport, letters))
            assert set(verdicts) <= {Verdict.ACCEPTED, Verdict.IN_DOUBT}
            assert verdicts.count(Verdict.IN_DOUBT) <= 1


CODES = ["250", "354", "421", "450", "451", "452", "454", "500", "501", "503", "535"]
CODES += ["550", "552", "553", "554", "556", "nonsense"]
TEXTS = ["", "2.0.0 fine", "4.2.1 later", "5.1.1 nobody", "5.2.2 full", "5.7.1 no"]

_faults = st.one_of(
    st.builds(
        lambda code, text, lines: Fault(
            say="\n".join([f"{code}-{text}"] * lines + [f"{code} {text}"])
        ),
        st.sampled_from(CODES),
        st.sampled_from(TEXTS),
        st.integers(0, 2),
    ),
    st.builds(
        Fault,
        cut=st.sampled_from(["before", "during", "after"]),
        reset=st.booleans(),
        times=st.integers(1, 3),
    ),
)
_steps = st.sampled_from(["MAIL", "RCPT", "DATA", "BODY", "DOT", "RSET"])
_places = st.tuples(_steps, st.integers(0, 11))


@settings(max_examples=80, deadline=None)
@given(
    faults=st.dictionaries(_places, _faults, max_size=6),
    offers=st.sampled_from([EVERYTHING, ("SIZE", "DSN"), ()]),
    connections=st.integers(1, 4),
    messages=st.integers(1, 5),
    answers=st.sampled_from(["together", "each", "bytes"]),
    without_recipient=st.sampled_from(["354 go on", "503 5.5.1 no", "554 5.5.1 nobody"]),
    most=st.sampled_from([1, 3, 100]),
    after_most=st.sampled_from(["421", "close"]),
)
def test_whatever_goes_wrong_we_say_what_the_server_knows(
    faults: dict[tuple[str, int], Fault],
    offers: tuple[str, ...],
    connections: int,
    messages: int,
    answers: str,
    without_recipient: str,
    most: int,
    after_most: str,
) -> None:
    """Over any number of connections, with any faults, batch after batch until all have gone."""
    addresses = [f"p{n}@example.org" for n in range(12)]
    placed: dict[tuple[str, str], Fault | str] = {
        (step, "" if step in {"MAIL", "RSET"} else addresses[n]): Fault(**vars(fault))
        for (step, n), fault in faults.items()
        # in the middle of a message, a server may only refuse it
        if step != "BODY" or fault.say[:1] in {"", "4", "5"}
    }
    with FaultySmtp(
        offers=offers,
        answers=answers,
        without_recipient=without_recipient,
        most=most,
        after_most=after_most,
        faults=placed,
    ) as server:
        transport = server.client(connections=connections, messages_per_connection=messages)
        letters = _letters(addresses)
        first = made.handed(transport, letters)
        _checked(server, addresses, first)
        server.faults.clear()
        known = {outcome.delivery_id for outcome in first.outcomes}
        rest = made.handed(transport, [x for x in letters if x.delivery_id not in known])
        everything = made.Handed([*first.outcomes, *rest.outcomes], error=rest.error)
        _checked(server, addresses, everything)
        assert rest.error is None
        assert set(rest.verdicts) <= {Verdict.ACCEPTED}
