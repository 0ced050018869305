"""Understand what was taken in, behind the answers: a body or a mail at a time.

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
from outreach.workflow.webhooks import Understood, understand_waiting

log: Final = logging.getLogger("outreach.web")

#: also without anything new it looks: for what failed, or came another way
_LOOK_AGAIN: Final = 60.0
#: after the database could not be used
_PAUSE: Final = 2.0
_COURTESY: Final = 0.5
_GLANCE: Final = 0.01


class Background:
    """Works while the application runs, in a `house` of its own; `posts` come before it."""

    def __init__(self, house: House, posts: House) -> None:
        self._house = house
        self._posts = posts
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
                await self._work_off()
            except OutreachError as error:
                log.warning("understanding waits: %s", error.problem)
                pause = _PAUSE
            # a fault of ours must not end the loop
            except Exception as error:
                log.error("understanding failed: %s", type(error).__name__)  # noqa: TRY400
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._news.wait()

    async def _work_off(self) -> None:
        """Understand one after the other, until none is left or all that are left failed."""
        failed: set[int] = set()
        while not self._stopped:
            await self._let_posts()
            one = await self._house.write(partial(self._understand, failed))
            for body_id, fault in one.failed.items():
                log.error("body %d of events not understood: %s", body_id, fault)
            failed.update(one.failed)
            if not one.done:
                return

    async def _let_posts(self) -> None:
        """Wait while a provider waits for its receipt; not for ever, or a flood would stop us."""
        for _ in range(int(_COURTESY / _GLANCE)):
            if self._stopped or not self._posts.is_writing:
                return
            await asyncio.sleep(_GLANCE)

    def _understand(self, failed: set[int], db: Database) -> Understood:
        settings = self._house.settings
        return understand_waiting(db, settings, utc_now, most=1, but=failed)
