"""Answer the forms that were taken in, at moments that tell nothing of them.

Whoever fills in a form could listen for what it sets off. So nothing begins when a form comes: all
that wait are answered at ticks with a random wait, and each has the writing turn for the same time,
see `workflow.formanswers`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from contextlib import suppress
from functools import partial
from typing import Final

from outreach.errors import OutreachError, StoreError
from outreach.store import Database
from outreach.web.house import House
from outreach.wiring import utc_now
from outreach.workflow import formanswers
from outreach.workflow.formanswers import Ready

log: Final = logging.getLogger("outreach.web")

#: seconds after which a form that could not be answered is tried again, and told of
_AGAIN: Final = 60.0


class Answering:
    """Works while the application runs, in a `house` of its own.

    From the end of one tick to the next `every` seconds pass, and up to as many more.
    """

    def __init__(self, house: House, every: float) -> None:
        self._house = house
        self._every = every
        #: forms that could not be answered, and when they are tried again
        self._put_off: dict[int, float] = {}
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what an earlier run left."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End after the form under way; what is left waits."""
        self._stopping.set()
        if self._task is not None:
            await self._task
        self._house.close()

    async def _run(self) -> None:
        wait = random.SystemRandom().uniform
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(wait(self._every, 2 * self._every)):
                    await self._stopping.wait()
            try:
                await self._answer_all()
            except OutreachError as error:
                log.warning("forms wait: %s", error.problem)
            # a fault of ours must not end the loop
            except Exception as error:
                log.error("forms wait: %s", type(error).__name__)  # noqa: TRY400

    async def _answer_all(self) -> None:
        now = asyncio.get_running_loop().time()
        self._put_off = {one: until for one, until in self._put_off.items() if until > now}
        for signup_id in await self._house.work(self._new):
            if self._stopping.is_set():
                return
            try:
                ready = await self._house.work(partial(self._make_ready, signup_id))
                if ready is not None:
                    await self._house.write(partial(self._answer, ready))
            except StoreError:
                raise
            # whatever is wrong with one keeps no other waiting
            except Exception as error:
                log.error("form %d waits: %s", signup_id, formanswers.fault_of(error))  # noqa: TRY400
                self._put_off[signup_id] = now + _AGAIN

    def _new(self, db: Database) -> list[int]:
        return formanswers.new_forms(db, but=self._put_off)

    def _make_ready(self, signup_id: int, db: Database) -> Ready | None:
        return formanswers.make_ready(db, self._house.settings, signup_id, utc_now())

    def _answer(self, ready: Ready, db: Database) -> bool:
        settings = self._house.settings
        return formanswers.answer(db, settings, ready, utc_now, sleep=time.sleep)
