"""How much an application takes, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: SendGrid takes mails of up to 30 MB; a form is a little larger
MOST_POSTED: Final = 35 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of one application; the defaults are what is meant."""

    #: for a writer to wait for another before it is told that the database is busy
    busy_seconds: float = 5.0
    #: for what was started apart to begin, before whoever pressed is led on
    begin_seconds: float = 1.5
    #: for a whole body of a webhook to come
    body_seconds: float = 60.0
    #: bytes of all webhooks' bodies that are held at once
    most_held: int = 8 * MOST_POSTED
    #: wrong tokens of one network in ten minutes before it is told to wait
    guesses: int = 30
    #: forms within an hour that one network may fill in, and the bearers of one letter's link
    forms: int = 20
    #: seconds from one answering of forms to the next, with up to as many more by chance
    forms_every: float = 5.0


DEFAULT: Final = Bounds()
