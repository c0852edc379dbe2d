"""What access needs while a service is running: fresh keys, records of their use, and a log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from allocation.bootstrap import Application, Worker
from allocation.entrypoints.http.access.gate import Gate


@asynccontextmanager
async def guarded(gate: Gate, application: Application, worker: Worker) -> AsyncIterator[None]:
    """Read the keys again and again, and record their uses, while the context is open.

    Raises:
        StoreUnavailable: the database cannot be read.
        Fatal: the process cannot continue.
    """

    async def record(prefix: str) -> None:
        await worker.do(partial(application.keys.note_uses, {prefix: application.clock()}))

    refusals = asyncio.create_task(gate.refusals.flush_each_minute())
    gate.uses.record = record
    try:
        with application.reading_keys() as load:
            async with gate.ring.refreshing(load):
                yield
    finally:
        await gate.uses.stop()
        refusals.cancel()
        with suppress(asyncio.CancelledError):
            await refusals
