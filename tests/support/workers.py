"""Workers on a notebook's store, in the event loop of a test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from allocation.messaging.bus import MessageBus
from allocation.messaging.relay import Relay
from allocation.messaging.worker import Worker
from tests.support.notebook import Letter
from tests.support.processors import AT_ONCE, NotebookOffice

Carry = Callable[[Letter, object], None]


def a_worker(office: NotebookOffice, carry: Carry = lambda *_: None, **parts: Any) -> Worker:
    """A worker that has not been started; it has letters carried in this way."""
    bus = MessageBus({Letter: [carry]})
    relay = Relay(office.store, bus, clock=office.clock, retries=AT_ONCE)
    return Worker(office.processor, relay, **parts)


@asynccontextmanager
async def at_work(worker: Worker) -> AsyncIterator[Worker]:
    """It works as long as this is open."""
    async with asyncio.timeout(10):
        await worker.start()
        try:
            yield worker
        finally:
            await worker.stop()
