"""Where SendGrid posts: what happened to letters, and the mails that come in.

A body is verified, stored as it came, committed and answered; understanding it comes later. What a
status means to SendGrid decides which one it gets: an event is posted again for a day after any
answer but 2xx; a mail for three days after 5xx, and never again, without a word to anybody, after
4xx. So a mail that might be real gets no 4xx.

    what came                                    /webhooks/events    /webhooks/mail
    new, committed                               200                 200
    here before                                  200                 200
    signed, and can't be read                    400                 200: kept for staff
    not signed by the key of the settings        403                 503
    no key in the settings, or one that is none  503                 503
    cut off or too slow                          503                 503
    more than 35 MB                              413                 413
    more at once than we hold in memory          503                 503
    the database is busy, full or gone           503                 503
    a fault of this program                      500                 500
    anything but POST                            405                 405
    with a length and in chunks at once          503                 503

What is posted to an address below /webhooks/ that is neither of the two, as with a / behind it, was
meant for one of them: 503, until somebody mends the address.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from outreach.errors import InputError, NotSigned, OutreachError, SettingsError
from outreach.web.bodies import Room, read_body
from outreach.web.bounds import MOST_POSTED, Bounds
from outreach.web.door import RETRY_AFTER
from outreach.web.house import House
from outreach.web.public.background import Background
from outreach.wiring import utc_now
from outreach.workflow.posted import prove_mail
from outreach.workflow.webhooks import prove_events, take_events, take_mail

log: Final = logging.getLogger("outreach.web")

Take = Callable[[bytes, Mapping[str, str]], Awaitable[None]]

#: what raises -> status for events, status for mails; the first that fits counts
STATUSES: Final[tuple[tuple[type[Exception], int, int], ...]] = (
    (NotSigned, 403, 503),
    (SettingsError, 503, 503),
    (InputError, 400, 503),
    (OutreachError, 503, 503),
    (Exception, 500, 500),
)


class Webhooks:
    """Both doors. `house` has threads of its own, so that no page waits for them."""

    def __init__(self, house: House, background: Background, bounds: Bounds) -> None:
        self._house = house
        self._background = background
        self._room = Room(bounds.most_held)
        self._seconds = bounds.body_seconds

    @property
    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/webhooks/events", self.events, methods=["POST"]),
            Route("/webhooks/mail", self.mail, methods=["POST"]),
            Route("/webhooks/{other:path}", self.elsewhere, methods=["POST"]),
        ]

    async def events(self, request: Request) -> Response:
        """Take in a body of the Event Webhook."""
        return await self._answered(request, self._take_events, mail=False)

    async def mail(self, request: Request) -> Response:
        """Take in a body of Inbound Parse."""
        return await self._answered(request, self._take_mail, mail=True)

    async def elsewhere(self, _request: Request) -> Response:
        """Keep whoever posts to a mistyped address from taking it for a no."""
        log.warning("something is posted to an address below /webhooks/ that is none")
        return _answer(503, "mend the address: /webhooks/events or /webhooks/mail")

    async def _take_events(self, raw: bytes, headers: Mapping[str, str]) -> None:
        """Prove a body while others may write, so that its turn is short."""
        settings = self._house.settings
        proved = await self._house.aside(lambda: prove_events(settings, raw, headers))
        await self._house.write(lambda db: take_events(db, proved, utc_now()))

    async def _take_mail(self, raw: bytes, headers: Mapping[str, str]) -> None:
        """As `_take_events`: a mail may have 35 MB."""
        settings = self._house.settings
        proved = await self._house.aside(lambda: prove_mail(settings, raw, headers, utc_now()))
        await self._house.write(lambda db: take_mail(db, proved, utc_now()))

    async def _answered(self, request: Request, take: Take, *, mail: bool) -> Response:
        try:
            with self._room.taken() as take_room:
                raw = await read_body(
                    request, most=MOST_POSTED, seconds=self._seconds, take=take_room
                )
                await take(raw, dict(request.headers))
        except HTTPException as error:
            if error.status_code == 413:
                return _answer(413, "a body may have 35 MB")
            return _answer(503, "too slow, or more at once than can be held")
        except ClientDisconnect:
            return _answer(503, "cut off")
        except Exception as error:
            status, why = _refusal(error, mail=mail)
            log.warning("%s: %s", "mail" if mail else "events", why)
            return _answer(status, why)
        self._background.wake()
        return _answer(200, "taken")


def _refusal(error: Exception, *, mail: bool) -> tuple[int, str]:
    """Give the status for what was raised, and why in words without anything of the body."""
    why = error.problem if isinstance(error, OutreachError) else type(error).__name__
    for cls, for_events, for_mails in STATUSES:
        if isinstance(error, cls):
            return (for_mails if mail else for_events), why
    raise AssertionError


def _answer(status: int, words: str) -> Response:
    headers = {"Retry-After": RETRY_AFTER} if status == 503 else {}
    if status in (413, 503):
        headers["Connection"] = "close"
    return PlainTextResponse(f"{words}\n", status, headers=headers)
