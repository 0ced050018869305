"""What is said over one connection: at most one letter awaits the answer to its final dot.

With PIPELINING the message of a letter, its dot and the envelope of the next leave us as one group
(RFC 2920: DATA ends a group, a message may begin one), so a letter takes one round trip; without
it, each command waits for its answer. What a lost connection means depends on how far a letter was:
before its dot was written the server has no whole message, after that nobody knows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from outreach.dispatch.transports.smtp_connection import Connection, Lost
from outreach.dispatch.transports.smtp_envelope import DOT, Content, mail_from, rcpt_to
from outreach.dispatch.transports.smtp_replies import CLOSING, Reply, Step, positive, queue_id
from outreach.model import Letter, Outcome, Verdict


@dataclass(slots=True, eq=False)
class Mail:
    """A letter on its way."""

    letter: Letter
    content: Content
    #: a connection was lost before its dot was written
    returned: bool = False
    #: how often that was one without a letter before it; others end by time or by number
    fresh_losses: int = 0


class Dialogue:
    """One connection's talk with the server.

    Args:
        sender: the envelope sender; see `smtp_envelope.mail_from`.
        most: after so many letters the connection is `spent`.
        timeout: seconds for each answer.
        clock: gives seconds since some moment.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        sender: str,
        most: int,
        timeout: float,
        clock: Callable[[], float],
    ) -> None:
        self.connection = connection
        self._offers = frozenset(connection.esmtp_features)
        self._pipelining = "pipelining" in self._offers
        self._sender = sender
        self._left = most
        self._timeout = timeout
        self._clock = clock
        #: when the answer is overdue, by `clock`
        self.deadline = 0.0
        #: what the next replies answer, and what is said when they have come
        self._expected: deque[tuple[Step, Mail]] = deque()
        self._unsaid: deque[tuple[Step, Mail, bytes]] = deque()
        #: the letter whose dot is written, or about to be, and where in its group the dot stands
        self._dotted: Mail | None = None
        self._dot_at = 0
        #: the letter whose envelope is open, and what the server has said of it
        self._opened: Mail | None = None
        self._refused: Reply | None = None
        self._has_recipient = False
        #: a transaction may be open that came to nothing
        self._unclean = False
        #: no letter was judged yet
        self._fresh = True

    @property
    def busy(self) -> bool:
        """Whether answers are awaited."""
        return bool(self._expected)

    @property
    def awaits_dot(self) -> bool:
        """Whether a letter may be in the server's hands already."""
        return self._dotted is not None

    @property
    def spent(self) -> bool:
        """Whether the connection has carried as many letters as it should."""
        return self._left <= 0

    def begin(self, mail: Mail) -> None:
        """Open the envelope of a letter; not while busy.

        Raises:
            Lost: the connection is lost; nothing was said.
            TransportError: an address can't be said.
        """
        self._open(mail)
        self._say()

    def write_on(self) -> None:
        """Write what could not be written before."""
        before = self.connection.written
        self.connection.write_on()
        if self.connection.written != before:
            self.deadline = self._clock() + self._timeout

    def hear(self, more: Callable[[], Mail | None]) -> Iterator[Outcome]:
        """Take in the answers that have come, give what they mean, and go on.

        `more` gives a further letter, or None, whenever there is room for one.

        Raises:
            Lost: the connection is lost: see `lose`.
            TransportError: the server refuses all of us; letters without an outcome did not leave.
        """
        for code, text in self.connection.replies():
            if not self._expected:
                raise Lost("the server speaks out of turn")
            self.deadline = self._clock() + self._timeout
            step, mail = self._expected.popleft()
            if step is Step.DOT:
                self._fresh = False
                yield self._judged(mail, code, text)
                if code == CLOSING or not self._dot_left:
                    raise Lost(Reply(step, code, text).detail)
                continue
            go_on = positive(step, code)
            if not go_on:
                self._declined(Reply(step, code, text))
            elif step is Step.RCPT:
                self._has_recipient = True
            if self._expected or step is Step.LONE_DOT:
                continue
            if self._refused is not None:
                yield self._turned_down(mail, self._refused, asked=step is Step.DATA and go_on)
            elif step is Step.DATA:
                self._hand_over(mail, more)
            else:
                self._say()

    def lose(self, words: str) -> tuple[Outcome | None, list[Mail]]:
        """Close the connection; give the doubt that is left, and what certainly did not leave."""
        self.connection.close()
        unsent = [mail for mail in (self._dotted, self._opened) if mail is not None]
        for mail in unsent:
            mail.returned = True
            mail.fresh_losses += self._fresh
        if self._dotted is None or not self._dot_left:
            return None, unsent
        del unsent[0]
        detail = f"no answer to the whole message: {words}"
        doubt = Outcome(self._dotted.letter.delivery_id, Verdict.IN_DOUBT, detail=detail)
        return doubt, unsent

    def quit(self) -> None:
        """Say goodbye, if anybody listens, and wait for no answer; not while busy."""
        with suppress(Lost):
            self.connection.say(b"QUIT\r\n")
        self.connection.close()

    @property
    def _dot_left(self) -> bool:
        return self.connection.written > self._dot_at

    def _open(self, mail: Mail) -> None:
        sender = mail_from(mail.letter, mail.content, self._sender, self._offers)
        recipient = rcpt_to(mail.letter, self._offers)
        if self._unclean:
            self._unsaid.append((Step.RSET, mail, b"RSET\r\n"))
        self._unsaid += (
            (Step.MAIL, mail, sender),
            (Step.RCPT, mail, recipient),
            (Step.DATA, mail, b"DATA\r\n"),
        )
        self._opened, self._refused = mail, None
        self._has_recipient = self._unclean = False
        self._left -= 1

    def _say(self, *group: bytes) -> None:
        """Say `group`, a message or nothing, and what may follow it at once."""
        while self._unsaid and (self._pipelining or not group):
            step, mail, command = self._unsaid.popleft()
            self._expected.append((step, mail))
            group += (command,)
        self.deadline = self._clock() + self._timeout
        self.connection.say(b"".join(group))

    def _declined(self, reply: Reply) -> None:
        """Note that a command was not answered by yes.

        Raises:
            Lost: the answer ends the dialogue, or means nothing.
        """
        if reply.code == CLOSING or not reply.negative or reply.step is Step.RSET:
            raise Lost(reply.detail)
        if reply.step is not Step.LONE_DOT:
            self._refused = self._refused or reply

    def _hand_over(self, mail: Mail, more: Callable[[], Mail | None]) -> None:
        """Write the message whose envelope is open, and open the next one behind it."""
        self._dotted, self._opened = mail, None
        self._dot_at = mail.content.size
        self.connection.written = 0
        self._expected.append((Step.DOT, mail))
        if self._pipelining and not self.spent and (following := more()) is not None:
            self._open(following)
        self._say(*mail.content.pieces, DOT)

    def _turned_down(self, mail: Mail, refused: Reply, *, asked: bool) -> Outcome:
        """Give the outcome of a letter whose envelope was refused, and clear it away.

        `asked` is whether the server waits for its message all the same.
        """
        self._unsaid.clear()
        if asked:
            if self._has_recipient:
                # to whom a dot would send nothing at all
                raise Lost("the server wants a message that it has refused")
            self._expected.append((Step.LONE_DOT, mail))
            self._say(DOT)
        self._opened, self._unclean, self._fresh = None, True, False
        return refused.outcome(mail.letter)

    def _judged(self, mail: Mail, code: int, text: str) -> Outcome:
        """Give what the answer to a final dot means.

        Raises:
            Lost: it means nothing, or came before the dot was written.
        """
        delivery_id = mail.letter.delivery_id
        if positive(Step.DOT, code) and self._dot_left:
            self._dotted = None
            return Outcome(delivery_id, Verdict.ACCEPTED, provider_id=queue_id(text))
        reply = Reply(Step.DOT, code, text)
        if not reply.negative:
            raise Lost(f"an answer that means nothing: {reply.detail}")
        self._dotted = None
        if code == CLOSING:
            return Outcome(delivery_id, Verdict.TRY_LATER, detail=reply.detail)
        return reply.outcome(mail.letter)
