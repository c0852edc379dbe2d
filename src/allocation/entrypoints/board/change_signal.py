"""Tells that something has changed: the number of the last message, read again and again."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from litestar.concurrency import sync_to_thread

from allocation.errors import StoreUnavailable

INTERVAL: Final = 0.25
"""Seconds between two looks at the log."""


class ChangeSignal:
    """Reads the number of the last message while somebody wants to know it.

    One look at the log serves all open pages, however many messages have come: the feed's own tail
    would read and encode each of them.
    """

    def __init__(self, read_last: Callable[[], int]) -> None:
        self.latest = 0
        """The number of the last message, a moment ago."""
        self._read_last: Final = read_last
        self._users = 0
        self._polling: asyncio.Task[None] | None = None

    @contextmanager
    def used(self) -> Iterator[None]:
        """Keep the number fresh while the context is open."""
        self._users += 1
        if self._polling is None:
            self._polling = asyncio.create_task(self._poll())
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                self._polling.cancel()
                self._polling = None

    async def _poll(self) -> None:
        while True:
            with suppress(StoreUnavailable):  # pages that are read meanwhile say so
                self.latest = await sync_to_thread(self._read_last)
            await asyncio.sleep(INTERVAL)
