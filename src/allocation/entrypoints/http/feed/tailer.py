"""The tailer: reads what is new in the log, once for all followers of a server."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

from allocation.entrypoints.http.feed.cloud_events import encoded
from allocation.entrypoints.http.feed.tail import Tail
from allocation.errors import StoreLost, StoreUnavailable
from allocation.views import PORTION, FeedPortion, FeedProgress, LogIdentity

logger = logging.getLogger(__name__)

POLL_INTERVAL: Final = 0.05
"""Seconds between looks at the log for messages that other processes have committed."""

COALESCING: Final = 0.08
"""Seconds between looks at the log while this process commits messages all the time."""

SETTLING: Final = 0.005
"""Seconds between looks at a number that is not settled; they grow the longer it takes."""

LINGER: Final = 2.0
"""Seconds for which the tailer goes on when nobody follows any more; somebody may come back."""

OUTAGE_INTERVAL: Final = 1.0
"""Seconds between attempts while the database is not available."""

STOP_TIMEOUT: Final = 1.0
"""Seconds for a look at the log to be finished when the server stops."""

ReadTail = Callable[[int | None], Awaitable[tuple[FeedProgress, FeedPortion]]]
"""Reads the messages after a number that are settled; for None, only where they end."""


class _Refresh(NamedTuple):
    """Somebody who waits until all messages up to a number can be read; None for all so far."""

    done: "asyncio.Future[FeedProgress]"
    target: int | None = None


class Tailer:
    """Follows the log while somebody uses it, and holds the latest events.

    `on_events` is called when there are new ones.
    """

    def __init__(self, read: ReadTail, on_events: Callable[[], None]) -> None:
        self._read = read
        self._on_events = on_events
        self._users = 0
        self._last_used = 0.0
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._refreshes: list[_Refresh] = []
        self._failed = False
        self._is_stopped = False
        self._looked_at = 0.0  # when the last successful look at the log began
        self.tail: Tail | None = None
        """The latest events; None until the end of the log is certain."""
        self.log: LogIdentity | None = None
        self.progress: FeedProgress | None = None
        """What the last look at the log has shown; None if nobody follows."""

    @contextmanager
    def used(self, *, linger: bool = True) -> Iterator[None]:
        """Let the tailer run as long as this is open; with `linger`, a little longer."""
        self._users += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._users -= 1
            if linger:
                self._last_used = time.monotonic()

    def notify(self) -> None:
        """Look at the log soon, since this process has committed messages."""
        if self._task is not None:
            self._wake.set()

    async def refreshed(self, seconds: float) -> FeedProgress | None:
        """Wait until all messages that the log has now can be read, but not for longer.

        Return what a look at the log has shown that began after the call; None if there was none.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        refresh = _Refresh(asyncio.get_running_loop().create_future())
        self._refreshes.append(refresh)
        self._wake.set()
        began = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await refresh.done
        return self.progress if self._looked_at > began else None

    async def stop(self) -> None:
        """Stop, whoever uses it; a look at the log may be finished."""
        if self._task is None:
            return
        self._is_stopped = True
        self._wake.set()
        _, running = await asyncio.wait({self._task}, timeout=STOP_TIMEOUT)
        for task in running:
            task.cancel()

    async def _run(self) -> None:
        try:
            while not self._is_stopped and (
                self._users or time.monotonic() - self._last_used < LINGER
            ):
                began = time.monotonic()
                await self._pause(began, await self._look())
        finally:
            self._task = self.tail = self.log = self.progress = None

    async def _look(self) -> bool:
        """Look at the log once; return whether there is more to read at once."""
        began = time.monotonic()
        self._wake.clear()
        waiting, self._refreshes = self._refreshes, []
        after = None if self.tail is None else self.tail.end
        try:
            progress, portion = await self._read(after)
            self._looked_at, self.progress = began, progress
            self._take(after, portion)
        except Exception as error:
            self._fail(waiting, error)
            return False
        if self._failed:
            self._failed = False
            logger.warning("the feed can be read again")
        is_full = len(portion.messages) == PORTION
        self._answer(waiting, progress, portion.through if is_full else progress.settled)
        return is_full

    def _take(self, after: int | None, portion: FeedPortion) -> None:
        """Append the messages that were read, unless some before them may be missing."""
        log = portion.log
        is_new = self.log is None or self.log.identity != log.identity
        self.log = log
        if is_new:
            self.tail = None  # its events are those of another log
        if self.progress is None or self.progress.settled is None:
            return
        if self.tail is None or is_new or after is None or log.pruned_through > after:
            self.tail = Tail(portion.through)
            self._on_events()  # those who follow may have to begin anew
            return
        if portion.messages:
            self.tail.append([encoded(message, log.identity) for message in portion.messages])
            self._on_events()

    def _answer(self, waiting: list[_Refresh], progress: FeedProgress, covered: int | None) -> None:
        for refresh in waiting:
            target = progress.last if refresh.target is None else refresh.target
            if refresh.done.done():
                continue
            if covered is not None and covered >= target:
                refresh.done.set_result(progress)
            else:
                self._refreshes.append(_Refresh(refresh.done, target))

    def _fail(self, waiting: list[_Refresh], error: Exception) -> None:
        if not self._failed:
            self._failed = True
            logger.error("the feed cannot be read: %s", error, exc_info=_traceback_of(error))
        for refresh in waiting:
            if not refresh.done.done():
                refresh.done.set_exception(error)

    async def _pause(self, began: float, more: bool) -> None:
        if more:
            await asyncio.sleep(0)
            return
        progress = self.progress
        seconds = OUTAGE_INTERVAL if self._failed else POLL_INTERVAL
        if not self._failed and progress is not None and (progress.settled or 0) < progress.last:
            seconds = min(max(SETTLING, progress.lag / 4), POLL_INTERVAL)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        soonest = began + COALESCING - time.monotonic()
        if soonest > 0 and seconds == POLL_INTERVAL and not self._refreshes:
            await asyncio.sleep(soonest)


def _traceback_of(error: Exception) -> Exception | None:
    return None if isinstance(error, StoreUnavailable | StoreLost) else error
