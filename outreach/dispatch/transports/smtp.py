"""A mail server, by the standard library's smtplib (RFC 5321).

MAIL, RCPT, DATA and the final dot are separate steps here, because what a lost connection means
depends on the step: before the dot the server has no whole message, after it nobody knows.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from outreach.dispatch.transports import plain_words
from outreach.dispatch.transports.smtp_replies import Blame, Step, blame
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Outcome, Refusal, Verdict

#: the server is closing the connection
CLOSING: Final = 421

_QUEUED: Final = re.compile(r"queued as <?([^\s<>]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Reply:
    step: Step
    code: int
    text: str

    @property
    def detail(self) -> str:
        """What it says, for people to read."""
        return plain_words(f"{self.step}: {self.code} {self.text}")

    def outcome(self, letter: Letter) -> Outcome:
        """Give what it means for the letter.

        Raises:
            AccountRefused: it is about our login or sender.
            TransportError: it is about no letter at all.
        """
        whom = blame(self.step, self.code, self.text)
        detail = self.detail
        if whom is Blame.ACCOUNT:
            raise AccountRefused(f"the mail server refuses us: {detail}")
        if whom is Blame.DIALOGUE:
            raise TransportError(f"the mail server does not take our commands: {detail}")
        if whom is Blame.LATER:
            return Outcome(letter.delivery_id, Verdict.TRY_LATER, detail=detail)
        return Outcome(letter.delivery_id, Verdict.REFUSED, Refusal(whom.value), detail=detail)


class Smtp:
    """Hands letters to one mail server.

    Args:
        security: "tls" from the first byte, "starttls" and nothing without it, or "none".
        user: no login where it is empty.
        timeout: seconds for each answer. RFC 5321 4.5.3.2.6 asks for 600 after the final dot: with
            less, a slow server's letters end in doubt.
        envelope_sender: where bounces go; the letter's From address where it is empty.
        context: how certificates are verified, by the system's authorities if not given.
    """

    name = "smtp"

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: str = "starttls",
        user: str = "",
        password: str = "",
        timeout: float = 600,
        envelope_sender: str = "",
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._security = security
        self._user = user
        self._password = password
        self._timeout = timeout
        self._envelope_sender = envelope_sender
        self._context = context

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Send the letters over one connection, or several if the server drops it.

        Raises:
            TransportError: the server can't be reached, not in the way asked for, or breaks off
                again and again.
            AccountRefused: it refuses our login or our sender address.
        """
        dialogue = _Dialogue(self)
        try:
            for letter in letters:
                yield dialogue.hand_over(letter)
        finally:
            dialogue.close()

    def close(self) -> None:
        """Nothing is open between batches."""

    def connect(self) -> smtplib.SMTP:
        """Open a connection, secured and logged in as the settings say.

        Raises:
            TransportError: there is no such server, or no such security.
            AccountRefused: the login is refused.
        """
        place = f"{self._host}:{self._port}"
        context = self._context or ssl.create_default_context()
        connection: smtplib.SMTP | None = None
        try:
            if self._security == "tls":
                connection = smtplib.SMTP_SSL(
                    self._host, self._port, timeout=self._timeout, context=context
                )
            else:
                connection = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
            if self._security == "starttls":
                connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
            if self._user:
                connection.login(self._user, self._password)
        except smtplib.SMTPAuthenticationError as error:
            _abandon(connection)
            words = plain_words(f"{error.smtp_code} {_text(error.smtp_error)}")
            if error.smtp_code < 500:
                raise TransportError(f"{place} takes no login now: {words}") from error
            raise AccountRefused(f"{place} refuses our login: {words}") from error
        except smtplib.SMTPNotSupportedError as error:
            _abandon(connection)
            raise TransportError(
                f"{place} can't do what [smtp] asks for: {plain_words(str(error))}",
                next_step="check security and user in [smtp]",
            ) from error
        except OSError as error:
            # all of smtplib's own errors are OSErrors too
            _abandon(connection)
            raise TransportError(
                f"the mail server {place} can't be used: {plain_words(str(error))}"
            ) from error
        except ValueError:
            _abandon(connection)
            # without the cause: its words may hold the password
            raise TransportError(
                f"{place} can't be asked: a character in host, user or password is not allowed",
                next_step="check host and user in [smtp], and the password",
            ) from None
        return connection

    def envelope_sender_of(self, letter: Letter) -> str:
        """Give the address for MAIL FROM."""
        return self._envelope_sender or letter.message.sender.email


class _Dialogue:
    """One batch's talk with the server, over as many connections as it takes."""

    def __init__(self, transport: Smtp) -> None:
        self._transport = transport
        self._connection: smtplib.SMTP | None = None
        #: connections lost in a row without a letter judged in between, and how the last one was
        self._losses = 0
        self._loss = ""

    def hand_over(self, letter: Letter) -> Outcome:
        """Take one letter through MAIL, RCPT and DATA to the final dot.

        A connection that was in use already may have come to its end, by time or by number of
        messages; so a letter that it did not take gets a new one.
        """
        if self._losses > 1:
            raise TransportError(f"the mail server breaks off again and again: {self._loss}")
        in_use = self._connection is not None
        outcome = self._once(letter)
        if in_use and self._losses and outcome.verdict is Verdict.TRY_LATER:
            outcome = self._once(letter)
        return outcome

    def close(self) -> None:
        """Say goodbye, if anybody listens; wait for no answer."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.putcmd("QUIT")
            self._drop()

    def _once(self, letter: Letter) -> Outcome:
        if self._connection is None:
            self._connection = self._transport.connect()
        connection = self._connection
        try:
            refused = self._before_the_dot(connection, letter)
        except OSError as error:
            words = f"lost before the message was whole: {plain_words(str(error))}"
            return self._lost(letter, Verdict.TRY_LATER, words)
        except ValueError as error:
            raise TransportError(
                "an address of ours can't be said to a mail server",
                next_step="write the addresses in [sender] in ASCII",
            ) from error
        if refused is None:
            return self._after_the_dot(connection, letter)
        if refused.code == CLOSING:
            return self._lost(letter, Verdict.TRY_LATER, refused.detail)
        self._losses = 0
        self._begin_anew(connection)
        return refused.outcome(letter)

    def _before_the_dot(self, connection: smtplib.SMTP, letter: Letter) -> _Reply | None:
        """Say everything up to the dot; give the reply of the server where it won't have it."""
        body = _stuffed(letter.message.mime)
        options = []
        if connection.has_extn("size"):
            options.append(f"SIZE={len(body)}")
        if connection.has_extn("8bitmime") and not body.isascii():
            options.append("BODY=8BITMIME")
        sender = self._transport.envelope_sender_of(letter)
        code, text = connection.mail(sender, options)
        if not 200 <= code < 300:
            return _Reply(Step.MAIL, code, _text(text))
        code, text = connection.rcpt(letter.message.recipient.email)
        if not 200 <= code < 300:
            return _Reply(Step.RCPT, code, _text(text))
        code, text = connection.docmd("DATA")
        if code != 354:
            return _Reply(Step.DATA, code, _text(text))
        # In one piece: where it fails, the dot at its end has not left us.
        connection.send(body + b".\r\n")
        return None

    def _after_the_dot(self, connection: smtplib.SMTP, letter: Letter) -> Outcome:
        try:
            code, text = connection.getreply()
        except OSError as error:
            words = f"no answer to the whole message: {plain_words(str(error))}"
            return self._lost(letter, Verdict.IN_DOUBT, words)
        reply = _Reply(Step.DATA, code, _text(text))
        if code == CLOSING:
            return self._lost(letter, Verdict.TRY_LATER, reply.detail)
        if not 200 <= code < 300 and not 400 <= code < 600:
            words = f"an answer that means nothing: {reply.detail}"
            return self._lost(letter, Verdict.IN_DOUBT, words)
        self._losses = 0
        if code >= 400:
            return reply.outcome(letter)
        queued = _QUEUED.search(reply.text)
        provider_id = plain_words(queued[1]) if queued else ""
        return Outcome(letter.delivery_id, Verdict.ACCEPTED, provider_id=provider_id)

    def _begin_anew(self, connection: smtplib.SMTP) -> None:
        try:
            code, _ = connection.rset()
        except OSError:
            code = 0
        if code != 250:
            self._drop()

    def _lost(self, letter: Letter, verdict: Verdict, words: str) -> Outcome:
        self._drop()
        self._losses += 1
        self._loss = words
        return Outcome(letter.delivery_id, verdict, detail=words)

    def _drop(self) -> None:
        _abandon(self._connection)
        self._connection = None


def _abandon(connection: smtplib.SMTP | None) -> None:
    if connection is not None:
        with suppress(OSError):
            connection.close()


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply


_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)


def _stuffed(mime: bytes) -> bytes:
    """Put a message into the form of RFC 5321 4.5.2, so that no line of it can end the dialogue."""
    lines = _LINE_END.sub(b"\r\n", mime)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return _LEADING_DOT.sub(b"..", lines)
