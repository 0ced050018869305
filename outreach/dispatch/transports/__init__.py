"""What a transport is: the one method through which letters leave us.

| module   | takes letters to                    | accepted means                           |
|----------|-------------------------------------|------------------------------------------|
| outbox   | a Maildir on this machine           | the file stands under its final name     |
| smtp     | a mail server                       | the server answered 250 to the final dot |
| sendgrid | Twilio SendGrid                     | the API answered 202                     |
| memory   | a list, for tests                   | it is in the list                        |
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Protocol

from outreach.model import Letter, Outcome, Verdict


class Transport(Protocol):
    """A way for letters to leave us. Used by one thread at a time."""

    #: stands in the ledger beside each row that it settled
    name: str

    def send(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Hand over `letters` and give one outcome for each, in their order.

        A letter of which it can't be known whether it left is IN_DOUBT, never TRY_LATER. What
        goes wrong with a later letter never loses the outcome of an earlier one. An empty batch
        is no work and never fails.

        Raises:
            TransportError: nothing of this batch left us.
            AccountRefused: likewise, as the provider refuses our account, key or sender.
        """
        ...

    def close(self) -> None:
        """Let go of connections. Safe to call again; `send` after it opens them anew."""
        ...


_ADDRESS: Final = re.compile(r"[^\s<>()\[\]\"',;:]+@[^\s<>()\[\]\"',;:]+")


def plain_words(text: str) -> str:
    """Make a server's words fit for `Outcome.detail`: one short line, addresses taken out."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return _ADDRESS.sub("(address)", line)[:300]


def put_off(letters: Sequence[Letter], detail: str) -> list[Outcome]:
    """Give the outcome TRY_LATER for each of `letters`: they were not handed over at all."""
    return [Outcome(letter.delivery_id, Verdict.TRY_LATER, detail=detail) for letter in letters]
