"""Understand what was taken in, behind the answers: in one thread, and after everything else.

A person who waits for an answer and a provider that waits for its receipt come first: before each
transaction it looks whether any of them is being served.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
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
#: the longest that it waits for others, so that a flood doesn't keep it from working at all
_COURTESY: Final = 0.5
_GLANCE: Final = 0.005


class Background:
    """Works while the application runs. `house` is a thread of its own; `others` come first."""

    def __init__(self, house: House, others: tuple[House, ...]) -> None:
        self._house = house
        self._others = others
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
                for words in (await self._house.work(self._understand)).failed:
                    log.error("not understood: %s", words)
            except OutreachError as error:
                log.warning("understanding waits: %s", error.problem)
                pause = _PAUSE
            # a fault of ours must not end the loop
            except Exception as error:
                log.error("understanding failed: %s", type(error).__name__)  # noqa: TRY400
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._news.wait()

    def _understand(self, db: Database) -> Understood:
        return understand_waiting(db, self._house.settings, utc_now, should_stop=self._let_others)

    def _let_others(self) -> bool:
        """Wait while others are served, for a moment at most; give whether to end."""
        for _ in range(int(_COURTESY / _GLANCE)):
            if self._stopped or not any(house.busy for house in self._others):
                break
            time.sleep(_GLANCE)
        return self._stopped
