"""SMTP over several connections: how many, how long, and what one of them does to the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import letters as made
import pytest
from standins_smtp import EVERYTHING, Fault, FaultySmtp

from outreach.dispatch.transports.smtp import Smtp
from outreach.errors import AccountRefused
from outreach.model import Letter, Outcome, Refusal, Verdict

MANY = [f"p{n}@example.org" for n in range(30)]


@pytest.fixture(params=[EVERYTHING, ("SIZE", "8BITMIME")], ids=["pipelining", "lock-step"])
def server(request: pytest.FixtureRequest) -> Iterator[FaultySmtp]:
    """A mail server without security."""
    with FaultySmtp(offers=request.param) as server:
        yield server
        assert server.violations == []


def _sent(transport: Smtp, addresses: list[str]) -> dict[str, Outcome]:
    """Send a letter to each address; give the outcomes, in the order in which they came."""
    handed = made.handed(transport, made.letters(*addresses))
    assert handed.error is None
    assert len(handed.outcomes) == len(addresses)
    return {addresses[outcome.delivery_id - 1]: outcome for outcome in handed.outcomes}


def _verdicts(outcomes: dict[str, Outcome]) -> set[Verdict]:
    return {outcome.verdict for outcome in outcomes.values()}


def test_connections_stay_open_from_batch_to_batch(server: FaultySmtp) -> None:
    """As many as are asked for, and a goodbye on each at the end."""
    transport = server.client(connections=3)
    for part in (MANY[:12], MANY[12:]):
        assert _verdicts(_sent(transport, part)) == {Verdict.ACCEPTED}
    assert sorted(server.took) == sorted(MANY)
    assert {mail.connection for mail in server.taken} == {1, 2, 3}
    transport.close()
    server.stop()
    assert (server.connections, server.goodbyes) == (3, 3)


def test_no_more_connections_are_opened_than_there_are_letters(server: FaultySmtp) -> None:
    """A test message needs one."""
    _sent(server.client(connections=4), MANY[:1])
    assert server.connections == 1


def test_a_connection_carries_a_bounded_number_of_letters(server: FaultySmtp) -> None:
    """Then it is ended with a goodbye, and another one opened."""
    transport = server.client(connections=1, messages_per_connection=7)
    assert _verdicts(_sent(transport, MANY)) == {Verdict.ACCEPTED}
    numbers = [mail.connection for mail in server.taken]
    assert [numbers.count(n) for n in range(1, 6)] == [7, 7, 7, 7, 2]
    transport.close()
    server.stop()
    assert server.goodbyes == 5


def test_a_server_that_ended_its_connections_meanwhile_costs_nobody_anything(
    server: FaultySmtp,
) -> None:
    """A pause between batches may be longer than it has patience."""
    transport = server.client(connections=2)
    _sent(transport, MANY[:10])
    server.drop()
    assert _verdicts(_sent(transport, MANY[10:])) == {Verdict.ACCEPTED}
    assert sorted(server.took) == sorted(MANY)


@pytest.mark.parametrize("most", [1, 2])
def test_a_server_that_takes_fewer_connections_gets_fewer(server: FaultySmtp, most: int) -> None:
    """Those that there are do the work; more are not asked for in every batch."""
    server.most_connections = most
    transport = server.client(connections=4)
    for part in (MANY[:15], MANY[15:]):
        assert _verdicts(_sent(transport, part)) == {Verdict.ACCEPTED}
    assert sorted(server.took) == sorted(MANY)
    assert server.connections == most + 1


def test_more_connections_are_tried_again_later(server: FaultySmtp) -> None:
    """A server that was short of them for a moment gets them back."""
    seconds = 0.0
    transport = server.client(connections=4, clock=lambda: seconds)
    server.most_connections = 1
    _sent(transport, MANY[:10])
    assert server.connections == 2
    server.most_connections = 100
    seconds = 301
    _sent(transport, MANY[10:])
    assert server.connections == 5


@pytest.mark.parametrize("step", ["GREETING", "EHLO"])
def test_a_connection_that_hangs_while_it_is_opened_is_done_without(
    server: FaultySmtp, step: str
) -> None:
    """Letters on the others wait for it no longer than they must."""
    transport = server.client(connections=4, timeout=0.3)
    _sent(transport, MANY[:1])
    server.faults[step, ""] = Fault(hang="before")
    assert _verdicts(_sent(transport, MANY[1:])) == {Verdict.ACCEPTED}
    assert server.connections == 2


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
def test_a_connection_that_hangs_stops_no_other(server: FaultySmtp, step: str, moment: str) -> None:
    """What it holds is in doubt after its dot, and goes over another connection before."""
    address = "" if step == "MAIL" else MANY[3]
    server.faults[step, address] = Fault(hang=moment, times=1)
    outcomes = _sent(server.client(connections=4, timeout=0.5), MANY)
    doubts = [a for a, o in outcomes.items() if o.verdict is Verdict.IN_DOUBT]
    assert doubts == ([MANY[3]] if step == "DOT" else [])
    assert _verdicts(outcomes) <= {Verdict.ACCEPTED, Verdict.IN_DOUBT}
    assert sorted(server.took) == sorted(set(MANY) - (set(doubts) if moment == "before" else set()))
    if step == "DOT":
        assert "no answer within 0.5 seconds" in outcomes[MANY[3]].detail
        # all others but what was opened behind it were done long before
        assert MANY[3] in list(outcomes)[-2:]


@pytest.mark.parametrize("answers", ["each", "bytes", "together"])
def test_answers_may_come_in_any_pieces(server: FaultySmtp, answers: str) -> None:
    """In one packet for all commands, or byte by byte, in one line or many."""
    server.answers = answers
    for step, code in (("MAIL", 250), ("RCPT", 251), ("DATA", 354), ("DOT", 250)):
        server.faults[step, ""] = f"{code}-2.0.0 one\n{code}-2.0.0\n{code} queued as <Q 17"
    outcomes = _sent(server.client(), MANY)
    assert _verdicts(outcomes) == {Verdict.ACCEPTED}
    assert {outcome.provider_id for outcome in outcomes.values()} == {"Q"}


@pytest.mark.parametrize("reply", ["354 go on", "503 5.5.1 RCPT first", "554 5.5.1 nobody"])
@pytest.mark.parametrize("connections", [1, 4])
def test_a_refused_recipient_sends_nobody_an_empty_message(
    server: FaultySmtp, reply: str, connections: int
) -> None:
    """DATA was said before the refusal came (RFC 2920 3.1), and may be granted all the same."""
    server.without_recipient = reply
    dead = set(MANY[::3])
    for address in dead:
        server.faults["RCPT", address] = "550 5.1.1 no such user"
    outcomes = _sent(server.client(connections=connections), MANY)
    assert sorted(server.took) == sorted(set(MANY) - dead)
    assert {a for a, o in outcomes.items() if o.refusal is Refusal.DEAD_ADDRESS} == dead
    assert all(mail.content.startswith(b"From:") for mail in server.taken)


@pytest.mark.parametrize("reply", ["452 4.3.1 no space", "552 5.3.4 too big"])
def test_a_refused_envelope_costs_only_its_letter(server: FaultySmtp, reply: str) -> None:
    """The RCPT and DATA behind it mean nothing."""
    server.faults["MAIL", ""] = Fault(say=reply, times=1)
    outcomes = _sent(server.client(connections=1), MANY)
    assert [o.delivery_id for o in outcomes.values() if o.verdict is not Verdict.ACCEPTED] == [1]
    assert outcomes[MANY[0]].detail.startswith(f"MAIL: {reply}")
    assert server.connections == 1


def test_a_refused_account_lets_the_others_finish_what_they_began(server: FaultySmtp) -> None:
    """Whose dot was written has its outcome; nothing more is begun, and nobody is to blame."""
    server.faults["RCPT", MANY[9]] = "530 5.7.0 authenticate first"
    handed = made.handed(server.client(), made.letters(*MANY))
    assert isinstance(handed.error, AccountRefused)
    assert set(handed.verdicts) == {Verdict.ACCEPTED}
    assert {MANY[o.delivery_id - 1] for o in handed.outcomes} == set(server.took)
    assert len(handed.taken) < len(MANY)


def test_who_offers_letters_may_fail(server: FaultySmtp) -> None:
    """What was taken before has its outcome; the fault is passed on."""

    def offered() -> Iterator[Letter]:
        yield from made.letters(*MANY[:10])
        raise ZeroDivisionError

    outcomes: list[Outcome] = []
    with pytest.raises(ZeroDivisionError):
        outcomes.extend(server.client().send(offered()))
    assert sorted(o.delivery_id for o in outcomes) == list(range(1, 11))
    accepted = {MANY[o.delivery_id - 1] for o in outcomes if o.verdict is Verdict.ACCEPTED}
    assert accepted == set(server.took)
    assert {o.verdict for o in outcomes} <= {Verdict.ACCEPTED, Verdict.TRY_LATER}


def test_a_batch_that_is_broken_off_ends_its_connections(server: FaultySmtp) -> None:
    """No letter leaves when nobody listens any more; the next batch has new connections."""
    transport = server.client()
    outcomes = transport.send(made.letters(*MANY[:20]))
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert len(server.took) < 20
    assert _verdicts(_sent(transport, MANY[20:])) == {Verdict.ACCEPTED}


@pytest.mark.parametrize("connections", [1, 4])
def test_large_messages_arrive_whole(server: FaultySmtp, connections: int) -> None:
    """Larger than what the system takes at once, from a server that is in no hurry."""
    mime = b"Subject: x\r\n\r\n" + b"".join(b"line %d\r\n" % n for n in range(150_000))
    letters = [
        Letter(n, f"{n}-1", made.with_mime(made.message(address), mime))
        for n, address in enumerate(MANY[:4], 1)
    ]
    handed = made.handed(server.client(connections=connections), letters)
    assert handed.verdicts == [Verdict.ACCEPTED] * 4
    assert {mail.content for mail in server.taken} == {mime}


def test_a_refusal_in_the_middle_of_a_message_is_heard(server: FaultySmtp) -> None:
    """The server does not wait for the end of what is too long for it."""
    server.faults["BODY", MANY[0]] = "552 5.3.4 too big"
    mime = b"Subject: x\r\n\r\n" + b"word\r\n" * 3_000_000
    letter = Letter(1, "1-1", made.with_mime(made.message(MANY[0]), mime))
    (outcome,) = made.handed(server.client(connections=1), [letter]).outcomes
    assert (outcome.verdict, outcome.refusal) == (Verdict.REFUSED, Refusal.MESSAGE)


def test_a_server_that_answers_before_the_end_gets_nothing_more(server: FaultySmtp) -> None:
    """What was not written yet must not run into the next letter."""
    server.faults["BODY", MANY[0]] = Fault(say="552 5.3.4 too big", go_on=True)
    mime = b"Subject: x\r\n\r\n" + b"word\r\n" * 3_000_000
    long = Letter(1, "1-1", made.with_mime(made.message(MANY[0]), mime))
    handed = made.handed(server.client(connections=1), [long, *made.letters(*MANY[:5])[1:]])
    verdicts = {o.delivery_id: o.verdict for o in handed.outcomes}
    assert verdicts.pop(1) is Verdict.REFUSED
    assert verdicts == dict.fromkeys(range(2, 6), Verdict.ACCEPTED)
    assert sorted(server.took) == sorted(MANY[1:5])
    assert all(mail.content.startswith(b"From:") for mail in server.taken)


@pytest.mark.parametrize("end", ["", "-"])
def test_of_a_name_without_end_only_the_beginning_is_kept(server: FaultySmtp, end: str) -> None:
    """Whatever it is made of."""
    server.faults["DOT", MANY[0]] = Fault(say=f"250 2.0.0 Ok: queued as {'Q' * 2000}{end}")
    assert _sent(server.client(connections=1), MANY[:1])[MANY[0]].provider_id == "Q" * 300


@pytest.mark.parametrize("surplus", ["250 2.0.0 queued as Q1", "25"])
def test_an_answer_that_was_not_asked_for_is_not_taken_for_the_next(
    server: FaultySmtp, surplus: str
) -> None:
    """Otherwise a letter could be called accepted before it was written."""
    server.faults["DATA", MANY[0]] = Fault(say=f"354 go on\n{surplus}", times=2)
    server.faults["DOT", MANY[0]] = Fault(cut="before")
    outcomes = _sent(server.client(connections=1), MANY[:2])
    assert outcomes[MANY[0]].verdict in {Verdict.TRY_LATER, Verdict.IN_DOUBT}
    assert outcomes[MANY[1]].verdict is Verdict.ACCEPTED
    assert server.took == [MANY[1]]


@pytest.mark.parametrize("connections", [1, 4])
def test_a_server_that_loses_its_way_sends_nobody_an_empty_message(connections: int) -> None:
    """It refuses MAIL, yet takes RCPT and wants the message: a lone dot would be one."""
    with FaultySmtp(lax=True) as server:
        server.faults["MAIL", ""] = Fault(say="452 4.3.1 no space", times=1)
        _sent(server.client(connections=connections), MANY)
    assert all(mail.content.startswith(b"From:") for mail in server.taken)


def test_dsn_names_the_attempt_and_the_reader() -> None:
    """RFC 3461, where it is offered: reports say which attempt failed, and bring back no text."""
    with FaultySmtp() as server:
        letter = replace(made.letters("a+b=c@example.org")[0], attempt_id="7+1")
        made.handed(server.client(), [letter])
    (mail,) = server.taken
    assert set(mail.mail_options) >= {"RET=HDRS", "ENVID=7+2B1"}
    assert mail.rcpt_options == ("NOTIFY=FAILURE", "ORCPT=rfc822;a+2Bb+3Dc@example.org")


def test_nothing_is_said_that_was_not_offered() -> None:
    """Neither to a server that knows no extensions, nor to one that knows only HELO."""
    for offers in ((), ("PIPELINING",)):
        with FaultySmtp(offers=offers) as server:
            assert _verdicts(_sent(server.client(), MANY)) == {Verdict.ACCEPTED}
        assert {(m.mail_options, m.rcpt_options) for m in server.taken} == {((), ())}


def test_each_letter_can_have_an_envelope_sender_of_its_own() -> None:
    """So that every bounce tells whose it is, however little it says."""
    with FaultySmtp() as server:
        letters = [
            replace(letter, message=replace(letter.message, reply_token=token))
            for letter, token in zip(made.letters(*MANY[:3]), ["one", "two", ""], strict=True)
        ]
        made.handed(server.client(envelope_sender="bounces+{token}@example.org"), letters)
    assert {mail.rcpt_to: mail.mail_from for mail in server.taken} == {
        MANY[0]: "bounces+one@example.org",
        MANY[1]: "bounces+two@example.org",
        MANY[2]: "news@outreach.example.org",
    }
