"""The connections of a server: limits on their number and on slow or half-open ones."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import Any, Final

from allocation.config import LimitSettings
from allocation.entrypoints.http import early_answers
from allocation.entrypoints.http.descriptors import Budget
from allocation.entrypoints.http.protocol import LimitedProtocol, Phase

logger = logging.getLogger(__name__)

LINGER: Final = 2.0
"""Seconds for a refused client to read the response; its further input is dropped."""

ROOM: Final = "allocation.room"
"""The key in a request's scope that marks memory as reserved for its body (`bodies`)."""

STREAMED: Final = "allocation.streamed"
"""The key in a request's scope with the number of bytes of a stream that were sent (`streams`)."""

GRACE: Final = 2.0
"""Seconds for a half-sent body, or for a client that reads a response, when the server stops."""

_SHED_ORDER: Final = (Phase.HEAD, Phase.BODY, Phase.IDLE)
"""The phases in which a connection can be closed in favour of a new one, in order of preference:
a well-behaved client completes its head quickly."""


class Connections:
    """All open connections; `sweep` closes the connections that exceed a time limit.

    A periodic sweep over all connections costs less than a timer per request.
    """

    def __init__(self, settings: LimitSettings, budget: Budget) -> None:
        self.settings = settings
        self._max_connections = budget.connections
        self._max_rejected = budget.backlog // 2
        self._rejected: set[LimitedProtocol] = set()
        self._open: set[LimitedProtocol] = set()
        self._sheddable: deque[tuple[LimitedProtocol, Phase]] = deque()
        self._next_search = 0.0
        self._stopping: float | None = None
        self._last_sweep = 0.0
        self._unreserved = 0  # bytes received without a reservation; an upper bound
        self._wake = asyncio.Event()

    def protocol(self, **parts: Any) -> LimitedProtocol:
        """Make the protocol of a new connection; uvicorn's protocol factory."""
        return LimitedProtocol(self.settings, self.admit, self.note_pause, **parts)

    def admit(self, new: LimitedProtocol) -> None:
        """Accept a new connection; above the limit, close the oldest half-open one for it."""
        self._open = new.connections  # type: ignore[assignment]  # all of them are ours
        if len(self._open) <= self._max_connections:
            return
        oldest = self._oldest(new)
        if oldest is None:
            self._reject(new)
            return
        logger.warning("a half-open connection was closed: too many connections")
        oldest.shed(early_answers.TOO_MANY_CONNECTIONS)

    def _reject(self, new: LimitedProtocol) -> None:
        logger.warning("a client was rejected: too many connections")
        if len(self._rejected) >= self._max_rejected:
            new.shed(early_answers.TOO_MANY_CONNECTIONS)
            return
        new.refuse(early_answers.TOO_MANY_CONNECTIONS)
        self._open.discard(new)
        self._rejected.add(new)

    def note_pause(self, paused: LimitedProtocol) -> None:
        """Count the bytes of a large body that arrived before memory was reserved for it."""
        if ROOM in paused.scope:
            return
        self._unreserved += len(paused.cycle.body)
        maximum = self.settings.max_body_bytes // 4
        if self._unreserved > maximum:
            self._unreserved = sum(len(c.cycle.body) for c in self._open if c.phase is Phase.BODY)
        if self._unreserved > maximum:
            logger.warning("a large request was refused: too many are waiting for memory")
            paused.refuse(early_answers.NO_ROOM_FOR_BODY)

    async def watch(self) -> None:
        """Sweep periodically until cancelled."""
        shortest = min(
            self.settings.header_timeout, self.settings.body_timeout, self.settings.stall_timeout
        )
        while True:
            interval = 0.1 if self._stopping is not None else min(1.0, shortest / 4)
            with suppress(TimeoutError):
                async with asyncio.timeout(interval):
                    await self._wake.wait()
                    self._wake.clear()
            try:
                self.sweep(monotonic())
            except Exception:  # a bug in the sweep must not end it
                logger.exception("the sweep of the connections failed")

    def stop(self) -> None:
        """Close half-open connections soon, even if their clients keep sending."""
        self._stopping = monotonic()
        self._wake.set()

    def sweep(self, now: float) -> None:
        """Close the connections that have exceeded the time limit of their phase."""
        for connection in list(self._open):
            phase = connection.update_phase(now)
            if self._reads_too_slowly(connection, now):
                logger.warning("a connection was closed: its client reads a response too slowly")
                connection.transport.abort()
            elif phase is Phase.HEAD:
                self._check_head(connection, now)
            elif phase is Phase.BODY:
                self._check_body(connection, now)
            elif phase is Phase.IDLE and now - connection.since > self.settings.keep_alive_timeout:
                connection.transport.close()
            elif phase is Phase.REFUSED:
                self._check_refused(connection, now)
        self._last_sweep = now
        for connection in list(self._rejected):
            if now - connection.since > self._linger and not connection.transport.is_closing():
                connection.transport.abort()
            if connection.transport.is_closing():
                self._rejected.discard(connection)

    @property
    def _linger(self) -> float:
        return LINGER if self._stopping is None else LINGER / 4

    def _check_head(self, connection: LimitedProtocol, now: float) -> None:
        if now - connection.since <= self.settings.header_timeout:
            return
        if connection.received:
            connection.refuse(early_answers.HEADER_TIMEOUT)
        else:
            connection.transport.close()  # the client has sent nothing

    def _check_body(self, connection: LimitedProtocol, now: float) -> None:
        cycle, settings = connection.cycle, self.settings
        elapsed = now - connection.since
        if self._stopping is not None and now - self._stopping > GRACE:
            connection.refuse(early_answers.STOPPING)
        elif cycle.response_complete:  # the request was refused; the rest of it is discarded
            if elapsed > settings.stall_timeout:
                connection.transport.close()
        elif elapsed > settings.body_timeout:
            connection.refuse(early_answers.BODY_TIMEOUT)
        elif connection.flow.read_paused or cycle.waiting_for_100_continue:
            # The client waits for the server: this time does not count.
            connection.since += now - self._last_sweep
            connection.stalls.begin(now, connection.received)
        elif connection.stalls.sends_too_slowly(
            now, connection.received, rate=settings.min_body_rate, over=settings.stall_timeout
        ):
            connection.refuse(early_answers.BODY_TOO_SLOW)

    def _check_refused(self, connection: LimitedProtocol, now: float) -> None:
        if connection.transport.get_write_buffer_size():
            connection.since = now  # the client still reads; see `_reads_too_slowly`
        elif now - connection.since > self._linger:
            connection.transport.abort()

    def _reads_too_slowly(self, connection: LimitedProtocol, now: float) -> bool:
        over: float = self.settings.stall_timeout
        if self._stopping is not None:
            over = min(over, GRACE)
        unread = connection.transport.get_write_buffer_size()
        cycle: Any = connection.cycle  # None before the first request
        streamed: int = cycle.scope.get(STREAMED, 0) if cycle else 0
        return connection.stalls.reads_too_slowly(
            now, unread, rate=self.settings.min_body_rate, over=over, streamed=streamed
        )

    def _oldest(self, new: LimitedProtocol) -> LimitedProtocol | None:
        now = monotonic()
        if not self._sheddable and now > self._next_search:
            self._sheddable = self._find_sheddable(now, new)
            if not self._sheddable:
                self._next_search = now + 0.1  # the search goes through all connections
        while self._sheddable:
            connection, phase = self._sheddable.popleft()
            if connection in self._open and connection.update_phase(now) is phase:
                return connection
        return None

    def _find_sheddable(
        self, now: float, new: LimitedProtocol
    ) -> deque[tuple[LimitedProtocol, Phase]]:
        phases = [(c, c.update_phase(now)) for c in self._open if c is not new]
        sheddable = [(c, phase) for c, phase in phases if phase in _SHED_ORDER]
        return deque(sorted(sheddable, key=lambda c: (_SHED_ORDER.index(c[1]), c[0].since)))
