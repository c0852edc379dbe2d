"""Readiness: whether a request would be served now, or the reason why not."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from allocation.bootstrap import Worker
from allocation.entrypoints.http.daemon_thread import in_daemon_thread
from allocation.entrypoints.http.error_responses import message_of
from allocation.errors import Fatal

CACHED_FOR: Final = 1.0
"""Seconds for which the result of a probe is reused."""

TIMEOUT: Final = 1.0
"""Seconds after which a running probe counts as failed."""

RECENT: Final = 5.0
"""Seconds for which a failed write counts, whatever the probe's result."""

WRITE_INTERVAL: Final = 10.0
"""Seconds for which a successful write counts; after that, the probe itself writes."""

ProbeDatabase = Callable[[bool], None]
"""Reads the database and, if the argument is true, writes to it; raises an error if it fails."""


class Reason(NamedTuple):
    """Why the service is not ready."""

    code: str
    message: str


class Readiness:
    """Combines the worker's state with a probe of the database, which runs in a thread.

    At most one probe runs at a time, however many health checks arrive.
    """

    def __init__(self, worker: Worker, probe_database: ProbeDatabase) -> None:
        self._worker = worker
        self._probe_database = probe_database
        self._probe_started = 0.0
        self._last_write: float | None = None
        self._probe: asyncio.Future[Reason | None] | None = None

    def alive(self) -> Reason | None:
        """Why the process must be restarted; None while it works."""
        failure = self._worker.failure
        if failure is None:
            return None
        if isinstance(failure, Fatal):
            return Reason(failure.code, message_of(failure))
        return Reason("worker_ended", "The worker has failed")

    async def ready(self) -> Reason | None:
        """Why a request would not be served now; None if it would."""
        if (reason := self.alive()) is not None:
            return reason
        if self._worker.is_stopping:
            return Reason("stopping", "The service is stopping")
        outage = self._worker.outage
        is_recent = outage.last_failure and time.monotonic() - outage.last_failure < RECENT
        if outage.error is not None and is_recent:
            return Reason("store_unavailable", f"The database was not available: {outage.error}")
        return await self._probe_result()

    async def _probe_result(self) -> Reason | None:
        now = time.monotonic()
        probe = self._probe
        if probe is None or (probe.done() and now - self._probe_started > CACHED_FOR):
            probe = self._probe = in_daemon_thread(self._run_probe, "readiness")
            self._probe_started = now
        if not probe.done():
            await asyncio.wait({probe}, timeout=max(0.0, self._probe_started + TIMEOUT - now))
        if not probe.done():
            waited = time.monotonic() - self._probe_started
            message = f"The database has not answered for {waited:.0f} s"
            return Reason("store_unavailable", message)
        return probe.result()

    def _run_probe(self) -> Reason | None:
        now = time.monotonic()
        writes = [t for t in (self._last_write, self._worker.last_write) if t is not None]
        write = not writes or now - max(writes) > WRITE_INTERVAL
        try:
            self._probe_database(write)
        except Fatal as error:
            return Reason(error.code, message_of(error))
        except Exception as error:
            self._last_write = None
            return Reason("store_unavailable", str(error))
        if write:
            self._last_write = now
        return None
