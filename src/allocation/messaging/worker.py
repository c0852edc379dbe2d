"""The worker: runs the processor and the relay in an event loop, as long as it serves."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from allocation.messaging.envelope import Clock, Envelope
from allocation.messaging.errors import Busy, Stopping, StoreUnavailable
from allocation.messaging.log import Answer
from allocation.messaging.ports import Store
from allocation.messaging.processor import Processor
from allocation.messaging.relay import Relay

logger = logging.getLogger(__name__)

LOOK_AGAIN: Final = 1.0
"""Seconds between looks for unfinished messages that have become due."""


class Worker:
    """Takes messages from many callers; answers each when it is on disk.

    Both writers of the process, the processor and the relay's bookkeeping, run in the
    event loop, so that they never wait for each other; only what is carried outside
    runs in a thread, since a mail server may take its time.
    """

    def __init__(
        self, processor: Processor, relay: Relay, store: Store, clock: Clock, capacity: int = 4096
    ) -> None:
        self._processor = processor
        self._relay = relay
        self._store = store
        self._clock = clock
        self._capacity = capacity
        self._waiting: deque[tuple[Envelope, asyncio.Future[Answer]]] = deque()
        self._arrived = asyncio.Event()
        self._raised = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Finish what an earlier process left behind, then take new work.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        self._processor.recover()
        self._raised.set()
        self._tasks = [asyncio.create_task(self._process()), asyncio.create_task(self._relay_on())]

    async def stop(self) -> None:
        """Take no more, and finish what was taken; what is to go outside stays in the log."""
        self._stopping = True
        self._arrived.set()
        self._raised.set()
        await asyncio.gather(*self._tasks)

    async def submit(self, message: object, id: str | None = None) -> Answer:
        """Have a message handled; its answer, when it and its effects are on disk.

        Raises:
            Busy: too many are waiting already; nothing was taken.
            Stopping: the worker takes no more.
        """
        if self._stopping:
            raise Stopping()
        if len(self._waiting) >= self._capacity:
            raise Busy(len(self._waiting))
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._processor.envelope(message, id), answer))
        self._arrived.set()
        return await answer

    async def _process(self) -> None:
        while not self._stopping or self._waiting:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                count = min(len(self._waiting), self._processor.bound)
                await self._handle([self._waiting.popleft() for _ in range(count)])
                self._raised.set()

    async def _handle(self, taken: Sequence[tuple[Envelope, asyncio.Future[Answer]]]) -> None:
        unanswered = deque(taken)
        try:
            for answers in self._processor.work([envelope for envelope, _ in taken]):
                for answer in answers:
                    _resolve(unanswered.popleft()[1], answer)
                await asyncio.sleep(0)  # let the door be answered between two groups
        except Exception as error:
            logger.exception("a group failed")
            for envelope, future in unanswered:
                _resolve(future, Answer.failure(envelope.id, error))

    async def _relay_on(self) -> None:
        while not self._stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._raised.wait()
            self._raised.clear()
            try:
                await self._finish_what_is_due()
            except StoreUnavailable as error:
                logger.warning("unfinished messages are looked at again later: %s", error)
            except Exception:
                logger.exception("unfinished messages are looked at again later")

    async def _finish_what_is_due(self) -> None:
        due = self._store.next_due()
        if due is None or due > self._clock():
            return
        while self._processor.recover_a_group():
            await asyncio.sleep(0)  # let the door be answered between two groups
        while not self._stopping and (claimed := self._relay.claim()):
            self._relay.settle(await asyncio.to_thread(self._relay.carry, claimed))


def _resolve(future: "asyncio.Future[Answer]", answer: Answer) -> None:
    if not future.done():  # it is when the caller has gone away
        future.set_result(answer)
