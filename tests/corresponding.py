"""What tests of single letters share: a workspace that writes and sends them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import letters as made
from sqlite_utils import Database

from outreach.dispatch.correspondence import StoredLetter
from outreach.dispatch.courier import LettersSent
from outreach.dispatch.purposes import LetterPurpose
from outreach.dispatch.transports import Transport
from outreach.dispatch.transports.memory import Memory
from outreach.settings import Pacing, Settings
from outreach.store import atomic
from outreach.workflow.letters import Desk, Wish, list_letters, send_due_letters


@dataclass
class Writing:
    """Writes letters of the message folder `organiser-welcome`, and sends them."""

    db: Database
    settings: Settings
    transport: Transport = field(default_factory=Memory)
    clock: Callable[[], datetime] = field(default_factory=made.Clock)
    pace: Pacing = field(default_factory=Pacing)
    #: reads each message folder once
    _desk: Desk | None = None

    def write(self, email: str = "zuhura@example.org", **more: Any) -> int | None:
        """Write one."""
        values: dict[str, Any] = {
            "purpose": LetterPurpose.ANSWER,
            "template": "organiser-welcome",
            "email": email,
            "language": "en",
        }
        if self._desk is None:
            self._desk = Desk(self.db, self.settings, made.START)
        self._desk.now = self.clock()
        with atomic(self.db):
            return self._desk.write(Wish(**{**values, **more}))

    def send(self, *, only: Collection[int] | None = None) -> LettersSent:
        """Send what is due."""
        return send_due_letters(
            self.db,
            self.settings,
            lambda: self.transport,
            pace=self.pace,
            clock=self.clock,
            only=only,
        )

    @property
    def letters(self) -> list[StoredLetter]:
        """All letters, the oldest first."""
        return list_letters(self.db)[::-1]

    @property
    def states(self) -> list[str]:
        """Where each stands."""
        return [letter.state for letter in self.letters]

    @property
    def got(self) -> list[str]:
        """Who got one, by the transport's own account."""
        assert isinstance(self.transport, Memory)
        return [letter.message.recipient.email for letter in self.transport.accepted]
