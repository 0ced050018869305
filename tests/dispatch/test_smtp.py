"""SMTP, beyond the contract: what each reply means, lost connections, security."""

from __future__ import annotations

import ipaddress
import ssl
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import letters as made
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from servers import free_port
from standins_smtp import EVERYTHING, Fault, FaultySmtp

from outreach.dispatch.transports.smtp import Smtp
from outreach.dispatch.transports.smtp_replies import Blame, Step, blame
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Refusal, Verdict

A, B, C, D = (f"{name}@example.org" for name in "abcd")


@pytest.fixture(params=[EVERYTHING, ("SIZE", "8BITMIME")], ids=["pipelining", "lock-step"])
def server(request: pytest.FixtureRequest) -> Iterator[FaultySmtp]:
    """A mail server without security."""
    with FaultySmtp(offers=request.param) as server:
        yield server
        assert server.violations == []


_TRANSPORTS: list[Smtp] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close what a test has opened."""
    yield
    while _TRANSPORTS:
        _TRANSPORTS.pop().close()


def _to(port: int, **options: Any) -> Smtp:
    options = {"security": "none", "timeout": 10, "connections": 1, **options}
    _TRANSPORTS.append(Smtp(options.pop("host", "127.0.0.1"), port, **options))
    return _TRANSPORTS[-1]


def _smtp(server: FaultySmtp, **options: Any) -> Smtp:
    return _to(server.port, **options)


def _verdicts(transport: Smtp, *addresses: str) -> list[Verdict]:
    """Send a letter to each address, and give the verdicts in their order."""
    outcomes = made.handed(transport, made.letters(*addresses)).outcomes
    assert len(outcomes) == len(addresses)
    return [o.verdict for o in sorted(outcomes, key=lambda o: o.delivery_id)]


#: ways for a connection to be lost
CUTS = [
    *(Fault(cut=moment) for moment in ("before", "during", "after")),
    *(Fault(cut=moment, reset=True) for moment in ("before", "after")),
]

ACCEPTED, LATER, REFUSED, DOUBT = (
    Verdict.ACCEPTED,
    Verdict.TRY_LATER,
    Verdict.REFUSED,
    Verdict.IN_DOUBT,
)


@pytest.mark.parametrize(
    ("step", "reply", "whom"),
    [
        ("RCPT", "450 4.2.1 greylisted", Blame.LATER),
        ("RCPT", "451 try again", Blame.LATER),
        ("RCPT", "452 4.5.3 too many recipients", Blame.LATER),
        ("RCPT", "451 4.7.0 slow down", Blame.LATER),
        ("DATA", "451 Authentication failed: Maximum credits exceeded", Blame.ACCOUNT),
        ("MAIL", "403 You are not authorized to send from that email address", Blame.ACCOUNT),
        ("MAIL", "454 4.7.0 TLS not available", Blame.ACCOUNT),
        ("MAIL", "530 5.7.0 authenticate first", Blame.ACCOUNT),
        ("RCPT", "535 5.7.8 bad credentials", Blame.ACCOUNT),
        ("MAIL", "550 5.7.1 this sender is not welcome", Blame.ACCOUNT),
        ("MAIL", "553 5.1.8 no such sender domain", Blame.ACCOUNT),
        ("MAIL", "552 5.3.4 too big", Blame.MESSAGE),
        ("RCPT", "550 5.1.1 no such user", Blame.DEAD_ADDRESS),
        ("RCPT", "553 5.1.3 bad address", Blame.DEAD_ADDRESS),
        ("RCPT", "550 5.1.10 null MX", Blame.DEAD_ADDRESS),
        ("RCPT", "556 domain takes no mail", Blame.DEAD_ADDRESS),
        ("RCPT", "521 5.3.2 takes no mail", Blame.POLICY),
        ("RCPT", "521 this host takes no mail from you", Blame.POLICY),
        ("RCPT", "521 5.1.2 no such domain", Blame.DEAD_ADDRESS),
        ("RCPT", "550 mailbox unavailable", Blame.UNKNOWN),
        ("RCPT", "550 5.7.1 blocked", Blame.POLICY),
        ("DATA", "550 5.7.26 unauthenticated", Blame.POLICY),
        ("DATA", "554 5.7.515 below the required level", Blame.POLICY),
        ("RCPT", "552 5.2.2 over quota", Blame.MAILBOX_FULL),
        ("RCPT", "552 over quota", Blame.MAILBOX_FULL),
        ("DATA", "552 5.2.3 too big", Blame.MESSAGE),
        ("DATA", "552 too big", Blame.MESSAGE),
        ("DATA", "554 5.6.0 bad content", Blame.MESSAGE),
        ("DATA", "554 no", Blame.UNKNOWN),
        ("RCPT", "503 5.5.1 bad sequence", Blame.DIALOGUE),
        ("MAIL", "555 5.5.4 parameters", Blame.DIALOGUE),
        # an enhanced code of another class than the reply says nothing
        ("RCPT", "450 5.1.1 no such user yet", Blame.LATER),
    ],
)
def test_whom_a_reply_speaks_of(step: str, reply: str, whom: Blame) -> None:
    """Only a dead address is called dead; only our account stops everything."""
    code, _, text = reply.partition(" ")
    assert blame(Step(step), int(code), text) is whom


@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
def test_a_refusal_at_any_step_costs_only_its_letter(server: FaultySmtp, step: str) -> None:
    """The dialogue begins anew for the next."""
    server.faults[step, B] = f"550 5.1.1 <{B}> is nobody"
    outcomes = list(_smtp(server).send(made.letters(A, B, C)))
    assert [o.verdict for o in outcomes] == [ACCEPTED, REFUSED, ACCEPTED]
    assert outcomes[1].refusal is Refusal.DEAD_ADDRESS
    assert "(address)" in outcomes[1].detail
    assert server.connections == 1


@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("code", ["552", "452"])
def test_a_full_mailbox_is_tried_again(server: FaultySmtp, step: str, code: str) -> None:
    """It may be emptied, as the 5 at the front does not know."""
    server.faults[step, B] = f"{code} {code[0]}.2.2 <{B}> is full"
    outcomes = list(_smtp(server).send(made.letters(A, B, C)))
    assert [o.verdict for o in outcomes] == [ACCEPTED, LATER, ACCEPTED]
    assert outcomes[1].refusal is Refusal.MAILBOX_FULL
    assert "(address)" in outcomes[1].detail


@pytest.mark.parametrize("fault", CUTS, ids=repr)
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_dot_costs_nobody_anything(
    server: FaultySmtp, step: str, fault: Fault
) -> None:
    """The server has no whole message, so the letter goes over another connection."""
    transport = _smtp(server)
    assert _verdicts(transport, A) == [ACCEPTED]
    server.faults[step, ""] = replace(fault, times=1)
    assert _verdicts(transport, B, C, D) == [ACCEPTED] * 3
    assert server.took == [A, B, C, D]
    assert server.connections == 2


@pytest.mark.parametrize("fault", [*CUTS, "421 4.3.2 not now", "554 5.3.2 no service"], ids=repr)
@pytest.mark.parametrize("step", ["GREETING", "EHLO"])
def test_a_server_that_lets_nobody_in_raises(
    server: FaultySmtp, step: str, fault: Fault | str
) -> None:
    """Nothing left us; the next batch asks again."""
    transport = _smtp(server)
    server.faults[step, ""] = fault
    handed = made.handed(transport, made.letters(A, B))
    if isinstance(fault, str) and step == "EHLO" and fault.startswith("5"):
        # then HELO will do
        assert handed.verdicts == [ACCEPTED, ACCEPTED]
        return
    assert isinstance(handed.error, TransportError)
    assert handed.outcomes == []
    server.faults.clear()
    assert _verdicts(transport, A, B) == [ACCEPTED, ACCEPTED]


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_letter_that_loses_two_connections_is_put_off(server: FaultySmtp, step: str) -> None:
    """It may be the letter; the others go."""
    server.faults[step, B] = Fault(cut="after")
    assert _verdicts(_smtp(server), A, B, C, D) == [ACCEPTED, LATER, ACCEPTED, ACCEPTED]
    assert sorted(server.took) == [A, C, D]


def test_a_connection_lost_in_the_middle_of_a_message_is_no_doubt(server: FaultySmtp) -> None:
    """The dot can't have left before what stands in front of it."""
    server.faults["BODY", A] = Fault(cut="before")
    mime = b"Subject: x\r\n\r\n" + b"word\r\n" * 3_000_000
    long = Letter(1, "1-1", made.with_mime(made.message(A), mime))
    assert made.handed(_smtp(server), [long]).verdicts == [LATER]


def test_a_server_that_drops_every_connection_is_let_alone(server: FaultySmtp) -> None:
    """After four in a row it is the server; the rest was not offered."""
    server.faults["RCPT", ""] = Fault(cut="after")
    handed = made.handed(_smtp(server), made.letters(A, B, C, D))
    assert handed.verdicts == [LATER, LATER]
    assert "again and again" in str(handed.error)
    assert len(handed.taken) == 2
    assert server.connections == 4


@pytest.mark.parametrize(
    ("step", "fault"),
    [*(("DOT", fault) for fault in CUTS), *(("BODY", fault) for fault in CUTS[::3])],
    ids=repr,
)
def test_a_connection_lost_after_the_dot_is_a_doubt(
    server: FaultySmtp, step: str, fault: Fault
) -> None:
    """The server took it or not, and nobody here can know; the others go."""
    server.faults[step, B] = fault
    assert _verdicts(_smtp(server), A, B, C) == [ACCEPTED, DOUBT, ACCEPTED]
    assert server.took == ([A, C] if fault.cut == "before" else [A, B, C])


@pytest.mark.parametrize("end", ["421", "close"])
def test_a_limit_of_messages_to_a_connection_costs_nobody_anything(
    server: FaultySmtp, end: str
) -> None:
    """The letter goes over a new connection, as do those after it."""
    server.most, server.after_most = 2, end
    addresses = [f"p{n}@example.org" for n in range(7)]
    assert _verdicts(_smtp(server), *addresses) == [ACCEPTED] * 7
    assert server.took == addresses
    assert server.connections == 4


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_says_421_again_is_left_in_peace(server: FaultySmtp, step: str) -> None:
    """Two new connections are tried for each letter, and four in a row at most."""
    server.faults[step, ""] = "421 4.3.2 going down"
    handed = made.handed(_smtp(server), made.letters(A, B, C))
    assert handed.verdicts == [LATER, LATER]
    assert "421" in handed.outcomes[-1].detail
    assert "again and again" in str(handed.error)


def test_421_to_the_dot_puts_the_letter_off_and_the_others_go(server: FaultySmtp) -> None:
    """It is a clear answer, on a connection that ends."""
    server.faults["DOT", B] = "421 4.3.2 going down"
    assert _verdicts(_smtp(server), A, B, C) == [ACCEPTED, LATER, ACCEPTED]
    assert server.took == [A, C]


@pytest.mark.parametrize("reply", ["250 2.1.0 go on", "354 go on", "220 hello", "nonsense", "25"])
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
def test_an_answer_that_means_nothing_ends_the_connection(
    server: FaultySmtp, step: str, reply: str
) -> None:
    """Before the dot nothing left us; after it, nobody knows."""
    positive = reply.startswith("354 " if step == "DATA" else ("250 ", "220 "))
    server.faults[step, "" if step == "MAIL" else B] = Fault(say=reply, times=1)
    verdicts = _verdicts(_smtp(server), *(B, C) if step == "MAIL" else (B,))
    assert verdicts[1:] == [ACCEPTED] * len(verdicts[1:])
    assert verdicts[0] is (DOUBT if step == "DOT" and not positive else ACCEPTED)


def test_a_refused_sender_ends_the_batch(server: FaultySmtp) -> None:
    """Nobody on the list is to blame; what was accepted before stands."""
    server.faults["MAIL", ""] = "553 5.1.8 we don't know your domain"
    refused = made.handed(_smtp(server), made.letters(A, B))
    assert isinstance(refused.error, AccountRefused)
    assert "your domain" in str(refused.error)
    server.faults.clear()
    server.faults["RCPT", B] = "530 5.7.0 authenticate"
    handed = made.handed(_smtp(server), made.letters(A, B, C))
    assert handed.verdicts == [ACCEPTED]
    assert isinstance(handed.error, AccountRefused)


@pytest.mark.parametrize(
    "options",
    [
        {"host": "mail..example.org"},
        {"host": "m" * 64 + ".example.org"},
        {"user": "sam", "password": "schlüssel"},
        {"user": "säm", "password": "secret"},
        {"envelope_sender": "bounces@bücher.example"},
    ],
)
def test_a_slip_in_the_settings_puts_nobody_in_doubt(options: dict[str, str]) -> None:
    """It is found before anything leaves; the password is not told."""
    server = FaultySmtp(login=("sam", "secret"))
    transport = _smtp(server, **options)
    handed = made.handed(transport, made.letters(A, B))
    server.stop()
    assert isinstance(handed.error, TransportError)
    assert handed.outcomes == []
    assert "schl" not in "".join(traceback.format_exception(handed.error))
    assert server.taken == []


@pytest.mark.parametrize(("text", "said"), [("é", True), ("e", False)])
def test_eight_bit_is_said_where_there_is_some(server: FaultySmtp, text: str, said: bool) -> None:
    """RFC 6152; the size is said always (RFC 1870)."""
    message = made.message(A)
    mime = f"Subject: x\r\n\r\n{text}\r\n".encode()
    letter = Letter(1, "1-1", made.with_mime(message, mime))
    assert made.handed(_smtp(server), [letter]).verdicts == [ACCEPTED]
    (mail,) = server.taken
    assert f"SIZE={len(mime)}" in mail.mail_options
    assert ("BODY=8BITMIME" in mail.mail_options) == said


def test_the_envelope_sender_can_be_another(server: FaultySmtp) -> None:
    """Bounces go there; without one they go to the From address."""
    _verdicts(_smtp(server), A)
    _verdicts(_smtp(server, envelope_sender="bounces@outreach.example.org"), B)
    assert [mail.mail_from for mail in server.taken] == [
        "news@outreach.example.org",
        "bounces@outreach.example.org",
    ]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_no_text_ends_the_dialogue(server: FaultySmtp, end: str) -> None:
    """A lone dot between any line ends stays text: no mail can be smuggled inside another."""
    mime = b"Subject: x\r\n\r\na\n.\nb\r.\rc\r\n.\r\nMAIL FROM:<x@example.org>\r\n" + end.encode()
    message = made.message(A)
    letter = Letter(1, "1-1", made.with_mime(message, mime))
    assert made.handed(_smtp(server), [letter]).verdicts == [ACCEPTED]
    (mail,) = server.taken
    lines = mail.content.replace(b"\r\n", b"\n").split(b"\n")
    assert lines[2:9] == [b"a", b".", b"b", b".", b"c", b".", b"MAIL FROM:<x@example.org>"]


def test_a_port_where_nobody_listens_raises() -> None:
    """And says which."""
    port = free_port()
    with pytest.raises(TransportError, match=str(port)):
        list(_to(port).send(made.letters(A)))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(UTC)
    made_out = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        made_out.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Callable[[bool], FaultySmtp]]:
    """Make servers with that certificate."""
    servers: list[FaultySmtp] = []

    def make(implicit: bool) -> FaultySmtp:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        servers.append(FaultySmtp(login=("sam", "secret"), tls=context, implicit_tls=implicit))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.mark.parametrize("answers", ["together", "bytes"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_letters_go_over_tls_with_a_login(
    secure: Callable[[bool], FaultySmtp], certificate: Path, security: str, answers: str
) -> None:
    """With a certificate that is vouched for; also messages longer than what TLS takes at once."""
    server = secure(security == "tls")
    server.answers = answers
    transport = _smtp(
        server,
        security=security,
        user="sam",
        password="secret",
        connections=3,
        context=ssl.create_default_context(cafile=certificate),
    )
    mime = b"Subject: x\r\n\r\n" + b"word\r\n" * 20_000
    addresses = [f"p{n}@example.org" for n in range(20)]
    letters = [
        Letter(n, f"{n}-1", made.with_mime(made.message(address), mime))
        for n, address in enumerate(addresses)
    ]
    assert made.handed(transport, letters).verdicts == [ACCEPTED] * 20
    assert sorted(server.took) == sorted(addresses)
    assert {mail.content for mail in server.taken} == {mime}
    server.faults["DOT", A] = Fault(cut="after", reset=True)
    assert _verdicts(transport, A, B) == [DOUBT, ACCEPTED]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_is_refused(
    secure: Callable[[bool], FaultySmtp], security: str
) -> None:
    """Neither password nor letter is shown to a stranger."""
    server = secure(security == "tls")
    transport = _smtp(server, security=security, user="sam")
    with pytest.raises(TransportError, match="certificate"):
        list(transport.send(made.letters(A)))
    assert server.taken == []


def test_a_server_without_starttls_gets_nothing(server: FaultySmtp) -> None:
    """Nobody in between can talk us out of encryption."""
    with pytest.raises(TransportError, match="STARTTLS"):
        list(_smtp(server, security="starttls").send(made.letters(A)))
    assert server.taken == []
