"""Records when each key was last used, in the background and once a minute at most."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from allocation.errors import EXPECTED

INTERVAL: Final = 60.0
"""Seconds between two records for the same key."""

Record = Callable[[str], Awaitable[None]]
"""Records that the key with this prefix is used now."""

logger = logging.getLogger(__name__)


class KeyUses:
    """Notes the uses of keys; they are only recorded while there is something to record them."""

    def __init__(self) -> None:
        self.record: Record | None = None
        """Set while the service is running."""
        self._recorded_at = dict[str, float]()
        self._tasks = set[asyncio.Task[None]]()

    def note(self, prefix: str, now: float) -> None:
        """Note a use; `now` is the time of a monotonic clock, in seconds."""
        if now - self._recorded_at.get(prefix, float("-inf")) < INTERVAL or self.record is None:
            return
        self._recorded_at[prefix] = now
        task = asyncio.create_task(self._recorded(self.record, prefix))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Record nothing more; return when all records are written."""
        self.record = None
        await asyncio.gather(*self._tasks)

    async def _recorded(self, record: Record, prefix: str) -> None:
        try:
            await record(prefix)
        except EXPECTED as error:  # such as an outage; the next use is recorded instead
            self._recorded_at.pop(prefix, None)
            logger.warning("the use of a key is not recorded: %s", error, extra={"prefix": prefix})
