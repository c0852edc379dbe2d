"""Readiness: whether a request would be served now, and if not, why; known within a second."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Final, NamedTuple

from allocation.bootstrap import Worker
from allocation.entrypoints.http.error_responses import message_of
from allocation.errors import Fatal

KNOWN_FOR: Final = 1.0
"""Seconds for which what the probe has found is told again."""

WITHIN: Final = 1.0
"""Seconds after which a probe that has not come back counts as failed."""

RECENT: Final = 5.0
"""Seconds for which a write that failed counts, whatever the probe finds."""

WRITTEN: Final = 10.0
"""Seconds for which a write that succeeded counts: the probe writes when nobody else does."""

Look = Callable[[bool], None]
"""Reads the database, and writes it, if told so; raises what is the matter."""


class Reason(NamedTuple):
    """Why the service is not ready."""

    code: str
    told: str


class Readiness:
    """Asks the worker and a probe, which has a thread of its own: at most one, however many ask."""

    def __init__(self, worker: Worker, look: Look) -> None:
        self._worker = worker
        self._look = look
        self._began = 0.0
        self._wrote: float | None = None
        self._probe: asyncio.Future[Reason | None] | None = None

    def alive(self) -> Reason | None:
        """Why the process serves nobody any more; None while it does."""
        failure = self._worker.failure
        if failure is None:
            return None
        if isinstance(failure, Fatal):
            return Reason(failure.code, message_of(failure))
        return Reason("worker_ended", "The worker has come to an end")

    async def ready(self) -> Reason | None:
        """Why a request would not be served now; None if it would."""
        if (ended := self.alive()) is not None:
            return ended
        if self._worker.is_stopping:
            return Reason("stopping", "The service is stopping")
        outage = self._worker.outage
        is_recent = outage.last_failure and time.monotonic() - outage.last_failure < RECENT
        if outage.error is not None and is_recent:
            return Reason("store_unavailable", f"The database was not available: {outage.error}")
        return await self._probed()

    async def _probed(self) -> Reason | None:
        now = time.monotonic()
        probe = self._probe
        if probe is None or (probe.done() and now - self._began > KNOWN_FOR):
            probe = self._probe = self._start()
            self._began = now
        if not probe.done():
            await asyncio.wait({probe}, timeout=max(0.0, self._began + WITHIN - now))
        if not probe.done():
            waited = time.monotonic() - self._began
            told = f"The database has not answered for {waited:.0f} s"
            return Reason("store_unavailable", told)
        return probe.result()

    def _start(self) -> "asyncio.Future[Reason | None]":
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Reason | None] = loop.create_future()

        def look() -> None:
            reason = self._found()
            with suppress(RuntimeError):  # the loop has been closed: nobody asks any more
                loop.call_soon_threadsafe(found.set_result, reason)

        # A thread that hangs must not hold up the end of the process.
        Thread(target=look, name="readiness", daemon=True).start()
        return found

    def _found(self) -> Reason | None:
        now = time.monotonic()
        last = max(
            (t for t in (self._wrote, self._worker.last_write) if t is not None), default=None
        )
        write = last is None or now - last > WRITTEN
        try:
            self._look(write)
        except Fatal as error:
            return Reason(error.code, message_of(error))
        except Exception as error:
            self._wrote = None
            return Reason("store_unavailable", str(error))
        if write:
            self._wrote = now
        return None
