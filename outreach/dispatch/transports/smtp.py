"""SMTP by the standard library's smtplib (RFC 5321), over several connections at once.

One thread writes to whichever connection is ready; `smtp_dialogue` has what is said on each. A
letter that a connection did not take goes over another one; what may have been taken is in doubt.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from outreach.dispatch.transports.smtp_connection import Lost, Server
from outreach.dispatch.transports.smtp_dialogue import Dialogue, Mail
from outreach.dispatch.transports.smtp_envelope import content
from outreach.dispatch.transports.smtp_pool import Pool
from outreach.errors import TransportError
from outreach.model import Letter, Outcome, Verdict

#: a server that leaves more than one letter in so many in doubt is let alone
_LETTERS_FOR_A_DOUBT: Final = 100


class Smtp:
    """Hands letters to one mail server.

    Args:
        security: "tls" from the first byte, "starttls" and nothing without it, or "none".
        user: no login where it is empty.
        timeout: seconds for each answer. RFC 5321 4.5.3.2.6 asks for 600 after the final dot: with
            less, a slow server's letters end in doubt.
        envelope_sender: where bounces go; `{token}` in it becomes each letter's own. The letter's
            From address where it is empty.
        connections: how many are open at once, at most; they stay open between batches.
        messages_per_connection: after so many a new one is opened.
        context: how certificates are verified, by the system's authorities if not given.
        clock: gives seconds since some moment.
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
        connections: int = 4,
        messages_per_connection: int = 1000,
        context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        server = Server(
            host, port, security=security, user=user, password=password, context=context
        )
        self._pool = Pool(
            server,
            sender=envelope_sender,
            connections=connections,
            most=messages_per_connection,
            timeout=timeout,
            clock=clock,
        )
        self._trust = _Trust(connections)

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Send the letters, each connection having at most two under way.

        Outcomes come as the server gives them, in no order. Where a connection can't be opened but
        others are, those do the work.

        Raises:
            TransportError: the server can't be reached, not in the way asked for, or breaks off
                again and again.
            AccountRefused: it refuses our login or our sender address.
        """
        try:
            yield from _Handover(self._pool, self._trust, letters).outcomes()
        except BaseException:
            self._pool.close()
            # whoever asks again wants to know how it is then
            self._trust.anew()
            raise

    def close(self) -> None:
        """Say goodbye on each connection."""
        self._pool.close()


class _Trust:
    """Whether the server is worth talking to, given what became of connections and letters."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self.anew()

    def anew(self) -> None:
        """Forget what was."""
        #: connections lost without a letter judged in between
        self._losses = 0
        #: letters that must be judged until the doubts so far are forgotten
        self._doubted = 0

    def judged(self) -> None:
        """The server has given a clear answer to a letter."""
        self._losses = 0
        self._doubted = max(0, self._doubted - 1)

    def lost(self, *, doubt: bool) -> bool:
        """A connection broke off with letters on it; say whether that was once too often."""
        self._losses += 1
        self._doubted += _LETTERS_FOR_A_DOUBT if doubt else 0
        too_many_doubts = self._doubted > _LETTERS_FOR_A_DOUBT * self._connections
        return too_many_doubts or self._losses > self._connections + 2


class _Handover:
    """One batch: letters go out to dialogues, outcomes come in."""

    def __init__(self, pool: Pool, trust: _Trust, letters: Iterable[Letter]) -> None:
        self._pool = pool
        self._trust = trust
        self._letters = iter(letters)
        #: taken, and certainly with us
        self._again: deque[Mail] = deque()
        #: what ends the batch when the answers that are due have come
        self._failure: Exception | None = None

    def outcomes(self) -> Iterator[Outcome]:
        """Give the outcomes of all letters, or fail."""
        # what a server said while nothing was under way, such as goodbye
        yield from self._answers(wait=False)
        while True:
            yield from self._give_out()
            if self._failure is not None:
                self._again += self._pool.drop_undotted()
            if not self._pool.busy:
                break
            yield from self._answers(wait=True)
        if self._failure is None:
            return
        if not isinstance(self._failure, TransportError):
            # it comes from whoever offers the letters, and says nothing of those taken
            for mail in self._again:
                yield _not_sent(mail, "no more letters were offered")
        raise self._failure

    def _new(self) -> Mail | None:
        """Take a letter that is on offer; None when there are no more, or no more should go."""
        if self._failure is not None:
            return None
        try:
            letter = next(self._letters, None)
        except Exception as error:
            self._failure = error
            return None
        return None if letter is None else Mail(letter, content(letter.message.pieces))

    def _give_out(self) -> Iterator[Outcome]:
        """Begin a letter on each connection that has none, and open those that are missing."""
        while self._failure is None and self._pool.has_room():
            mail = self._again.popleft() if self._again else self._new()
            if mail is None:
                return
            try:
                # who has lost a connection that was in use gets one of its own
                dialogue = self._pool.idle_or_new(new=mail.returned)
                if dialogue is None:
                    self._again.appendleft(mail)
                else:
                    yield from self._begin(dialogue, mail)
            except TransportError as error:
                self._again.appendleft(mail)
                self._failure = error

    def _begin(self, dialogue: Dialogue, mail: Mail) -> Iterator[Outcome]:
        try:
            dialogue.begin(mail)
        except Lost as loss:
            yield from self._lost(dialogue, str(loss))

    def _answers(self, *, wait: bool) -> Iterator[Outcome]:
        ready, hung = self._pool.select(wait=wait)
        for dialogue in ready:
            yield from self._listen(dialogue)
        for dialogue in hung:
            yield from self._lost(dialogue, self._pool.overdue)

    def _listen(self, dialogue: Dialogue) -> Iterator[Outcome]:
        try:
            dialogue.write_on()
            for outcome in dialogue.hear(self._new):
                self._trust.judged()
                yield outcome
                if self._failure is not None:
                    return
        except Lost as loss:
            yield from self._lost(dialogue, str(loss))
        except TransportError as error:
            self._failure = self._failure or error
            self._pool.remove(dialogue)
            self._again += dialogue.lose("")[1]

    def _lost(self, dialogue: Dialogue, words: str) -> Iterator[Outcome]:
        """Take a connection's letters back; one that has lost two new connections is put off."""
        self._pool.remove(dialogue)
        doubt, unsent = dialogue.lose(words)
        if doubt is not None:
            yield doubt
        for mail in unsent:
            if mail.fresh_losses > 1:
                yield _not_sent(mail, words)
            else:
                self._again.append(mail)
        under_way = doubt is not None or bool(unsent)
        if under_way and self._trust.lost(doubt=doubt is not None) and self._failure is None:
            self._failure = TransportError(f"the mail server breaks off again and again: {words}")


def _not_sent(mail: Mail, words: str) -> Outcome:
    detail = f"lost before the message was whole: {words}"
    return Outcome(mail.letter.delivery_id, Verdict.TRY_LATER, detail=detail)
