"""The worker: runs the processor and the relay in an event loop, as long as it serves."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Final, TypeVar

from allocation.messaging.background import AfterWriteHook, BackgroundTasks, MaintenanceJob
from allocation.messaging.errors import Busy, Fatal, Stopping, StoreUnavailable
from allocation.messaging.group import ENDING, STORE_TROUBLE
from allocation.messaging.log import Answer
from allocation.messaging.outage import Outage
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.processor import RESUME_DELAY, Processor
from allocation.messaging.requests import PendingRequest, RequestQueue, Submission
from allocation.messaging.semaphore import WeightedSemaphore
from allocation.messaging.write_lock import WriteLock

logger = logging.getLogger(__name__)

T = TypeVar("T")

HANDLED: Final = "what is asked for is handled"
"""What the worker does with the store, as an outage has it."""


class Worker:
    """Takes messages from many callers; answers each when it is on disk.

    Everything that this process writes is written by one writer, a group at a time; what
    arrives meanwhile is the next group. `maintenance` runs now and then, between two groups;
    `after_write` runs in a thread beside them.

    When one of its parts cannot go on, it comes to an end by itself: it takes no more, and
    `failure` tells what has ended it.
    """

    def __init__(
        self,
        processor: Processor,
        relay: OutboxRelay,
        *,
        capacity: int = 4096,
        maintenance: MaintenanceJob | None = None,
        after_write: AfterWriteHook | None = None,
    ) -> None:
        self._processor = processor
        self._capacity = capacity
        self._write_lock = WriteLock()
        self.outage = Outage()
        """Whether the store fails now."""
        self.last_write: float | None = None
        """When a group was written, by the monotonic clock."""
        self._background = BackgroundTasks(
            relay, self._write_lock, self._resume, maintenance, after_write, self.outage
        )
        self._requests = RequestQueue()
        # Those who ask for much take turns, and leave half of the room to those who do not.
        self._bulk = WeightedSemaphore(max(1, capacity // 2))
        self._has_backlog = False
        self._resuming: asyncio.TimerHandle | None = None
        self._arrived = asyncio.Event()
        self._stopping = False
        self.failure: BaseException | None = None
        """What has ended it before it was stopped."""
        self._on_failure: Callable[[], None] = lambda: None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, on_failure: Callable[[], None] = lambda: None) -> None:
        """Finish what an earlier process left behind, then take new work.

        `on_failure` is called when it comes to an end before it is stopped.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
            Fatal: nobody can go on.
            HandlerExited: a handler raised what ends a process.
        """
        self._on_failure = on_failure
        try:
            await self._write_lock.do(self._processor.recover)
        except ENDING as error:
            self._fail(error)
            raise
        self._background.look()
        rounds = self._background
        others = rounds.poll_due(), rounds.run_maintenance(), rounds.run_checkpoints()
        work = self._answer_callers(), *(self._unless_it_fails(act) for act in others)
        self._tasks = [asyncio.create_task(task) for task in work]

    async def stop(self) -> None:
        """Take no more, and finish what was taken; what is to go outside stays in the log."""
        self._come_to_an_end()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_stopping(self) -> bool:
        """Whether it takes no more."""
        return self._stopping

    def look(self) -> None:
        """Look at once for unfinished messages that have become due."""
        self._background.look()

    async def submit(self, message: object, id: str | None = None) -> Answer:
        """Have a message handled; its answer, when it and its effects are on disk.

        Raises:
            Busy: too many are waiting already; nothing was taken.
            Stopping: the worker takes no more.
            NestedTransaction: a handler asks, which the answer would wait for.
        """
        self._check_it_takes_more()
        if len(self._requests) >= self._capacity:
            raise Busy(len(self._requests))
        return await self._ask(message, id)

    async def submit_all(self, asked: Sequence[tuple[object, str | None]]) -> list[Answer]:
        """Have messages handled in their order, each with the sender's id or a new one.

        They wait their turn when many others have come so. When one cannot be handled now, those
        after it that are not done are not handled either.

        Raises:
            Busy: it will never take so many together; nothing was taken.
            Stopping: the worker takes no more.
            NestedTransaction: a handler asks, which the answer would wait for.
        """
        if len(asked) > self._capacity:
            raise Busy(len(self._requests))
        async with self._bulk.acquired(len(asked)):
            self._check_it_takes_more()
            request = Submission()
            answers = [self._ask(message, id, request) for message, id in asked]
            return [await answer for answer in answers]

    async def do(self, act: Callable[[], T]) -> T:
        """Have something else done with the store, between two groups.

        Raises:
            Fatal: the store cannot be used any more, and the worker comes to an end.
        """
        try:
            return await self._write_lock.do(act)
        except ENDING as error:
            self._fail(error)
            raise

    async def each(self, steps: Iterator[T]) -> AsyncIterator[T]:
        """The same step by step: there may be groups between any two of them.

        Raises:
            Fatal: the store cannot be used any more, and the worker comes to an end.
        """
        try:
            async for step in self._write_lock.each(steps):
                yield step
        except ENDING as error:
            self._fail(error)
            raise

    def _check_it_takes_more(self) -> None:
        self._write_lock.check_not_nested()
        if self._stopping:
            raise Stopping()

    def _ask(
        self, message: object, id: str | None, request: Submission | None = None
    ) -> "asyncio.Future[Answer]":
        answer = self._requests.add(self._processor.envelope(message, id), request)
        self._arrived.set()
        return answer

    async def _process(self) -> None:
        while not self._stopping or self._requests:
            if not self._requests.waiting and not self._has_backlog:
                await self._arrived.wait()
            await self._take_in_what_is_at_the_door()
            self._arrived.clear()
            await self._handle(self._requests.take(self._processor.max_group_size))

    async def _take_in_what_is_at_the_door(self) -> None:
        """Else the first of many who come at once would have a group, and a commit, of its own."""
        arrived = True
        while arrived:
            waiting = self._requests.waiting
            await asyncio.sleep(0)
            arrived = waiting < self._requests.waiting < self._processor.max_group_size

    async def _handle(self, taken: Sequence[PendingRequest]) -> None:
        # What is found to be due meanwhile is for the next group.
        backlog, self._has_backlog = self._has_backlog, False
        asked = [one.envelope for one in taken]
        awaited = self._requests.awaited()
        go_on = partial(
            self._processor.process_group,
            asked,
            backlog=backlog,
            awaited=awaited,
            deferred=self._requests.deferred_keys(),
        )
        try:
            step = await self._write_lock.do(go_on)
        except ENDING:
            raise
        except Exception as error:
            if isinstance(error, StoreUnavailable):
                self.outage.failed(HANDLED, error)
            await self._see_to(taken, error, backlog=backlog)
            self._requests.release_deferred()
            return
        self.outage.succeeded(HANDLED)
        self.last_write = time.monotonic()
        if step.has_backlog:
            self._go_on_with_the_backlog(stalled=step.stalled)
        self._requests.answer(taken, awaited, step)
        self._background.note_write()
        if step.outgoing:
            self._background.look()

    def _go_on_with_the_backlog(self, *, stalled: bool) -> None:
        """In the next group; a little later while somebody else has it in hand."""
        if self._resuming is not None:
            return
        if not stalled:
            self._has_backlog = True
            return
        self._resuming = asyncio.get_running_loop().call_later(RESUME_DELAY, self._resume)

    async def _see_to(
        self, taken: Sequence[PendingRequest], error: Exception, *, backlog: bool
    ) -> None:
        if isinstance(error, STORE_TROUBLE) or not taken:
            self._requests.fail_cascades(error)
            self._requests.fail(taken, error)
            return
        if len(taken) == 1 and not backlog:
            self._requests.fail(taken, error)
            return
        # One of them cannot even be written; the others, and what is left over, have no part in it.
        for one in taken:
            if self._requests.is_pending(one):
                await self._handle([one])
        self._has_backlog |= backlog

    async def _answer_callers(self) -> None:
        """It must not end before it is stopped; if it does, nobody waits for it for ever."""
        await self._unless_it_fails(self._process())
        self._requests.fail_all(self.failure if isinstance(self.failure, Fatal) else Stopping())

    async def _unless_it_fails(self, work: Awaitable[None]) -> None:
        try:
            await work
        except BaseException as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if self.failure is None:
            self.failure = error
            is_ours = not isinstance(error, Fatal)
            told = "the worker has come to an end: %s"
            logger.critical(told, error, exc_info=error if is_ours else None)
            self._on_failure()
        self._come_to_an_end()

    def _come_to_an_end(self) -> None:
        self._stopping = True
        self._bulk.close(Stopping())
        self._arrived.set()
        self._background.stop()

    def _resume(self) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None
        self._has_backlog = True
        self._arrived.set()
