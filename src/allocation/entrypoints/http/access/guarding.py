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

    async def record_session(digest: str) -> None:
        await worker.do(partial(application.sessions.note_use, digest, application.clock()))

    refusals = asyncio.create_task(gate.refusals.flush_each_minute())
    gate.uses.record, gate.sessions.uses.record = record, record_session
    try:
        with application.reading_access() as load:
            async with gate.ring.refreshing(load):
                yield
    finally:
        await gate.uses.stop()
        await gate.sessions.uses.stop()
        refusals.cancel()
        with suppress(asyncio.CancelledError):
            await refusals
