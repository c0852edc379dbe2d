"""Background tasks of a worker: polling the log, maintenance jobs, after-write hooks."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from functools import partial
from typing import Final

from allocation.messaging.deliveries import Delivery
from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.group import ENDING_ERRORS
from allocation.messaging.log import Status
from allocation.messaging.outage import Outage
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.sync_bridge import WriteLock, in_thread

logger = logging.getLogger(__name__)

POLL_INTERVAL: Final = 1.0
"""Seconds between polls of the log for unfinished messages that have become due."""

MAINTENANCE_INTERVAL: Final = 60.0
"""Seconds between the end of one maintenance run and the start of the next."""

CHECKPOINT_DELAY: Final = 0.1
"""Seconds between a write and the after-write hook; writes in between share one call."""

MaintenanceJob = Callable[[], Iterator[object]]
"""Starts a maintenance run on the store and returns its steps, each of them short."""

AfterWriteHook = Callable[[], None]
"""Called in a thread after writes, a SQLite checkpoint for example; it must not block writers."""


class BackgroundTasks:
    """Polls the log for due messages, and runs maintenance and the after-write hook.

    Deliveries are made in a thread, since a mail server may be slow. Maintenance runs step by
    step between groups, the after-write hook in a thread beside them.
    """

    def __init__(
        self,
        relay: OutboxRelay,
        write_lock: WriteLock,
        maintenance: MaintenanceJob | None,
        after_write: AfterWriteHook | None,
        outage: Outage,
    ) -> None:
        self._outage = outage
        self._relay = relay
        self._write_lock = write_lock
        self._maintenance = maintenance
        self._after_write = after_write
        self.written = asyncio.Event()
        """Set by the group loop after each write, so that the after-write hook runs."""
        self._wake = asyncio.Event()
        self._stopped = asyncio.Event()

    def poll_now(self) -> None:
        """Poll for due messages at once instead of at the next interval."""
        self._wake.set()

    def stop(self) -> None:
        """Stop all tasks; undelivered messages stay in the log."""
        self._stopped.set()
        self._wake.set()
        self.written.set()

    async def poll_due(self, resume: Callable[[], None]) -> None:
        """Poll for due messages until stopped; a failed poll is repeated.

        Due deliveries are made here; `resume` is called if PENDING messages are due.
        """
        poll = partial(self._deliver_due, resume)
        while not self._stopped.is_set():
            await _wait_for(self._wake, timeout=POLL_INTERVAL)
            self._wake.clear()
            await self._log_failure(poll, "polling for due messages")

    async def run_maintenance(self) -> None:
        """Run the maintenance job until stopped; a failed run starts again next time."""
        if self._maintenance is None:
            return
        job = partial(self._run_maintenance_job, self._maintenance)
        while not self._stopped.is_set():
            await self._log_failure(job, "maintenance")
            await _wait_for(self._stopped, timeout=MAINTENANCE_INTERVAL)

    async def run_checkpoints(self) -> None:
        """Run the after-write hook shortly after each burst of writes, until stopped."""
        if self._after_write is None:
            return
        hook = partial(in_thread, self._after_write)
        while not self._stopped.is_set():
            await self.written.wait()
            await _wait_for(self._stopped, timeout=CHECKPOINT_DELAY)
            self.written.clear()
            await self._log_failure(hook, "the after-write hook")

    async def _deliver_due(self, resume: Callable[[], None]) -> None:
        while Status.OUTGOING in await self._due(resume) and not self._stopped.is_set():
            batch = deque(await self._write_lock.do(self._relay.claim))
            if not batch:  # another server was faster
                return
            try:
                await self._deliver(batch, resume)
            finally:
                if batch:
                    await self._write_lock.do(partial(self._relay.release, batch))

    async def _deliver(self, batch: deque[Delivery], resume: Callable[[], None]) -> None:
        while batch and self._relay.may_begin(batch[0]) and not self._stopped.is_set():
            claimed = batch.popleft()
            outcome = await in_thread(partial(self._relay.deliver, claimed))
            await self._write_lock.do(partial(self._relay.settle, claimed, outcome))
            await self._due(resume)

    async def _due(self, resume: Callable[[], None]) -> Collection[Status]:
        """Ask the log which messages are due; call `resume` if PENDING ones are."""
        due = await self._write_lock.do(self._relay.due)
        if Status.PENDING in due:
            resume()
        return due

    async def _run_maintenance_job(self, maintenance: MaintenanceJob) -> None:
        async for _ in self._write_lock.each(maintenance()):
            if self._stopped.is_set():
                return

    async def _log_failure(self, act: Callable[[], Awaitable[None]], name: str) -> None:
        """Run a task once; log a failure and continue, unless the error ends the process."""
        try:
            await act()
        except ENDING_ERRORS:
            raise
        except StoreUnavailable as error:
            self._outage.failed(name, error)
        except Exception:
            logger.exception("%s failed and will be retried", name)
        else:
            self._outage.succeeded(name)


async def _wait_for(event: asyncio.Event, *, timeout: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            await event.wait()
