"""Stand-in mail services on real sockets. They keep what they truly took, and fail to order."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: take the connection away at this point, without an answer
DROP = "drop"


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Taken:
    """A mail that the SMTP stand-in took."""

    mail_from: str
    rcpt_to: str
    content: bytes
    queue_id: str
    #: of MAIL
    options: list[str]


@dataclass
class SmtpStandIn:
    """A mail server: `faults[step, address]` is what it replies there, or DROP.

    Steps are MAIL, RCPT, DATA (the command), BODY (after its first bytes may have come) and DOT;
    for all but DATA and BODY without an address, "" stands for everybody. A message dropped at DOT
    was taken.
    """

    login: tuple[str, str] | None = None
    #: messages that it takes over one connection, and then 421
    most: int = 1_000_000
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    faults: dict[tuple[str, str], str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.port = free_port()
        self._controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ssl_context=self.tls if self.implicit_tls else None,
        )
        self._controller.start()

    def stop(self) -> None:
        """Stop listening. Safe to call again."""
        if not self._controller.loop.is_closed():
            self._controller.stop(no_assert=True)

    def fault(self, step: str, address: str) -> str:
        """What is ordered for this step."""
        return self.faults.get((step, address)) or self.faults.get((step, ""), "")

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, replies: list[str]
    ) -> list[str]:
        """Count the connection."""
        self.connections += 1
        session.host_name = hostname
        return replies

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer MAIL."""
        if fault := self.fault("MAIL", address):
            return _answer(server, fault)
        if getattr(session, "taken", 0) >= self.most:
            return "421 4.7.0 too many messages in this connection"
        envelope.mail_from = address
        envelope.mail_options = options
        return "250 2.1.0 sender ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT."""
        if fault := self.fault("RCPT", address):
            return _answer(server, fault)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient ok"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Answer the final dot."""
        address = envelope.rcpt_tos[0]
        fault = self.fault("DOT", address)
        if fault and fault != DROP:
            return fault
        content = envelope.original_content or b""
        queue_id = f"Q{len(self.taken) + 1}"
        session.taken = getattr(session, "taken", 0) + 1  # type: ignore[attr-defined]
        self.taken.append(
            Taken(envelope.mail_from or "", address, content, queue_id, envelope.mail_options)
        )
        return _answer(server, fault or f"250 2.0.0 Ok: queued as {queue_id}")


def _answer(server: SMTP, fault: str) -> str:
    if fault == DROP:
        assert server.transport is not None
        server.transport.abort()
        raise ConnectionResetError
    return fault


class _Server(SMTP):
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """Answer DATA, with the faults that handlers can't make."""
        assert self.envelope is not None
        stand_in: SmtpStandIn = self.event_handler
        address = self.envelope.rcpt_tos[0] if self.envelope.rcpt_tos else ""
        if fault := stand_in.fault("DATA", address):
            await self.push(_answer(self, fault))
        elif stand_in.fault("BODY", address):
            await self.push("354 go on")
            _answer(self, DROP)
        else:
            await super().smtp_DATA(arg)

    async def handle_exception(self, error: Exception) -> str:
        """A connection that was taken away needs no answer."""
        return "421 gone"


class _Controller(Controller):
    def __init__(self, stand_in: SmtpStandIn, **options: Any) -> None:
        self._stand_in = stand_in
        super().__init__(stand_in, **options)

    def factory(self) -> SMTP:
        """Make the server for one connection."""
        stand_in = self._stand_in

        def authenticate(
            server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
        ) -> AuthResult:
            assert isinstance(data, LoginPassword)
            given = (data.login.decode(), data.password.decode())
            return AuthResult(success=given == stand_in.login, handled=False)

        return _Server(
            stand_in,
            hostname="stand-in.example.org",
            tls_context=None if stand_in.implicit_tls else stand_in.tls,
            authenticator=authenticate if stand_in.login else None,
            auth_require_tls=False,
        )
