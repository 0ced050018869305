"""What a transport is: the one method through which letters leave us.

| module   | takes letters to                    | accepted means                           |
|----------|-------------------------------------|------------------------------------------|
| outbox   | a Maildir on this machine           | the file stands under its final name     |
| smtp     | a mail server                       | the server answered 250 to the final dot |
| sendgrid | Twilio SendGrid                     | the API answered 202                     |
| memory   | a list, for tests                   | it is in the list                        |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from outreach import addresses
from outreach.model import Letter, Outcome


class Transport(Protocol):
    """A way for letters to leave us. Used by one thread at a time."""

    #: stands in the ledger beside each row that it settled
    name: str

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Take letters, as many at once as one request holds, and give each outcome when known.

        What the sender knows of a letter follows from this alone: one that was not taken from
        `letters` has not left us; one that was taken is in doubt until its outcome is given. A
        letter of which it can't be known whether it left is IN_DOUBT, never TRY_LATER.

        Raises:
            TransportError: no letter without an outcome left us; outcomes already given stand.
            AccountRefused: likewise, as the provider refuses our account, key or sender.
        """
        ...

    def close(self) -> None:
        """Let go of connections. Safe to call again; `send` after it opens them anew."""
        ...


#: `Outcome.detail` is for people to read
LONGEST_DETAIL = 300


def plain_error(error: BaseException) -> str:
    """Say what a system or a library told of a failure: its words, without their number."""
    words = (error.strerror if isinstance(error, OSError) else "") or str(error)
    words = words or type(error).__name__
    return plain_words(words[0].lower() + words[1:] if words[1:2].islower() else words)


def plain_words(text: str) -> str:
    """Make a server's words fit for `Outcome.detail`: one short line, addresses taken out."""
    text = text[:2000]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(text.split())
    if "@" not in line:
        return line[:LONGEST_DETAIL]
    return addresses.ANYWHERE.sub("(address)", line)[:LONGEST_DETAIL]
