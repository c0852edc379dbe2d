"""Workers on a notebook's store, in the event loop of a test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from allocation.messaging.deliveries import Destination
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.worker import Worker
from tests.support.processors import AT_ONCE, ToyHarness
from tests.support.toy_domain import Letter
from tests.support.waiting import TIMEOUT

Deliver = Callable[[Letter, object], None]


@dataclass
class WorkerHarness(ToyHarness):
    """A notebook with a worker."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.delivered = asyncio.Event()
        self.letters: list[str] = []

    def worker(self, deliver: Deliver | None = None, **parts: Any) -> Worker:
        """A worker that has not been started; letters are delivered to `letters`, or as said."""
        self._loop = asyncio.get_running_loop()
        post = [Destination("post", {Letter: deliver or self._deliver})]
        relay = OutboxRelay(self.store, post, clock=self.clock, retries=AT_ONCE)
        return Worker(self.processor, relay, **parts)

    def working(
        self, deliver: Deliver | None = None, **parts: Any
    ) -> AbstractAsyncContextManager[Worker]:
        """A worker at work."""
        return at_work(self.worker(deliver, **parts))

    def _deliver(self, letter: Letter, _: object) -> None:
        self.letters.append(letter.text)
        self._loop.call_soon_threadsafe(self.delivered.set)


@asynccontextmanager
async def at_work(worker: Worker) -> AsyncIterator[Worker]:
    """It works as long as this is open."""
    async with asyncio.timeout(TIMEOUT):
        await worker.start()
        try:
            yield worker
        finally:
            await worker.stop()
