"""A mail server, by the standard library's smtplib (RFC 5321).

MAIL, RCPT, DATA and the final dot are separate steps here, because what a lost connection means
depends on the step: before the dot the server has no whole message, after it nobody knows.
A connection lives for one batch, which keeps it under every provider's limit of messages to one.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from outreach.dispatch.transports import plain_words, put_off
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Outcome, Refusal, Verdict


class Blame(StrEnum):
    """Whom a reply that is no success speaks of."""

    ACCOUNT = "account"
    #: the way we talk with it: nobody's message would fare better
    DIALOGUE = "dialogue"
    LATER = "later"
    DEAD_ADDRESS = "dead_address"
    MAILBOX_FULL = "mailbox_full"
    POLICY = "policy"
    MESSAGE = "message"
    UNKNOWN = "unknown"


class Step(StrEnum):
    """Where in the dialogue a reply came."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"


#: Enhanced status codes (RFC 3463 and its registry) -> whom they speak of. They say more than three
#: digits that speak of a letter; of two that fit, the longer counts.
ENHANCED: Final[Mapping[str, Blame]] = {
    "5.1.1": Blame.DEAD_ADDRESS,
    "5.1.2": Blame.DEAD_ADDRESS,
    "5.1.3": Blame.DEAD_ADDRESS,
    "5.1.6": Blame.DEAD_ADDRESS,
    "5.1.7": Blame.ACCOUNT,
    "5.1.8": Blame.ACCOUNT,
    "5.1.10": Blame.DEAD_ADDRESS,
    "5.2.2": Blame.MAILBOX_FULL,
    "5.2.3": Blame.MESSAGE,
    "5.3.4": Blame.MESSAGE,
    "5.6": Blame.MESSAGE,
    "5.7": Blame.POLICY,
    "5.7.8": Blame.ACCOUNT,
}

#: (step, code) or code -> whom a reply without a telling enhanced code speaks of
CODES: Final[Mapping[tuple[Step, int] | int, Blame]] = {
    403: Blame.ACCOUNT,
    454: Blame.ACCOUNT,
    500: Blame.MESSAGE,
    501: Blame.MESSAGE,
    502: Blame.DIALOGUE,
    503: Blame.DIALOGUE,
    504: Blame.DIALOGUE,
    521: Blame.DEAD_ADDRESS,
    530: Blame.ACCOUNT,
    534: Blame.ACCOUNT,
    535: Blame.ACCOUNT,
    538: Blame.ACCOUNT,
    555: Blame.DIALOGUE,
    556: Blame.DEAD_ADDRESS,
    (Step.RCPT, 552): Blame.MAILBOX_FULL,
    (Step.DATA, 552): Blame.MESSAGE,
    # all that MAIL knows of is our sender address and the size
    (Step.MAIL, 500): Blame.DIALOGUE,
    (Step.MAIL, 501): Blame.DIALOGUE,
    (Step.MAIL, 521): Blame.ACCOUNT,
    (Step.MAIL, 550): Blame.ACCOUNT,
    (Step.MAIL, 551): Blame.ACCOUNT,
    (Step.MAIL, 552): Blame.MESSAGE,
    (Step.MAIL, 553): Blame.ACCOUNT,
    (Step.MAIL, 554): Blame.ACCOUNT,
}

#: words in replies that have the code of something else
WORDS: Final[Mapping[str, Blame]] = {"maximum credits exceeded": Blame.ACCOUNT}

#: the server is closing the connection
CLOSING: Final = 421

_STATUS: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_QUEUED: Final = re.compile(r"queued as <?([^\s<>]+)", re.IGNORECASE)


def blame(step: Step, code: int, text: str) -> Blame:
    """Say whom a reply of 400 and above speaks of; 4xx without more is a matter of time."""
    for words, whom in WORDS.items():
        if words in text.lower():
            return whom
    by_code = CODES.get(code)
    known = [
        CODES.get((step, code)) if step is Step.MAIL else None,
        by_code if by_code in {Blame.ACCOUNT, Blame.DIALOGUE} else None,
        *_enhanced(code, text),
        CODES.get((step, code)),
        by_code,
    ]
    return next(filter(None, known), Blame.LATER if code < 500 else Blame.UNKNOWN)


def _enhanced(code: int, text: str) -> list[Blame | None]:
    """Look up a reply's enhanced status code, unless it belies the three digits."""
    status = _STATUS.match(text)
    if status is None or status[1][0] != str(code)[0]:
        return []
    return [ENHANCED.get(status[1]), ENHANCED.get(status[1].rpartition(".")[0])]


@dataclass(frozen=True, slots=True)
class _Reply:
    step: Step
    code: int
    text: str

    def outcome(self, letter: Letter) -> Outcome:
        """Give what it means for the letter.

        Raises:
            AccountRefused: it is about our login or sender.
            TransportError: it is about no letter at all.
        """
        whom = blame(self.step, self.code, self.text)
        detail = plain_words(f"{self.step}: {self.code} {self.text}")
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

    def send(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Send the letters over one connection, or several if the server drops it.

        Raises:
            TransportError: the server can't be reached, or not in the way asked for.
            AccountRefused: it refuses our login or our sender address.
        """
        outcomes: list[Outcome] = []
        dialogue = _Dialogue(self)
        try:
            for number, letter in enumerate(letters):
                try:
                    outcomes.append(dialogue.hand_over(letter))
                except TransportError as error:
                    if not outcomes:
                        raise
                    return outcomes + put_off(letters[number:], error.problem)
                if dialogue.reason_to_stop:
                    return outcomes + put_off(letters[number + 1 :], dialogue.reason_to_stop)
            return outcomes
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
        return connection

    def envelope_sender_of(self, letter: Letter) -> str:
        """Give the address for MAIL FROM."""
        return self._envelope_sender or letter.message.sender.email


class _Dialogue:
    """One batch's talk with the server, over as many connections as it takes."""

    def __init__(self, transport: Smtp) -> None:
        self._transport = transport
        self._connection: smtplib.SMTP | None = None
        self._lost_in_a_row = 0
        #: not '' when the rest of the batch had better wait
        self.reason_to_stop = ""

    def hand_over(self, letter: Letter) -> Outcome:
        """Take one letter through MAIL, RCPT and DATA to the final dot."""
        if self._connection is None:
            self._connection = self._transport.connect()
        connection = self._connection
        try:
            refused = self._before_the_dot(connection, letter)
        except OSError as error:
            self._lose(f"the connection was lost: {plain_words(str(error))}")
            detail = f"lost before the message was whole: {plain_words(str(error))}"
            return Outcome(letter.delivery_id, Verdict.TRY_LATER, detail=detail)
        self._lost_in_a_row = 0
        if refused is not None:
            self._begin_anew(connection, refused)
            return refused.outcome(letter)
        try:
            code, text = connection.getreply()
        except OSError as error:
            detail = f"no answer to the whole message: {plain_words(str(error))}"
            return self._doubt(letter, detail)
        reply = _Reply(Step.DATA, code, _text(text))
        if 200 <= code < 300:
            queued = _QUEUED.search(reply.text)
            provider_id = plain_words(queued[1]) if queued else ""
            return Outcome(letter.delivery_id, Verdict.ACCEPTED, provider_id=provider_id)
        if not 400 <= code < 600:
            return self._doubt(letter, f"an answer that means nothing: {code}")
        if code == CLOSING:
            self._stop("the mail server is closing the connection")
        return reply.outcome(letter)

    def close(self) -> None:
        """Say goodbye, if anybody listens; wait for no answer."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.putcmd("QUIT")
            self._drop()

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

    def _begin_anew(self, connection: smtplib.SMTP, refused: _Reply) -> None:
        if refused.code == CLOSING:
            self._stop("the mail server is closing the connection")
            return
        try:
            code, _ = connection.rset()
        except OSError:
            code = 0
        if code != 250:
            self._drop()

    def _doubt(self, letter: Letter, detail: str) -> Outcome:
        self._stop("the mail server stopped answering")
        return Outcome(letter.delivery_id, Verdict.IN_DOUBT, detail=detail)

    def _lose(self, reason: str) -> None:
        self._drop()
        self._lost_in_a_row += 1
        if self._lost_in_a_row > 1:
            self.reason_to_stop = reason

    def _stop(self, reason: str) -> None:
        self._drop()
        self.reason_to_stop = reason

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
