"""The group loop: passes waiting requests to the processor, one group at a time."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from allocation.messaging.background import BackgroundTasks
from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.group import ENDING_ERRORS, STORE_ERRORS
from allocation.messaging.log import Answer, Precondition
from allocation.messaging.outage import Outage
from allocation.messaging.processor import RESUME_DELAY, Processor
from allocation.messaging.requests import PendingRequest, RequestQueue, Submission
from allocation.messaging.sync_bridge import WriteLock

HANDLING: Final = "handling messages"
"""The name under which the loop reports to `Outage`."""


class GroupLoop:
    """Handles the requests of a queue in groups, and answers them after each commit.

    Requests that arrive while a group is handled form the next group. The backlog, which is the
    follow-ups that a group leaves pending in the log, is handled in the following groups.
    """

    def __init__(
        self,
        processor: Processor,
        requests: RequestQueue,
        write_lock: WriteLock,
        background: BackgroundTasks,
        outage: Outage,
    ) -> None:
        self._processor = processor
        self._requests = requests
        self._write_lock = write_lock
        self._background = background
        self._outage = outage
        self._arrived = asyncio.Event()
        self._stopping = False
        self._has_backlog = False
        self._backlog_fails = False
        """Whether the last group that took the backlog failed by a lock or a conflict."""
        self._apart = 0
        """The number of waiting requests that are handled one at a time, without the backlog."""
        self._resuming: asyncio.TimerHandle | None = None
        self.on_write: Callable[[], None] = lambda: None
        """Called after each committed group."""
        self.last_write: float | None = None
        """The time of the last committed group, in seconds by the monotonic clock."""

    def enqueue(
        self,
        message: object,
        id: str | None,
        submission: Submission | None = None,
        sender: str | None = None,
        precondition: Precondition | None = None,
    ) -> "asyncio.Future[Answer]":
        """Add a request to the queue; return the future of its answer."""
        envelope = self._processor.envelope(
            message, id, None if submission is None else submission.id, sender, precondition
        )
        future = self._requests.add(envelope, submission)
        self._arrived.set()
        return future

    def resume(self) -> None:
        """Continue the backlog in the next group."""
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None
        self._has_backlog = True
        self._arrived.set()

    def stop(self) -> None:
        """Let `run` return once the queue is empty."""
        self._stopping = True
        self._arrived.set()

    async def run(self) -> None:
        """Handle requests and backlog until the loop is stopped and the queue is empty.

        Raises:
            Fatal: the process cannot continue.
            HandlerExited: a handler raised SystemExit or the like.
        """
        while not self._stopping or self._requests:
            if not self._requests.waiting and not self._has_backlog:
                await self._arrived.wait()
            await self._requests.gather(self._processor.max_group_size)
            self._arrived.clear()
            await self._handle(
                self._requests.take(1 if self._apart else self._processor.max_group_size)
            )

    async def _handle(self, taken: Sequence[PendingRequest]) -> None:
        backlog = self._takes_backlog(taken)
        process = partial(
            self._processor.process_group,
            [request.envelope for request in taken],
            backlog=backlog,
            awaited=self._requests.awaited(),
            deferred=self._requests.deferred_keys(),
        )
        try:
            result = await self._write_lock.do(process)
        except ENDING_ERRORS:
            raise
        except Exception as error:
            if isinstance(error, StoreUnavailable):
                self._outage.failed(HANDLING, error)
            self._handle_failed_group(taken, error, backlog=backlog)
            self._requests.release_deferred()
            return
        if self._outage.error is not None:
            self._outage.succeeded(HANDLING)
        self.last_write = time.monotonic()
        self.on_write()
        self._backlog_fails &= not backlog
        if result.has_backlog:
            self._continue_backlog(stalled=result.stalled)
        self._requests.answer(taken, result)
        self._background.written.set()
        if result.outgoing:
            self._background.poll_now()

    def _takes_backlog(self, taken: Sequence[PendingRequest]) -> bool:
        if self._apart and taken:
            self._apart -= 1
            return False
        # A backlog reported by the poll in the meantime is left to the next group.
        backlog, self._has_backlog, self._apart = self._has_backlog, False, 0
        return backlog

    def _continue_backlog(self, *, stalled: bool) -> None:
        """Continue in the next group; while the backlog is stalled, after a short delay."""
        if self._resuming is not None:
            return
        if not stalled:
            self._has_backlog = True
            return
        self._resuming = asyncio.get_running_loop().call_later(RESUME_DELAY, self.resume)

    def _handle_failed_group(
        self, taken: Sequence[PendingRequest], error: Exception, *, backlog: bool
    ) -> None:
        is_one = len(taken) == 1 and not backlog
        if isinstance(error, STORE_ERRORS) or is_one or not taken:
            self._fail(taken, error, backlog=backlog)
            return
        # One message broke the group; handle the others apart from it and from the backlog.
        self._requests.put_back(taken)
        self._apart = len(taken)
        self._has_backlog |= backlog

    def _fail(self, taken: Sequence[PendingRequest], error: Exception, *, backlog: bool) -> None:
        self._requests.fail(taken, error)
        # A lock or a conflict may concern only the incoming messages, or be over the next time.
        may_pass = isinstance(error, Conflict) and not self._backlog_fails
        if backlog and may_pass:
            self._backlog_fails = True
            self._continue_backlog(stalled=True)
        elif backlog or isinstance(error, StoreUnavailable):
            self._requests.fail_cascades(error)
