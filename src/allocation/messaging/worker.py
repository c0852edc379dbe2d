"""The worker: runs the processor and the outbox relay on an event loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from allocation.messaging.background import AfterWriteHook, BackgroundTasks, MaintenanceJob
from allocation.messaging.dry_run_queue import DryRunQueue
from allocation.messaging.dry_runs import DryAnswer
from allocation.messaging.errors import Busy, Fatal, Stopping
from allocation.messaging.group_loop import GroupLoop
from allocation.messaging.lifecycle import Lifecycle
from allocation.messaging.log import Answer, Precondition
from allocation.messaging.outage import Outage
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.processor import Processor
from allocation.messaging.requests import RequestQueue, Submission
from allocation.messaging.semaphore import WeightedSemaphore
from allocation.messaging.sync_bridge import WriteLock

T = TypeVar("T")


class Worker:
    """Accepts messages from many callers, and answers each once its message is on disk.

    All writes of the process are serialised, one group at a time; messages that arrive
    meanwhile form the next group. `maintenance` runs periodically between two groups;
    `after_write` runs in a thread beside them. A message is accepted while fewer than `capacity`
    messages wait. Bulk submissions wait in addition, together half as many; or one larger one, up
    to `capacity`.

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
        self._relay = relay
        self._capacity = capacity
        self._write_lock = WriteLock()
        self.outage = Outage()
        """The current outage of the store, if there is one."""
        self._background = BackgroundTasks(
            relay, self._write_lock, maintenance, after_write, self.outage
        )
        self._requests = RequestQueue()
        self._groups = GroupLoop(
            processor, self._requests, self._write_lock, self._background, self.outage
        )
        self._dry_runs = DryRunQueue(processor.dry_runs, self._requests.deferred_keys, capacity)
        # Bulk requests take turns, and leave half of the capacity to single messages.
        self._bulk = WeightedSemaphore(max(1, capacity // 2))
        self._lifecycle = Lifecycle(self._shut_down)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, on_failure: Callable[[], None] = lambda: None) -> None:
        """Finish the work that an earlier process left unfinished, then accept new messages.

        `on_failure` is called if the worker ends before `stop` is called.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
            Fatal: the process cannot continue.
            HandlerExited: a handler raised SystemExit or the like.
        """
        self._lifecycle.on_failure = on_failure
        with self._lifecycle.fails_on_ending_errors():
            await self._write_lock.do(self._processor.recover)
        background = self._background
        background.poll_now()
        tasks = (
            self._answer_callers(),
            self._run(background.poll_due(self._groups.resume)),
            self._run(background.run_maintenance()),
            self._run(background.run_checkpoints()),
        )
        self._tasks = [asyncio.create_task(task) for task in tasks]

    async def stop(self) -> None:
        """Accept no more messages and finish the accepted ones; deliveries stay in the log."""
        self._lifecycle.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._dry_runs.finished()

    @property
    def is_stopping(self) -> bool:
        """Whether the worker accepts no more messages."""
        return self._lifecycle.is_stopping

    @property
    def failure(self) -> BaseException | None:
        """The error that ended the worker before `stop` was called."""
        return self._lifecycle.failure

    @property
    def last_write(self) -> float | None:
        """The time of the last committed group, in seconds by the monotonic clock."""
        return self._groups.last_write

    def call_after_writes(self, callback: Callable[[], None]) -> None:
        """Call a function on the event loop after each committed group; it must return at once."""
        self._groups.on_write = callback

    def poll_now(self) -> None:
        """Poll the log for due messages at once instead of at the next interval."""
        self._background.poll_now()

    async def submit(
        self,
        message: object,
        id: str | None = None,
        *,
        sender: str | None = None,
        precondition: Precondition | None = None,
    ) -> Answer:
        """Handle a message; return its answer once it and its effects are on disk.

        `sender` is who sent the message, as it is recorded in the log. A message that the
        `precondition` refuses is answered with the refusal, and not logged.

        Raises:
            Busy: too many messages are waiting; this one was not accepted.
            Stopping: the worker accepts no more messages.
            NestedTransaction: called by a handler, which would deadlock.
        """
        self._check_accepting()
        if len(self._requests) >= self._capacity:
            raise Busy(len(self._requests))
        return await self._groups.enqueue(message, id, None, sender, precondition)

    async def submit_all(
        self,
        messages: Sequence[tuple[object, str | None]],
        submission: str | None = None,
        *,
        sender: str | None = None,
    ) -> list[Answer]:
        """Handle messages of one sender in order, each with the id that he gave or a new one.

        The submission waits while other bulk submissions use their share of the capacity. If one
        message cannot be handled now, the messages after it are not handled either, unless they
        are done already. `submission` is the id of a submission in several parts; the caller ends
        it by `end_submission`.

        Raises:
            Busy: the submission exceeds the worker's capacity; nothing was accepted.
            Stopping: the worker accepts no more messages.
            NestedTransaction: called by a handler, which would deadlock.
        """
        if len(messages) > self._capacity:
            raise Busy(len(self._requests))
        async with self._bulk.acquired(len(messages)):
            self._check_accepting()
            bulk = Submission(submission)
            enqueue = self._groups.enqueue
            futures = [enqueue(message, id, bulk, sender) for message, id in messages]
            return [await future for future in futures]

    def new_submission(self, title: str) -> str:
        """A unique id for messages that are submitted together in several parts."""
        return self._processor.new_submission(title)

    async def end_submission(self, submission: str) -> None:
        """Deliver the digests of a submission now, since all of its messages are answered.

        Raises:
            Conflict: another writer was faster at every attempt.
            StoreUnavailable: the database cannot be reached or written.
            Fatal: the store cannot be used any more, and the worker stops.
        """
        await self.do(partial(self._relay.end_submission, submission))
        self.poll_now()

    async def dry_run(self, messages: Sequence[tuple[object, str | None]]) -> list[DryAnswer]:
        """What messages would come to, in order, if they were handled now; nothing is stored.

        Raises:
            Busy: too many dry runs are waiting.
            Stopping: the worker has stopped.
            NestedTransaction: called by a handler.
            Locked: follow-ups that come before them cannot be handled now.
            StoreUnavailable: the database cannot be reached.
        """
        self._check_accepting()
        envelopes = [self._processor.envelope(message, id) for message, id in messages]
        with self._lifecycle.fails_on_ending_errors():
            return await self._dry_runs.answers(envelopes)

    async def do(self, act: Callable[[], T]) -> T:
        """Run another job on the store, between two groups.

        Raises:
            Fatal: the store cannot be used any more, and the worker stops.
        """
        with self._lifecycle.fails_on_ending_errors():
            return await self._write_lock.do(act)

    async def each(self, steps: Iterator[T]) -> AsyncIterator[T]:
        """Run a job on the store step by step, with groups between any two steps.

        Raises:
            Fatal: the store cannot be used any more, and the worker stops.
        """
        with self._lifecycle.fails_on_ending_errors():
            async for step in self._write_lock.each(steps):
                yield step

    def _check_accepting(self) -> None:
        self._write_lock.check_not_nested()
        if self._lifecycle.is_stopping:
            raise Stopping()

    async def _run(self, task: Awaitable[None]) -> None:
        with self._lifecycle.fails_on_any_error():
            await task

    async def _answer_callers(self) -> None:
        """Handle requests until stopped; if that fails, answer all callers with the error."""
        await self._run(self._groups.run())
        failure = self._lifecycle.failure
        self._requests.fail_all(failure if isinstance(failure, Fatal) else Stopping())

    def _shut_down(self) -> None:
        self._bulk.close(Stopping())
        self._dry_runs.stop()
        self._groups.stop()
        self._background.stop()
