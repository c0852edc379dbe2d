"""Tells that something has changed: the version of the log, read again and again."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from litestar.concurrency import sync_to_thread

from allocation.errors import StoreUnavailable

logger = logging.getLogger(__name__)

INTERVAL: Final = 0.25
"""Seconds between two looks at the log."""


class ChangeSignal:
    """Reads the version of the log while somebody wants to know it.

    One look at the log serves all open pages, however many messages have come: the feed's own tail
    would read and encode each of them.
    """

    def __init__(self, read_version: Callable[[], object]) -> None:
        self.latest: object = None
        """The version of the log, a moment ago; None until it has been read."""
        self._read_version: Final = read_version
        self._users = 0
        self._polling: asyncio.Task[None] | None = None
        self._failed = False

    @contextmanager
    def used(self) -> Iterator[None]:
        """Keep the version fresh while the context is open."""
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
            try:
                self.latest = await sync_to_thread(self._read_version)
                self._failed = False
            except Exception as error:
                self._note(error)
            await asyncio.sleep(INTERVAL)

    def _note(self, error: Exception) -> None:
        """Log a failure, unless the look before has failed as well, or an outage is the reason."""
        if not self._failed and not isinstance(error, StoreUnavailable):
            logger.error("open pages are not told of changes", exc_info=error)
        self._failed = True
