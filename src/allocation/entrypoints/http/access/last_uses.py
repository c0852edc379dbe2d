"""Records when keys and sessions were last used, in the background and once a minute at most."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from allocation.errors import EXPECTED

INTERVAL: Final = 60.0
"""Seconds between two records of the same key or session."""

Record = Callable[[str], Awaitable[None]]
"""Records that the key or session with this id is used now."""

logger = logging.getLogger(__name__)


class LastUses:
    """Notes the uses of keys or sessions; they are only recorded while `record` is set."""

    def __init__(self, noun: str) -> None:
        """`noun` says in the log what is used."""
        self._noun: Final = noun
        self.record: Record | None = None
        """Set while the service is running."""
        self._recorded_at = dict[str, float]()
        self._tasks = set[asyncio.Task[None]]()

    def note(self, id: str, now: float) -> None:
        """Note a use; `now` is the time of a monotonic clock, in seconds."""
        if now - self._recorded_at.get(id, float("-inf")) < INTERVAL or self.record is None:
            return
        self._recorded_at[id] = now
        task = asyncio.create_task(self._recorded(self.record, id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self, ended: Iterable[str | None]) -> None:
        """Forget keys or sessions that have ended."""
        for id in ended:
            self._recorded_at.pop(id or "", None)

    async def stop(self) -> None:
        """Record nothing more; return when all records are written."""
        self.record = None
        await asyncio.gather(*self._tasks)

    async def _recorded(self, record: Record, id: str) -> None:
        try:
            await record(id)
        except EXPECTED as error:  # such as an outage; the next use is recorded instead
            self._recorded_at.pop(id, None)
            logger.warning("the use of a %s is not recorded: %s", self._noun, error)
