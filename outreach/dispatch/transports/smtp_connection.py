"""A connection to a mail server: smtplib's, then one on which nothing waits.

smtplib greets, secures and logs in. What follows is said in groups of commands (RFC 2920) over
several connections at once by one thread, so from there on neither a write nor a read waits.
"""

from __future__ import annotations

import selectors
import smtplib
import socket
import ssl
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from outreach.dispatch.transports import plain_error, plain_words
from outreach.errors import AccountRefused, TransportError

#: what no reply exceeds (RFC 5321 4.5.3.1.5 allows 512 bytes a line)
_LONGEST_REPLY: Final = 65_536
#: bytes in one go; replies are short
_MOST_READ: Final = 4096


class Lost(Exception):
    """The connection is of no more use."""


class Connection(smtplib.SMTP):
    """smtplib's connection which, once `unblocked`, says groups of commands without waiting."""

    #: of the group said last, how many bytes the system has taken
    written = 0
    #: what to wait for (`selectors`)
    events = selectors.EVENT_READ

    @property
    def wire(self) -> socket.socket:
        """The socket, plain or with TLS.

        Raises:
            Lost: it is closed.
        """
        if self.sock is None:
            raise Lost("the connection is closed")
        return self.sock

    def unblock(self) -> None:
        """Wait for nothing from here on: use `say` and `replies` only."""
        # otherwise the end of a message waits for the server's delayed acknowledgement
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wire.setblocking(False)
        self._unwritten = memoryview(b"")
        #: lines that have come, the beginning of the next, and of the reply at hand what precedes
        self._lines: deque[bytes] = deque()
        self._unread = b""
        self._text: list[bytes] = []

    def say(self, group: bytes) -> None:
        """Begin to write `group`, of which as much leaves as can; `write_on` does the rest.

        Raises:
            Lost: the server has said something that was not asked.
        """
        if self._unread or self._lines or self._text:
            raise Lost("the server speaks out of turn")
        self._unwritten = memoryview(group)
        self.written = 0
        self.write_on()

    def write_on(self) -> None:
        """Write what can be written now. That it can't be any more shows in `replies`."""
        self.events = selectors.EVENT_READ
        while self._unwritten:
            try:
                count = self.wire.send(self._unwritten)
            except ssl.SSLWantReadError:
                return
            except (BlockingIOError, ssl.SSLWantWriteError):
                self.events |= selectors.EVENT_WRITE
                return
            except OSError:
                # the server may have said why, which is still to be read
                self._unwritten = memoryview(b"")
                return
            self.written += count
            self._unwritten = self._unwritten[count:]

    def replies(self) -> Iterator[tuple[int, str]]:
        """Give the replies that have come, code and text; 0 is the code of what is no reply.

        Raises:
            Lost: after the last of them, if no more can come.
        """
        end = self._read()
        while self._lines:
            line = self._lines.popleft()
            code, text = line[:3], line[4:].strip()
            number = int(code) if len(code) == 3 and code.isdigit() else 0
            if number and line[3:4] == b"-" and len(self._text) < 1000:
                self._text.append(text)
                continue
            if self._text:
                text = b"\n".join([*self._text, text])
                self._text.clear()
            yield number, text.decode("utf-8", "replace")
        if end or len(self._unread) > _LONGEST_REPLY:
            raise Lost(end or "the server talks without end")

    def _read(self) -> str:
        """Read what is there; say why no more can come, or ''."""
        wire = self.wire
        try:
            while data := wire.recv(_MOST_READ):
                *lines, self._unread = (self._unread + data).split(b"\n")
                self._lines += lines
                # what TLS has decrypted already, no selector sees
                if not (isinstance(wire, ssl.SSLSocket) and wire.pending()):
                    return ""
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return ""
        except OSError as error:
            return plain_words(str(error))
        return "the server closed the connection"


class TlsConnection(Connection, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


class Server:
    """Where a mail server is and how to get in; the arguments are those of `smtp.Smtp`."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: str,
        user: str,
        password: str,
        context: ssl.SSLContext | None,
    ) -> None:
        self.place = f"{host}:{port}"
        self._host = host
        self._port = port
        self._security = security
        self._user = user
        self._password = password
        self._context = context
        #: looked up by the first connection, which may take long
        self._our_name: str | None = None

    def connect(self, timeout: float) -> Connection:
        """Open a connection, secured, logged in and unblocked; each answer has `timeout` seconds.

        Raises:
            TransportError: there is no such server, or no such security.
            AccountRefused: the login is refused.
        """
        connection: Connection | None = None
        try:
            connection = self._greeted(timeout)
            if self._security == "starttls":
                connection.starttls(context=self._trust())
            connection.ehlo_or_helo_if_needed()
            if self._user:
                connection.login(self._user, self._password)
            connection.unblock()
        except (OSError, ValueError) as error:
            if connection is not None:
                with suppress(OSError):
                    connection.close()
            raise self._problem(error) from (None if isinstance(error, ValueError) else error)
        self._our_name = connection.local_hostname
        return connection

    def _trust(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context

    def _greeted(self, timeout: float) -> Connection:
        if self._security == "tls":
            return TlsConnection(
                self._host, self._port, self._our_name, timeout=timeout, context=self._trust()
            )
        return Connection(self._host, self._port, self._our_name, timeout=timeout)

    def _problem(self, error: Exception) -> TransportError:
        if isinstance(error, ValueError) and not isinstance(error, OSError):
            # without its words, which may hold the password
            return TransportError(
                f"{self.place} can't be asked: a character in host, user or password is not"
                " allowed",
                next_step="check host and user in [smtp], and the password",
            )
        words = plain_error(error)
        if isinstance(error, smtplib.SMTPResponseException):
            text = error.smtp_error
            said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
            words = plain_words(f"{error.smtp_code} {said}")
        if isinstance(error, smtplib.SMTPAuthenticationError):
            if error.smtp_code < 500:
                return TransportError(f"{self.place} takes no login now: {words}")
            return AccountRefused(f"{self.place} refuses our login: {words}")
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return TransportError(
                f"{self.place} can't do what [smtp] asks for: {words}",
                next_step="check security and user in [smtp]",
            )
        advice = None
        if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
            advice = "see whether `security` in [smtp] is right for this port"
        return TransportError(
            f"the mail server {self.place} can't be used: {words}", next_step=advice
        )
