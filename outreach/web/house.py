"""Do synchronous work for a request: in a worker thread, with a database connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager, suppress
from typing import Final, TypeVar

from outreach.errors import DatabaseBusy, StoreError
from outreach.settings import Settings
from outreach.store import Database, open_database
from outreach.store.database import translated
from outreach.web.bounds import Bounds

R = TypeVar("R")

#: requests that are worked on at once; others wait for their turn
THREADS: Final = 8


class House:
    """A workspace as the handlers of one application use it.

    Of houses that share `writers` one task at a time writes, and of each house one at a time waits
    for that: so whoever comes to a house where nobody waits has their turn soon, however many wait
    at others. SQLite's own waiting is to look again, after longer and longer pauses.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        bounds: Bounds,
        *,
        writers: asyncio.Lock | None = None,
        threads: int = THREADS,
    ) -> None:
        self.settings = settings
        self._writers = writers or asyncio.Lock()
        #: tasks that write, under way or waiting for their turn
        self._writing = 0
        self._queue = asyncio.Lock()
        self._busy_seconds = bounds.busy_seconds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def work(self, task: Callable[[Database], R]) -> R:
        """Run `task` in a thread with an open database, which is closed behind it.

        Raises:
            StoreError: the database can't be used.
            OutreachError: whatever else `task` raises.
        """
        return await self.aside(lambda: self._here(task))

    async def aside(self, task: Callable[[], R]) -> R:
        """Run `task` in a thread, without a database.

        Raises:
            OutreachError: whatever `task` raises.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, task)

    @property
    def is_writing(self) -> bool:
        """Whether any task of this house writes, or waits for that."""
        return self._writing > 0

    async def write(self, task: Callable[[Database], R]) -> R:
        """Run a `task` that writes, as `work` does, when it has its turn.

        Raises:
            DatabaseBusy: its turn did not come; others have to wait too long themselves.
        """
        self._writing += 1
        try:
            async with AsyncExitStack() as turn:
                async with asyncio.timeout(self._busy_seconds):
                    await turn.enter_async_context(self._queue)
                    await turn.enter_async_context(self._writers)
                return await self.work(task)
        except TimeoutError:
            raise DatabaseBusy("too many wait for the database") from None
        finally:
            self._writing -= 1

    def _here(self, task: Callable[[Database], R]) -> R:
        path = self.settings.database
        with translated(path), closing(open_database(path, busy_seconds=self._busy_seconds)) as db:
            return task(db)

    def close(self) -> None:
        """Let the threads end; what is under way is finished."""
        self._pool.shutdown()


@contextmanager
def kept_open(settings: Settings) -> Iterator[None]:
    """Hold one idle connection, so that no request's is the last to close.

    The last one writes all of the log into the file, and waits for the disk twice.
    """
    with ExitStack() as stack:
        # without a database each request says so by itself
        with suppress(StoreError):
            stack.enter_context(closing(open_database(settings.database)))
        yield
