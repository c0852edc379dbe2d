"""The rounds: what a process sees to again and again, whether somebody asks or not."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from functools import partial
from typing import Final

from allocation.messaging.deliveries import Delivery
from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.group import ENDING
from allocation.messaging.log import Status
from allocation.messaging.outage import Outage
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.sync_bridge import in_thread
from allocation.messaging.write_lock import WriteLock

logger = logging.getLogger(__name__)

POLL_INTERVAL: Final = 1.0
"""Seconds between looks for unfinished messages that have become due."""

MAINTENANCE_INTERVAL: Final = 60.0
"""Seconds between the end of the chores and their next beginning."""

CHECKPOINT_DELAY: Final = 0.1
"""Seconds after a group at which the upkeep begins, also for the groups written meanwhile."""

MaintenanceJob = Callable[[], Iterator[object]]
"""Work on the store that can wait, begun anew; every step is soon done."""

AfterWriteHook = Callable[[], None]
"""Work that the store is glad of when something has been written; it keeps no writer waiting."""


class BackgroundTasks:
    """Carries outside what is due, in a thread, since a mail server may take its time.

    Where there is something PENDING that is due, `go_on` is called: it is the worker's. The
    chores are done step by step, between the groups; the upkeep in a thread, beside them.
    """

    def __init__(
        self,
        relay: OutboxRelay,
        writer: WriteLock,
        go_on: Callable[[], None],
        maintenance: MaintenanceJob | None,
        after_write: AfterWriteHook | None,
        outage: Outage,
    ) -> None:
        self._outage = outage
        self._relay = relay
        self._write_lock = writer
        self._resume = go_on
        self._maintenance = maintenance
        self._after_write = after_write
        self._written = asyncio.Event()
        self._raised = asyncio.Event()
        self._stopped = asyncio.Event()

    def look(self) -> None:
        """Look at once for unfinished messages that have become due."""
        self._raised.set()

    def stop(self) -> None:
        """Come to an end; what is to go outside stays in the log."""
        self._stopped.set()
        self._raised.set()
        self._written.set()

    def note_write(self) -> None:
        """A group has been written."""
        self._written.set()

    async def poll_due(self) -> None:
        """Until it is stopped; trouble is looked at again."""
        while not self._stopped.is_set():
            await _happens(self._raised, within=POLL_INTERVAL)
            self._raised.clear()
            await self._retry_later(self._deliver_due, "what is due is looked at again")

    async def run_maintenance(self) -> None:
        """Until it is stopped; what fails is begun anew the next time."""
        if self._maintenance is None:
            return
        act = partial(self._run_maintenance_job, self._maintenance)
        while not self._stopped.is_set():
            await self._retry_later(act, "maintenance runs")
            await _happens(self._stopped, within=MAINTENANCE_INTERVAL)

    async def run_checkpoints(self) -> None:
        """Until it is stopped: after something has been written, and all that comes meanwhile."""
        if self._after_write is None:
            return
        act = partial(in_thread, self._after_write)
        while not self._stopped.is_set():
            await self._written.wait()
            await _happens(self._stopped, within=CHECKPOINT_DELAY)
            self._written.clear()
            await self._retry_later(act, "the after-write hook runs")

    async def _deliver_due(self) -> None:
        while Status.OUTGOING in await self._due() and not self._stopped.is_set():
            batch = deque(await self._write_lock.do(self._relay.claim))
            if not batch:  # another process was faster
                return
            try:
                await self._deliver(batch)
            finally:
                if batch:
                    await self._write_lock.do(partial(self._relay.release, batch))

    async def _deliver(self, batch: deque[Delivery]) -> None:
        while batch and self._relay.may_begin(batch[0]) and not self._stopped.is_set():
            claimed = batch.popleft()
            outcome = await in_thread(partial(self._relay.deliver, claimed))
            await self._write_lock.do(partial(self._relay.settle, claimed, outcome))
            await self._due()

    async def _due(self) -> Collection[Status]:
        """What is PENDING does not wait until all that is OUTGOING has been carried."""
        due = await self._write_lock.do(self._relay.due)
        if Status.PENDING in due:
            self._resume()
        return due

    async def _run_maintenance_job(self, maintenance: MaintenanceJob) -> None:
        async for _ in self._write_lock.each(maintenance()):
            if self._stopped.is_set():
                return

    async def _retry_later(self, act: Callable[[], Awaitable[None]], what: str) -> None:
        """Trouble is told of, and ends nothing, unless nothing can go on after it."""
        try:
            await act()
        except ENDING:
            raise
        except StoreUnavailable as error:
            self._outage.failed(what, error)
        except Exception:
            logger.exception("%s later", what)
        else:
            self._outage.succeeded(what)


async def _happens(event: asyncio.Event, *, within: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            await event.wait()
