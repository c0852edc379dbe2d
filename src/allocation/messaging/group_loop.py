"""The group loop: passes waiting requests to the processor, one group at a time."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from allocation.messaging.background import BackgroundTasks
from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.group import ENDING_ERRORS, STORE_ERRORS
from allocation.messaging.log import Answer
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
        self._resuming: asyncio.TimerHandle | None = None
        self.last_write: float | None = None
        """The time of the last committed group, in seconds by the monotonic clock."""

    def enqueue(
        self, message: object, id: str | None, submission: Submission | None = None
    ) -> "asyncio.Future[Answer]":
        """Add a request to the queue; return the future of its answer."""
        future = self._requests.add(self._processor.envelope(message, id), submission)
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
            await self._handle(self._requests.take(self._processor.max_group_size))

    async def _handle(self, taken: Sequence[PendingRequest]) -> None:
        # A backlog that a poll reports while this group is handled belongs to the next group.
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
        except ENDING_ERRORS:
            raise
        except Exception as error:
            if isinstance(error, StoreUnavailable):
                self._outage.failed(HANDLING, error)
            await self._handle_failed_group(taken, error, backlog=backlog)
            self._requests.release_deferred()
            return
        if self._outage.error is not None:
            self._outage.succeeded(HANDLING)
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
        self._resuming = asyncio.get_running_loop().call_later(RESUME_DELAY, self.resume)

    async def _handle_failed_group(
        self, taken: Sequence[PendingRequest], error: Exception, *, backlog: bool
    ) -> None:
        if isinstance(error, STORE_ERRORS) or not taken:
            self._requests.fail_cascades(error)
            self._requests.fail(taken, error)
            return
        if len(taken) == 1 and not backlog:
            self._requests.fail(taken, error)
            return
        # One message failed the whole group: handle each message, and the backlog, on its own.
        for request in taken:
            if self._requests.is_pending(request):
                await self._handle([request])
        self._has_backlog |= backlog
