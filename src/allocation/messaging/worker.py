"""The worker: runs the processor and the outbox relay on an event loop."""

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
from allocation.messaging.sync_bridge import WriteLock

logger = logging.getLogger(__name__)

T = TypeVar("T")

HANDLING: Final = "handling messages"
"""The part of the process that the worker reports to `Outage`."""


class Worker:
    """Accepts messages from many callers, and answers each once its message is on disk.

    All writes of the process are serialised, one group at a time; messages that arrive
    meanwhile form the next group. `maintenance` runs periodically between two groups;
    `after_write` runs in a thread beside them.

    When one of its tasks fails, the worker stops by itself: it accepts no more messages, and
    `failure` holds the error.
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
        """The current outage of the store, if there is one."""
        self.last_write: float | None = None
        """The time of the last written group, by the monotonic clock."""
        self._background = BackgroundTasks(
            relay, self._write_lock, self._resume, maintenance, after_write, self.outage
        )
        self._requests = RequestQueue()
        # Bulk requests take turns, and leave half of the capacity to single messages.
        self._bulk = WeightedSemaphore(max(1, capacity // 2))
        self._has_backlog = False
        self._resuming: asyncio.TimerHandle | None = None
        self._arrived = asyncio.Event()
        self._stopping = False
        self.failure: BaseException | None = None
        """The error that ended the worker before `stop` was called."""
        self._on_failure: Callable[[], None] = lambda: None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, on_failure: Callable[[], None] = lambda: None) -> None:
        """Finish the work that an earlier process left unfinished, then accept new messages.

        `on_failure` is called if the worker ends before `stop` is called.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
            Fatal: the process cannot continue.
            HandlerExited: a handler raised SystemExit or the like.
        """
        self._on_failure = on_failure
        try:
            await self._write_lock.do(self._processor.recover)
        except ENDING as error:
            self._fail(error)
            raise
        self._background.poll_now()
        background = self._background
        loops = background.poll_due(), background.run_maintenance(), background.run_checkpoints()
        tasks = self._answer_callers(), *(self._guard(loop) for loop in loops)
        self._tasks = [asyncio.create_task(task) for task in tasks]

    async def stop(self) -> None:
        """Accept no more messages and finish the accepted ones; deliveries stay in the log."""
        self._shut_down()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_stopping(self) -> bool:
        """Whether the worker accepts no more messages."""
        return self._stopping

    def poll_now(self) -> None:
        """Poll the log for due messages at once instead of at the next interval."""
        self._background.poll_now()

    async def submit(self, message: object, id: str | None = None) -> Answer:
        """Handle a message; return its answer once it and its effects are on disk.

        Raises:
            Busy: too many messages are waiting; this one was not accepted.
            Stopping: the worker accepts no more messages.
            NestedTransaction: called by a handler, which would deadlock.
        """
        self._check_accepting()
        if len(self._requests) >= self._capacity:
            raise Busy(len(self._requests))
        return await self._enqueue(message, id)

    async def submit_all(self, asked: Sequence[tuple[object, str | None]]) -> list[Answer]:
        """Handle messages in order, each with the sender's id or a new one.

        The submission waits for its turn while other bulk submissions are under way. If one
        message cannot be handled now, the messages after it are not handled either, unless
        they are done already.

        Raises:
            Busy: the submission exceeds the worker's capacity; nothing was accepted.
            Stopping: the worker accepts no more messages.
            NestedTransaction: called by a handler, which would deadlock.
        """
        if len(asked) > self._capacity:
            raise Busy(len(self._requests))
        async with self._bulk.acquired(len(asked)):
            self._check_accepting()
            request = Submission()
            futures = [self._enqueue(message, id, request) for message, id in asked]
            return [await future for future in futures]

    async def do(self, act: Callable[[], T]) -> T:
        """Run another job on the store, between two groups.

        Raises:
            Fatal: the store cannot be used any more, and the worker stops.
        """
        try:
            return await self._write_lock.do(act)
        except ENDING as error:
            self._fail(error)
            raise

    async def each(self, steps: Iterator[T]) -> AsyncIterator[T]:
        """Run a job on the store step by step, with groups between any two steps.

        Raises:
            Fatal: the store cannot be used any more, and the worker stops.
        """
        try:
            async for step in self._write_lock.each(steps):
                yield step
        except ENDING as error:
            self._fail(error)
            raise

    def _check_accepting(self) -> None:
        self._write_lock.check_not_nested()
        if self._stopping:
            raise Stopping()

    def _enqueue(
        self, message: object, id: str | None, request: Submission | None = None
    ) -> "asyncio.Future[Answer]":
        future = self._requests.add(self._processor.envelope(message, id), request)
        self._arrived.set()
        return future

    async def _process(self) -> None:
        while not self._stopping or self._requests:
            if not self._requests.waiting and not self._has_backlog:
                await self._arrived.wait()
            await self._requests.gather(self._processor.max_group_size)
            self._arrived.clear()
            await self._handle(self._requests.take(self._processor.max_group_size))

    async def _handle(self, taken: Sequence[PendingRequest]) -> None:
        # A backlog reported by the poll in the meantime is left to the next group.
        backlog, self._has_backlog = self._has_backlog, False
        envelopes = [request.envelope for request in taken]
        awaited = self._requests.awaited()
        process = partial(
            self._processor.process_group,
            envelopes,
            backlog=backlog,
            awaited=awaited,
            deferred=self._requests.deferred_keys(),
        )
        try:
            result = await self._write_lock.do(process)
        except ENDING:
            raise
        except Exception as error:
            if isinstance(error, StoreUnavailable):
                self.outage.failed(HANDLING, error)
            await self._handle_failed_group(taken, error, backlog=backlog)
            self._requests.release_deferred()
            return
        if self.outage.error is not None:
            self.outage.succeeded(HANDLING)
        self.last_write = time.monotonic()
        if result.has_backlog:
            self._continue_backlog(stalled=result.stalled)
        self._requests.answer(taken, awaited, result)
        self._background.written.set()
        if result.outgoing:
            self._background.poll_now()

    def _continue_backlog(self, *, stalled: bool) -> None:
        """Continue in the next group; while the backlog is stalled, after a short delay."""
        if self._resuming is not None:
            return
        if not stalled:
            self._has_backlog = True
            return
        self._resuming = asyncio.get_running_loop().call_later(RESUME_DELAY, self._resume)

    async def _handle_failed_group(
        self, taken: Sequence[PendingRequest], error: Exception, *, backlog: bool
    ) -> None:
        if isinstance(error, STORE_TROUBLE) or not taken:
            self._requests.fail_cascades(error)
            self._requests.fail(taken, error)
            return
        if len(taken) == 1 and not backlog:
            self._requests.fail(taken, error)
            return
        # One message broke the group; handle the others apart from it and from the backlog.
        for request in taken:
            if self._requests.is_pending(request):
                await self._handle([request])
        self._has_backlog |= backlog

    async def _answer_callers(self) -> None:
        """Process requests until stopped; if that fails, answer all callers with the error."""
        await self._guard(self._process())
        self._requests.fail_all(self.failure if isinstance(self.failure, Fatal) else Stopping())

    async def _guard(self, work: Awaitable[None]) -> None:
        try:
            await work
        except BaseException as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if self.failure is None:
            self.failure = error
            traceback = None if isinstance(error, Fatal) else error
            logger.critical("the worker has failed: %s", error, exc_info=traceback)
            self._on_failure()
        self._shut_down()

    def _shut_down(self) -> None:
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
