"""Workers on a notebook's store, in the event loop of a test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from allocation.messaging.background import MaintenanceJob
from allocation.messaging.deliveries import Destination
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.worker import Worker
from tests.support.processors import AT_ONCE, ToyHarness
from tests.support.toy_domain import Letter

Carry = Callable[[Letter, object], None]


def a_worker(harness: ToyHarness, deliver: Carry = lambda *_: None, **parts: Any) -> Worker:
    """A worker that has not been started; it has letters carried in this way."""
    post = [Destination("post", {Letter: deliver})]
    relay = OutboxRelay(harness.store, post, clock=harness.clock, retries=AT_ONCE)
    return Worker(harness.processor, relay, **parts)


@asynccontextmanager
async def at_work(worker: Worker) -> AsyncIterator[Worker]:
    """It works as long as this is open."""
    async with asyncio.timeout(10):
        await worker.start()
        try:
            yield worker
        finally:
            await worker.stop()


Story = Callable[["WorkerHarness"], Awaitable[None]]


@dataclass
class WorkerHarness(ToyHarness):
    """A notebook with a worker."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.delivered = asyncio.Event()
        self.letters: list[str] = []
        self.maintenance: MaintenanceJob | None = None

    def worker(self, capacity: int = 1000) -> Worker:
        """A worker that has not been started."""
        return a_worker(self, self._carry, capacity=capacity, maintenance=self.maintenance)

    def working(self, capacity: int = 1000) -> AbstractAsyncContextManager[Worker]:
        """A worker at work."""
        return at_work(self.worker(capacity))

    def _carry(self, letter: Letter, _: object) -> None:
        self.letters.append(letter.text)
        asyncio.run_coroutine_threadsafe(self._tell(), self.loop)

    async def _tell(self) -> None:
        self.delivered.set()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def run(self, story: Story) -> None:
        """Let the story take place; it has ten seconds."""

        async def in_time() -> None:
            self._loop = asyncio.get_running_loop()
            async with asyncio.timeout(10):
                await story(self)

        asyncio.run(in_time())
