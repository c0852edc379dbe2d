"""The access keys in the memory of a server, read again so often that none is out of date."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Final

from allocation.access.callers import Caller
from allocation.access.sessions import SessionLimits, StoredAccess
from allocation.bootstrap import Clock
from allocation.entrypoints.http.access.snapshot import KeySnapshot
from allocation.entrypoints.http.daemon_thread import in_daemon_thread
from allocation.errors import StoreUnavailable

INTERVAL: Final = 0.4
"""Seconds between two readings of the keys."""

SHORTEST_INTERVAL: Final = 0.1
"""Seconds between two readings if a request waits for the second one."""

MAX_AGE: Final = 1.0
"""Seconds for which a snapshot may be used: so long after it was revoked, a key may be valid."""

TIMEOUT: Final = 10.0
"""Seconds for which a request waits for the keys to be read."""

STOP_TIMEOUT: Final = 2.0
"""Seconds for which a server that stops waits for a reading to end."""

Load = Callable[[], StoredAccess]
"""Reads all keys and sessions, and blocks."""

OnEnded = Callable[[frozenset[str | None]], None]
"""Called with the keys and sessions that have ended: see `KeySnapshot.admitted`."""

logger = logging.getLogger(__name__)


class KeyRing:
    """Holds a snapshot of the keys, and reads it again in a thread.

    A snapshot that is older than `MAX_AGE` is not used: a request waits for the next one. So a
    revoked key is refused within that time by every server, also if the database does not answer.
    """

    def __init__(self, now: Clock, limits: SessionLimits, *, may_be_open: bool) -> None:
        """`now` is the clock by which keys and sessions expire; see `KeySnapshot` as well."""
        self._now: Final = now
        self._limits: Final = limits
        self._may_be_open: Final = may_be_open
        self.latest = KeySnapshot(StoredAccess(()), float("-inf"), may_be_open=may_be_open)
        """The snapshot that was read last, however old it is."""
        self._admitted: frozenset[str | None] = frozenset()
        self._listeners = list[OnEnded]()
        self._waiting = list[asyncio.Future[KeySnapshot]]()
        self._requested = asyncio.Event()
        self._is_stopping = False
        self._failure: str | None = None

    def on_ended(self, listener: OnEnded) -> None:
        """Call a function whenever callers are not let in any more, such as to end streams."""
        self._listeners.append(listener)

    @asynccontextmanager
    async def refreshing(self, load: Load) -> AsyncIterator[None]:
        """Read the keys, and read them again and again while the context is open.

        `load` reads all keys, and blocks.

        Raises:
            StoreUnavailable: the database cannot be read.
            Fatal: the process cannot continue.
        """
        await self._read(load)
        task = asyncio.create_task(self._read_again(load))
        try:
            yield
        finally:
            self._is_stopping = True
            self._requested.set()
            # The database is closed next, which the thread that reads must not meet.
            with suppress(TimeoutError):
                await asyncio.wait_for(task, STOP_TIMEOUT)

    def admits(self, caller: Caller) -> bool:
        """Whether the latest snapshot still admits a caller whose request was admitted earlier."""
        admitted = self._admitted
        return caller.prefix in admitted and (caller.session is None or caller.session in admitted)

    def fresh(self) -> KeySnapshot | None:
        """The latest snapshot; None if it is too old to be used."""
        latest = self.latest
        return latest if time.monotonic() - latest.read_at <= MAX_AGE else None

    async def refreshed(self) -> KeySnapshot:
        """A snapshot that is read from now on.

        Raises:
            StoreUnavailable: the keys cannot be read, or not in time.
            Fatal: the process cannot continue.
        """
        waiter: asyncio.Future[KeySnapshot] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._requested.set()
        try:
            async with asyncio.timeout(TIMEOUT):
                return await waiter
        except TimeoutError:
            raise StoreUnavailable(
                f"the access keys could not be read for {TIMEOUT:.0f} s"
            ) from None

    async def _read_again(self, load: Load) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL - SHORTEST_INTERVAL):
                    await self._requested.wait()
            self._requested.clear()
            if self._is_stopping:
                return
            waiting, self._waiting = self._waiting, []
            try:
                await self._read(load)
            except Exception as error:
                self._note(error)
                _resolve(waiting, error)
                if self.fresh() is None:  # nobody is known to be let in still: streams end
                    self._end(self._admitted)
                    self._admitted = frozenset()
            else:
                self._note(None)
                _resolve(waiting, self.latest)
            if not self._is_stopping:
                await asyncio.sleep(SHORTEST_INTERVAL)

    async def _read(self, load: Load) -> None:
        read_at = time.monotonic()
        stored = await in_daemon_thread(load, "access keys")
        self.latest = KeySnapshot(stored, read_at, may_be_open=self._may_be_open)
        admitted = self.latest.admitted(self._limits, self._now())
        ended, self._admitted = self._admitted - admitted, admitted
        self._end(ended)

    def _end(self, ended: frozenset[str | None]) -> None:
        """Tell the listeners of callers who are not let in any more."""
        if ended:
            for listener in self._listeners:
                listener(ended)

    def _note(self, error: Exception | None) -> None:
        """Log the beginning and the end of an outage."""
        failure = None if error is None else str(error)
        if failure is not None and self._failure is None:
            logger.error("the access keys cannot be read: %s", failure, extra={"cause": failure})
        elif failure is None and self._failure is not None:
            logger.info("the access keys can be read again")
        self._failure = failure


def _resolve(
    waiting: Iterable[asyncio.Future[KeySnapshot]], result: KeySnapshot | Exception
) -> None:
    for waiter in waiting:
        if waiter.done():  # its request has been cancelled, or has waited too long
            continue
        if isinstance(result, KeySnapshot):
            waiter.set_result(result)
        else:
            waiter.set_exception(result)
