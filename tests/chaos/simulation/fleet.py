"""The servers: each serves, dies or is stopped, and is started again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random

from allocation.messaging.errors import Busy, Stopping, StoreUnavailable
from allocation.messaging.log import Answer
from allocation.messaging.worker import Worker
from tests.chaos.simulation.faults import Killed
from tests.chaos.simulation.process import Process, Surroundings


@dataclass(frozen=True)
class _Server:
    process: Process
    worker: Worker


class Fleet:
    """One to three servers."""

    def __init__(self, rng: Random, around: Surroundings, tell: Callable[[str], None]) -> None:
        self._rng = rng
        self._around = around
        self._tell = tell
        self.size = rng.randint(1, 3)
        self._serving: dict[int, _Server] = {}

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """The servers serve as long as this is open."""
        self._open = True
        servers = [asyncio.create_task(self._serve(number)) for number in range(self.size)]
        yield
        self._open = False
        await asyncio.wait(servers, timeout=60)

    async def send(self, message: object, key: str) -> Answer | None:
        """The answer of one of them; None if there is none, or it dies before."""
        if not self._serving:
            return None
        server = self._serving[self._rng.choice(sorted(self._serving))]
        submitted = asyncio.ensure_future(server.worker.submit(message, key))
        patience = self._rng.choice((None, None, None, 0.02))
        await asyncio.wait(
            (submitted, server.process.died), timeout=patience, return_when=asyncio.FIRST_COMPLETED
        )
        if not submitted.done():
            submitted.cancel()  # nobody is there any more, or nobody waits any more
            return None
        with suppress(Busy, Stopping):
            return submitted.result()
        return None

    async def _serve(self, number: int) -> None:
        for life in range(1, 1000):
            if not self._open:
                return
            process = Process(f"server {number}.{life}", self._around)
            await self._live(number, _Server(process, process.worker()))
            await asyncio.sleep(self._rng.random())

    async def _live(self, number: int, server: _Server) -> None:
        with suppress(StoreUnavailable, Killed):
            await server.worker.start()
            self._serving[number] = server
            await self._until_its_end(server)
        self._serving.pop(number, None)
        with suppress(Killed):
            if not server.process.died.done():
                self._tell(f"{server.process.name} is stopped")
                await server.worker.stop()

    async def _until_its_end(self, server: _Server) -> None:
        stops_early = self._rng.random() < 0.2
        ends = 1 + self._rng.random() * 3 if stops_early else 1e9
        while self._open and ends > 0 and not server.process.died.done():
            await asyncio.wait((server.process.died,), timeout=min(ends, 1.0))
            ends -= 1.0
