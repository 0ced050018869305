"""The connections to one mail server that are open now, and which of them have something to say."""

from __future__ import annotations

import selectors
from collections.abc import Callable, Iterator
from typing import Final

from outreach.dispatch.transports.smtp_connection import Server
from outreach.dispatch.transports.smtp_dialogue import Dialogue, Mail
from outreach.errors import TransportError

#: seconds that letters on other connections wait, at most, while one more is opened
_PATIENCE: Final = 30.0
#: seconds after which more connections are tried again, where the server would have no more
_MORE_AFTER: Final = 300.0


class Pool:
    """Opens connections as they are needed; the arguments are those of `smtp.Smtp`."""

    def __init__(
        self,
        server: Server,
        *,
        sender: str,
        connections: int,
        most: int,
        timeout: float,
        clock: Callable[[], float],
    ) -> None:
        self._server = server
        self._sender = sender
        self._connections = connections
        self._most = most
        self._timeout = timeout
        self._clock = clock
        #: what is said of a connection that hangs
        self.overdue = f"no answer within {timeout:g} seconds"
        self._selector = selectors.DefaultSelector()
        #: with the events that the selector looks for
        self._open: dict[Dialogue, int] = {}
        #: as many as the server would have, and until when that is believed
        self._fewer = connections
        self._fewer_until = 0.0

    @property
    def busy(self) -> bool:
        """Whether any answer is awaited."""
        return any(dialogue.busy for dialogue in self._open)

    def has_room(self) -> bool:
        """Whether a letter can begin now, if a connection can be opened for it."""
        for dialogue in [d for d in self._open if d.spent and not d.busy]:
            self.remove(dialogue)
            dialogue.quit()
        return self._may_open() or any(not d.busy for d in self._open)

    def idle_or_new(self, *, new: bool) -> Dialogue | None:
        """Give a dialogue for a letter, rather a `new` one or not; None if it can't be opened.

        Raises:
            TransportError: none is open, and none can be opened.
        """
        idle = next((dialogue for dialogue in self._open if not dialogue.busy), None)
        if idle is not None and not (new and self._may_open()):
            return idle
        try:
            patience = min(self._timeout, _PATIENCE) if self._open else self._timeout
            connection = self._server.connect(patience)
        except TransportError:
            if not self._open:
                raise
            self._fewer = len(self._open)
            self._fewer_until = self._clock() + _MORE_AFTER
            return None
        dialogue = Dialogue(
            connection,
            sender=self._sender,
            most=self._most,
            timeout=self._timeout,
            clock=self._clock,
        )
        self._selector.register(connection.wire, connection.events, dialogue)
        self._open[dialogue] = connection.events
        return dialogue

    def _may_open(self) -> bool:
        limit = self._fewer if self._clock() < self._fewer_until else self._connections
        return len(self._open) < limit

    def select(self, *, wait: bool) -> tuple[list[Dialogue], list[Dialogue]]:
        """Give the dialogues that can go on, and those whose answer is overdue.

        With `wait` it waits until there is one of either.
        """
        for dialogue, events in self._open.items():
            if dialogue.connection.events != events:
                self._open[dialogue] = dialogue.connection.events
                self._selector.modify(
                    dialogue.connection.wire, dialogue.connection.events, dialogue
                )
        deadline = min([d.deadline for d in self._open if d.busy], default=0.0)
        patience = max(0.0, deadline - self._clock()) if wait else 0.0
        ready = [key.data for key, _ in self._selector.select(patience)]
        now = self._clock()
        if now < deadline:
            return ready, []
        # only who was silent just now: its answer may have waited for us
        hung = [d for d in self._open if d.busy and d.deadline <= now and d not in ready]
        return ready, hung

    def remove(self, dialogue: Dialogue) -> None:
        """Have no more to do with a dialogue, whose connection its caller closes."""
        del self._open[dialogue]
        self._selector.unregister(dialogue.connection.wire)

    def drop_undotted(self) -> Iterator[Mail]:
        """Drop every dialogue that awaits no answer to a final dot; give their letters."""
        for dialogue in [d for d in self._open if not d.awaits_dot]:
            self.remove(dialogue)
            yield from dialogue.lose("")[1]

    def close(self) -> None:
        """Close all: with a goodbye where nothing is under way."""
        for dialogue in list(self._open):
            self.remove(dialogue)
            if dialogue.busy:
                dialogue.connection.close()
            else:
                dialogue.quit()
