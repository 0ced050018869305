"""A mail server on a real socket that fails to order, and keeps what it truly took.

    with FaultySmtp() as server:
        server.faults["DOT", "b@example.org"] = Fault(cut="after")
        ...  # hand letters to 127.0.0.1:server.port
        assert server.took == ["a@example.org", "b@example.org"]

A message is in `taken` from the moment that the server decides to have it, before it answers: it
is what a reader gets, whatever the client was told. A fault stands for a step and an address; the
steps are

    GREETING EHLO STARTTLS AUTH MAIL RCPT DATA BODY DOT RSET QUIT

of which BODY comes when the first `body_read` bytes of a message have. Of RCPT, DATA, BODY and DOT
the address is the recipient's; everywhere "" stands for all. A fault that is plain text is what the
server says. `violations` has what no client may do: commands that did not wait for an answer where
PIPELINING was not offered or does not allow it, and parameters that were not offered.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from outreach.dispatch.transports.smtp import Smtp

EVERYTHING: Final = ("PIPELINING", "SIZE 10240000", "8BITMIME", "DSN")
_MAIL = re.compile(r"MAIL FROM:<([^>]*)>(.*)", re.IGNORECASE)
_VERBS: Final = frozenset(
    {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT"}
)
_RCPT = re.compile(r"RCPT TO:<([^>]*)>(.*)", re.IGNORECASE)


@dataclass
class Fault:
    """What goes wrong at a step, `times` times, or always."""

    #: said in place of the usual answer, one or more lines; at DOT, 2xx still takes the message
    say: str = ""
    #: end the connection "before" the step counts, "during" its answer, or "after" it counts
    cut: str = ""
    #: with a reset, rather than in good order
    reset: bool = False
    #: say nothing more, "before" the step counts or "after" it does
    hang: str = ""
    #: at BODY, after `say`: skip the rest of the message and go on, rather than end the connection
    go_on: bool = False
    #: seconds before the answer
    delay: float = 0
    times: int = 1_000_000


@dataclass(frozen=True)
class Taken:
    """A message that the server has decided to have."""

    mail_from: str
    rcpt_to: str
    #: as the reader would get it: dots unstuffed
    content: bytes
    queue_id: str
    #: parameters of MAIL and of RCPT
    mail_options: tuple[str, ...]
    rcpt_options: tuple[str, ...]
    #: which connection it came over, from 1
    connection: int


class _Cut(Exception):
    pass


@dataclass
class FaultySmtp:
    """The server; listens as soon as it is made."""

    #: keywords of its answer to EHLO; none: it knows only HELO
    offers: tuple[str, ...] = EVERYTHING
    login: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    #: "together": one packet for all commands that have come; "each" alone; "bytes": byte by byte
    answers: str = "together"
    #: messages that it takes over one connection, and what it does then: "421" or "close"
    most: int = 1_000_000
    after_most: str = "421"
    #: take RCPT and DATA also where MAIL was refused, as no server should
    lax: bool = False
    #: its answer to DATA when no recipient was taken
    without_recipient: str = "554 5.5.1 no valid recipients"
    body_read: int = 1
    faults: dict[tuple[str, str], Fault | str] = field(default_factory=dict)
    #: cut the connection, once, when so many bytes have come or gone in all; None: never
    cut_after_received: int | None = None
    cut_after_sent: int | None = None
    taken: list[Taken] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    #: connections that it lets in at one time
    most_connections: int = 1_000_000
    #: how many there were in all, and how many ended with QUIT
    connections: int = 0
    goodbyes: int = 0
    #: times that the whole line which asks for a message has left it
    invitations: int = 0
    #: bytes over all connections
    received: int = 0
    sent: int = 0

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.end = threading.Event()
        self._clients: list[Smtp] = []
        self._threads: list[threading.Thread] = []
        self.talks: set[_Talk] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def took(self) -> list[str]:
        """The recipients of what it took, in its order."""
        return [mail.rcpt_to for mail in self.taken]

    def client(self, **options: Any) -> Smtp:
        """Make a transport to this server, which is closed with it."""
        options = {"security": "none", "timeout": 10, **options}
        self._clients.append(Smtp("127.0.0.1", self.port, **options))
        return self._clients[-1]

    def stop(self) -> None:
        """Stop listening and drop every connection. Safe to call again."""
        for client in self._clients:
            client.close()
        self.end.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.drop()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def drop(self) -> None:
        """End every connection there is, as after a long silence."""
        with self.lock:
            for talk in self.talks:
                with suppress(OSError):
                    # of the socket below, if there is TLS: a thread is reading from it
                    socket.socket.shutdown(talk.wire, socket.SHUT_RDWR)

    def fault(self, step: str, address: str) -> Fault:
        """Take up what is ordered for this step."""
        with self.lock:
            for key in ((step, address), (step, "")):
                fault = self.faults.get(key)
                if isinstance(fault, str):
                    return Fault(say=fault)
                if fault is not None and fault.times > 0:
                    fault.times -= 1
                    return fault
        return Fault()

    def _listen(self) -> None:
        while True:
            try:
                wire, _ = self._listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                talk = _Talk(self, wire, self.connections)
                self.talks.add(talk)
            thread = threading.Thread(target=self._talk, args=(talk,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _talk(self, talk: _Talk) -> None:
        try:
            with suppress(_Cut, OSError, ValueError):
                talk.run()
        finally:
            with self.lock:
                self.talks.discard(talk)
            with suppress(OSError):
                talk.wire.close()


class _Talk:
    """The server's side of one connection."""

    def __init__(self, server: FaultySmtp, wire: socket.socket, number: int) -> None:
        self.wire = wire
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server = server
        self._number = number
        self._input = b""
        self._output = b""
        self._line_sent = b""
        self._taken = 0
        self._recipient = ""
        #: does what the bytes ask for that have come, but nobody will hear of it
        self._cut_off = False
        self._forget()

    def run(self) -> None:
        """Talk until QUIT, or something goes wrong."""
        server = self._server
        if server.implicit_tls and server.tls:
            self.wire = server.tls.wrap_socket(self.wire, server_side=True)
        if len(server.talks) > server.most_connections:
            self._answer("421 4.7.0 too many connections")
            self._flush()
            return
        self._step("GREETING", "220 stand-in.example.org ESMTP", "")
        while True:
            line = self._line()
            word = line.partition(" ")[0].upper()
            if word in _VERBS:
                getattr(self, f"_{word.lower()}")(line)
            else:
                self._answer("500 5.5.2 what?")
            if word == "QUIT":
                self._flush()
                return

    # what the steps do

    def _ehlo(self, _line: str) -> None:
        if not self._server.offers and not self._server.login and not self._server.tls:
            self._step("EHLO", "502 5.5.1 not here", "")
            return
        offers = list(self._server.offers)
        if self._server.login:
            offers.append("AUTH PLAIN LOGIN")
        if self._server.tls and not isinstance(self.wire, ssl.SSLSocket):
            offers.append("STARTTLS")
        lines = ["stand-in.example.org", *offers]
        self._step("EHLO", "\n".join([*(f"250-{x}" for x in lines[:-1]), f"250 {lines[-1]}"]), "")

    def _helo(self, _line: str) -> None:
        self._answer("250 stand-in.example.org")

    def _starttls(self, _line: str) -> None:
        if self._server.tls is None:
            self._answer("502 5.5.1 no")
        elif self._step("STARTTLS", "220 2.0.0 go ahead", ""):
            self._flush()
            self.wire = self._server.tls.wrap_socket(self.wire, server_side=True)
            self._input = b""

    def _auth(self, line: str) -> None:
        given = base64.b64decode(line.split(" ")[2]).decode().split("\0")[1:]
        good = self._server.login is None or given == list(self._server.login)
        self._step(
            "AUTH", "235 2.7.0 welcome" if good else "535 5.7.8 who is <sam@example.org>?", ""
        )

    def _mail(self, line: str) -> None:
        self._check_group("MAIL")
        found = _MAIL.fullmatch(line)
        if found is None:
            self._answer("501 5.5.4 MAIL FROM:<address>")
        elif self._open:
            self._answer("503 5.5.1 nested MAIL")
        elif self._taken >= self._server.most:
            if self._server.after_most == "421":
                self._answer("421 4.7.0 too many messages in this connection")
            self._flush()
            raise _Cut
        elif self._step("MAIL", "250 2.1.0 sender ok", ""):
            self._open, self._mail_from = True, found[1]
            self._mail_options = tuple(found[2].split())
            self._check_options(self._mail_options)

    def _rcpt(self, line: str) -> None:
        self._check_group("RCPT")
        found = _RCPT.fullmatch(line)
        if found is None:
            self._answer("501 5.5.4 RCPT TO:<address>")
            return
        self._recipient = found[1]
        if not self._open and not self._server.lax:
            self._answer("503 5.5.1 MAIL first")
        elif self._step("RCPT", "250 2.1.5 recipient ok", found[1]):
            self._has_recipient = True
            self._rcpt_options = tuple(found[2].split())
            self._check_options(self._rcpt_options)

    def _data(self, _line: str) -> None:
        if self._more_has_come():
            self._server.violations.append("something came behind DATA")
        if not self._open and not self._server.lax:
            self._answer("503 5.5.1 MAIL first")
            return
        usual = "354 go on" if self._has_recipient else self._server.without_recipient
        if not self._step("DATA", usual, self._recipient) or not usual.startswith("354"):
            return
        content = self._message()
        if content is not None:
            self._take(content)
        self._forget()

    def _rset(self, _line: str) -> None:
        self._check_group("RSET")
        self._forget()
        self._step("RSET", "250 2.0.0 ok", "")

    def _noop(self, _line: str) -> None:
        self._answer("250 2.0.0 ok")

    def _quit(self, _line: str) -> None:
        self._server.goodbyes += 1
        self._step("QUIT", "221 2.0.0 bye", "")

    def _message(self) -> bytes | None:
        while len(self._input) < self._server.body_read:
            self._receive()
        fault = self._server.fault("BODY", self._recipient)
        if fault.say:
            self._answer(fault.say)
            self._flush()
            if not fault.go_on:
                raise _Cut
        self._trouble(fault, "before")
        lines = []
        while (line := self._bytes_line()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        return None if fault.say else b"".join(lines)

    def _take(self, content: bytes) -> None:
        """Decide on a message, write it down, and only then answer."""
        server, fault = self._server, self._server.fault("DOT", self._recipient)
        self._trouble(fault, "before")
        good = not fault.say or fault.say.startswith("2")
        answer = fault.say or "554 5.5.1 no valid recipients"
        if good and self._has_recipient:
            with server.lock:
                queue_id = f"Q{len(server.taken) + 1}"
                server.taken.append(
                    Taken(
                        self._mail_from,
                        self._recipient,
                        content,
                        queue_id,
                        self._mail_options,
                        self._rcpt_options,
                        self._number,
                    )
                )
            self._taken += 1
            answer = fault.say or f"250 2.0.0 Ok: queued as {queue_id}"
        self._finish(fault, answer)

    def _forget(self) -> None:
        self._open = self._has_recipient = False
        self._mail_from = ""
        self._mail_options: tuple[str, ...] = ()
        self._rcpt_options: tuple[str, ...] = ()

    # faults

    def _step(self, step: str, usual: str, address: str) -> bool:
        """Answer a step; say whether it counts."""
        fault = self._server.fault(step, address)
        self._trouble(fault, "before")
        self._finish(fault, fault.say or usual)
        return not fault.say or fault.say[0] in "23"

    def _finish(self, fault: Fault, answer: str) -> None:
        self._trouble(fault, "after")
        if fault.delay:
            self._flush()
            self._server.end.wait(fault.delay)
        if fault.cut == "during":
            self._output += _lines(answer)[: len(_lines(answer)) // 2]
            self._flush()
            self._trouble(fault, "during")
        self._answer(answer)
        if answer.startswith("421"):
            self._flush()
            raise _Cut

    def _trouble(self, fault: Fault, moment: str) -> None:
        if fault.hang == moment:
            self._flush()
            self._server.end.wait()
            raise _Cut
        if fault.cut == moment:
            self._flush()
            self._cut(reset=fault.reset)

    def _cut(self, *, reset: bool) -> None:
        if reset:
            linger = struct.pack("ii", 1, 0)
            self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        raise _Cut

    # what a client may not do

    def _more_has_come(self) -> bool:
        if self._input or isinstance(self.wire, ssl.SSLSocket):
            return bool(self._input)
        try:
            return bool(self.wire.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return False

    def _check_group(self, word: str) -> None:
        if "PIPELINING" not in self._server.offers and self._more_has_come():
            self._server.violations.append(f"something came behind {word}")

    def _check_options(self, options: tuple[str, ...]) -> None:
        offered = {offer.partition(" ")[0] for offer in self._server.offers}
        needs = {"SIZE": "SIZE", "BODY": "8BITMIME", "RET": "DSN", "ENVID": "DSN"}
        needs |= {"NOTIFY": "DSN", "ORCPT": "DSN"}
        for option in options:
            if needs.get(option.partition("=")[0]) not in offered:
                self._server.violations.append(f"{option} was not offered")

    # bytes

    def _answer(self, text: str) -> None:
        self._output += _lines(text)
        if self._server.answers != "together":
            self._flush()

    def _flush(self) -> None:
        output, self._output = self._output, b""
        size = 1 if self._server.answers == "bytes" else max(1, len(output))
        for at in range(0, len(output), size):
            self._send(output[at : at + size])

    def _send(self, piece: bytes) -> None:
        if self._cut_off:
            return
        server = self._server
        with server.lock:
            limit = server.cut_after_sent
            allowed = len(piece) if limit is None else min(len(piece), limit - server.sent)
            server.sent += allowed
            cut = limit is not None and server.sent >= limit
            if cut:
                server.cut_after_sent = None
        self.wire.sendall(piece[:allowed])
        self._line_sent += piece[:allowed]
        *lines, self._line_sent = self._line_sent.split(b"\n")
        with server.lock:
            server.invitations += sum(line.startswith(b"354") for line in lines)
        if cut:
            self._cut(reset=False)

    def _line(self) -> str:
        return self._bytes_line().rstrip(b"\r\n").decode("ascii")

    def _bytes_line(self) -> bytes:
        while b"\n" not in self._input:
            self._receive()
        line, end, self._input = self._input.partition(b"\n")
        return line + end

    def _receive(self) -> None:
        """Take in more, after all that is to be said was said."""
        self._flush()
        if self._cut_off:
            raise _Cut
        server = self._server
        data = self.wire.recv(65_536)
        if not data:
            raise _Cut
        with server.lock:
            limit = server.cut_after_received
            allowed = len(data) if limit is None else min(len(data), limit - server.received)
            server.received += allowed
            cut = limit is not None and server.received >= limit
            if cut:
                server.cut_after_received = None
        self._input += data[:allowed]
        self._cut_off = cut


def _lines(text: str) -> bytes:
    return "".join(f"{line}\r\n" for line in text.splitlines()).encode()
