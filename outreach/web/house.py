"""Do synchronous work for a request: in a worker thread, with a database connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Final, TypeVar

from outreach.errors import StoreError
from outreach.settings import Settings
from outreach.store import Database, open_database
from outreach.store.database import translated
from outreach.web.bounds import Bounds

R = TypeVar("R")

#: requests that are worked on at once; others wait for their turn
THREADS: Final = 8


class House:
    """A workspace as the handlers of one application use it."""

    def __init__(
        self, settings: Settings, name: str, bounds: Bounds, *, threads: int = THREADS
    ) -> None:
        self.settings = settings
        self._busy_seconds = bounds.busy_seconds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        #: requests that are worked on or wait for their turn
        self._under_way = 0

    @property
    def busy(self) -> bool:
        """Whether any request is under way."""
        return self._under_way > 0

    async def work(self, task: Callable[[Database], R]) -> R:
        """Run `task` in a thread with an open database, which is closed behind it.

        Raises:
            StoreError: the database can't be used.
            OutreachError: whatever else `task` raises.
        """
        self._under_way += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self.work_here, task)
        finally:
            self._under_way -= 1

    def work_here(self, task: Callable[[Database], R]) -> R:
        """Run `task` in this very thread."""
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
