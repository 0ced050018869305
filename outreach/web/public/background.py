"""Understand what was taken in, behind the answers: some bodies or a mail at a time.

Whoever waits for an answer is served in between, see `House.write`, and posts come first.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import Final

from outreach.errors import OutreachError
from outreach.store import Database
from outreach.web.house import House
from outreach.wiring import utc_now
from outreach.workflow.events import ReadBody
from outreach.workflow.webhooks import (
    Understood,
    read_waiting_events,
    understand_events,
    understand_mails,
)

log: Final = logging.getLogger("outreach.web")

#: also without anything new it looks: for what failed, or came another way
_LOOK_AGAIN: Final = 60.0
#: after the database could not be used
_PAUSE: Final = 2.0
_COURTESY: Final = 0.5
_GLANCE: Final = 0.01


class Background:
    """Works while the application runs, in a `house` of its own; `posts` come before it.

    `pages` have not long to wait either: it goes on to the next body only where nobody does.
    """

    def __init__(self, house: House, posts: House, pages: House) -> None:
        self._house = house
        self._posts = posts
        self._others = (posts, pages)
        self._news = asyncio.Event()
        self._stopped = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what an earlier run left."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Say that something was taken in."""
        self._news.set()

    async def stop(self) -> None:
        """End after the transaction under way; what is left waits."""
        self._stopped = True
        self._news.set()
        if self._task is not None:
            await self._task
        self._house.close()

    async def _run(self) -> None:
        while not self._stopped:
            self._news.clear()
            pause = _LOOK_AGAIN
            try:
                await self._understand_events()
                await self._understand_mails()
            except OutreachError as error:
                log.warning("understanding waits: %s", error.problem)
                pause = _PAUSE
            # a fault of ours must not end the loop
            except Exception as error:
                log.error("understanding failed: %s", type(error).__name__)  # noqa: TRY400
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._news.wait()

    async def _understand_events(self) -> None:
        """Understand all bodies of events that can be; the next are read while some are written."""
        failed: set[int] = set()
        bodies: list[ReadBody] = []
        ahead: asyncio.Task[list[ReadBody]] | None = None
        try:
            while not self._stopped:
                await self._let_posts()
                if not bodies:
                    bodies = await (ahead or self._read_events(failed, bodies))
                    ahead = None
                if not bodies:
                    return
                if ahead is None and not self._is_awaited():
                    ahead = asyncio.create_task(self._read_events(failed, bodies))
                one = await self._house.write(partial(self._understand, bodies))
                self._note(failed, one)
                bodies = bodies[one.done :]
        finally:
            if ahead is not None:
                ahead.cancel()

    async def _read_events(self, failed: set[int], begun: list[ReadBody]) -> list[ReadBody]:
        """Read bodies that wait and are not begun."""
        but = failed.union(body.body_id for body in begun)
        bodies, unread = await self._house.work(partial(read_waiting_events, but=but))
        self._note(failed, unread)
        return bodies

    async def _understand_mails(self) -> None:
        while not self._stopped:
            await self._let_posts()
            one = await self._house.write(self._understand_mail)
            if not one.done:
                return

    def _note(self, failed: set[int], one: Understood) -> None:
        for body_id, fault in one.failed.items():
            log.error("body %d of events not understood: %s", body_id, fault)
        failed.update(one.failed)

    async def _let_posts(self) -> None:
        """Wait while a provider waits for its receipt; not for ever, or a flood would stop us."""
        for _ in range(int(_COURTESY / _GLANCE)):
            if self._stopped or not self._posts.is_writing:
                return
            await asyncio.sleep(_GLANCE)

    def _understand(self, bodies: list[ReadBody], db: Database) -> Understood:
        return understand_events(db, bodies, utc_now, should_stop=self._is_awaited)

    def _understand_mail(self, db: Database) -> Understood:
        return understand_mails(db, self._house.settings, utc_now, most=1)

    def _is_awaited(self) -> bool:
        """Whether somebody waits for the turn that a task of ours has."""
        return any(house.is_writing for house in self._others)
