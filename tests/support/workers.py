"""Workers on a notebook's store, in the event loop of a test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from allocation.messaging.bus import MessageBus
from allocation.messaging.relay import Relay
from allocation.messaging.rounds import Chores
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


Story = Callable[["Office"], Awaitable[None]]


@dataclass
class Office(NotebookOffice):
    """A notebook with a worker."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.carried = asyncio.Event()
        self.letters: list[str] = []
        self.chores: Chores | None = None

    def worker(self, capacity: int = 1000) -> Worker:
        """A worker that has not been started."""
        return a_worker(self, self._carry, capacity=capacity, chores=self.chores)

    def working(self, capacity: int = 1000) -> AbstractAsyncContextManager[Worker]:
        """A worker at work."""
        return at_work(self.worker(capacity))

    def _carry(self, letter: Letter, _: object) -> None:
        self.letters.append(letter.text)
        asyncio.run_coroutine_threadsafe(self._tell(), self.loop)

    async def _tell(self) -> None:
        self.carried.set()

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
