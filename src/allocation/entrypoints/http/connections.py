"""The connections of a server: how many there may be, and for how long they may be half open."""

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
"""Seconds that a client has to read why it was refused, while what it still sends is dropped."""

ROOM: Final = "allocation.room"
"""Says in a request's scope that there is room for its body (`bodies`)."""

GRACE: Final = 2.0
"""Seconds that a half-sent body, or an answer that is being read, has when the server stops."""

_SHED: Final = (Phase.HEAD, Phase.BODY, Phase.IDLE)
"""Which connections give way to a new one, in this order: a good client's head is soon whole."""


class Connections:
    """Every open connection; `sweep` closes those that have taken too long.

    One look at all of them now and then costs less than a timer for each request.
    """

    def __init__(self, settings: LimitSettings, budget: Budget) -> None:
        self.settings = settings
        self._most = budget.connections
        self._most_turned_away = budget.backlog // 2
        self._turned_away: set[LimitedProtocol] = set()
        self._open: set[LimitedProtocol] = set()
        self._give_way: deque[tuple[LimitedProtocol, Phase]] = deque()
        self._none_gives_way_until = 0.0
        self._stopping: float | None = None
        self._swept = 0.0
        self._unread = 0  # bytes, or fewer
        self._wake = asyncio.Event()

    def protocol(self, **parts: Any) -> LimitedProtocol:
        """The protocol of a new connection, as uvicorn asks for it."""
        return LimitedProtocol(self.settings, self.admit, self.note_pause, **parts)

    def admit(self, new: LimitedProtocol) -> None:
        """Take a new connection; the oldest of those that are half open makes room for it."""
        self._open = new.connections  # type: ignore[assignment]  # they are all ours
        if len(self._open) <= self._most:
            return
        oldest = self._oldest(new)
        if oldest is None:
            self._turn_away(new)
            return
        logger.warning("a half-open connection was closed: too many connections")
        oldest.shed(early_answers.TOO_MANY_CONNECTIONS)

    def _turn_away(self, new: LimitedProtocol) -> None:
        logger.warning("a client was turned away: too many connections")
        if len(self._turned_away) >= self._most_turned_away:
            new.shed(early_answers.TOO_MANY_CONNECTIONS)
            return
        new.refuse(early_answers.TOO_MANY_CONNECTIONS)
        self._open.discard(new)
        self._turned_away.add(new)

    def note_pause(self, paused: LimitedProtocol) -> None:
        """A connection is not read for now: of a large body a part comes before there is room."""
        if ROOM in paused.scope:
            return
        self._unread += len(paused.cycle.body)
        most = self.settings.max_body_bytes // 4
        if self._unread > most:
            self._unread = sum(len(c.cycle.body) for c in self._open if c.phase is Phase.BODY)
        if self._unread > most:
            logger.warning("a large request was refused: too many wait for room")
            paused.refuse(early_answers.NO_ROOM_FOR_BODY)

    async def watch(self) -> None:
        """Sweep again and again, until cancelled."""
        shortest = min(
            self.settings.header_timeout, self.settings.body_timeout, self.settings.stall_timeout
        )
        while True:
            pause = 0.1 if self._stopping is not None else min(1.0, shortest / 4)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
                    self._wake.clear()
            try:
                self.sweep(monotonic())
            except Exception:  # a fault of ours must not end the watch
                logger.exception("the connections could not be looked at")

    def stop(self) -> None:
        """Close what is half open soon, however fast it goes on."""
        self._stopping = monotonic()
        self._wake.set()

    def sweep(self, now: float) -> None:
        """Close the connections that have taken too long for what they are at."""
        for connection in list(self._open):
            phase = connection.look(now)
            if self._does_not_read(connection, now):
                connection.transport.abort()
            elif phase is Phase.HEAD:
                self._see_to_head(connection, now)
            elif phase is Phase.BODY:
                self._see_to_body(connection, now)
            elif phase is Phase.IDLE and now - connection.since > self.settings.keep_alive_timeout:
                connection.transport.close()
            elif phase is Phase.REFUSED:
                self._see_to_refused(connection, now)
        self._swept = now
        for connection in list(self._turned_away):
            if now - connection.since > self._linger and not connection.transport.is_closing():
                connection.transport.abort()
            if connection.transport.is_closing():
                self._turned_away.discard(connection)

    @property
    def _linger(self) -> float:
        return LINGER if self._stopping is None else LINGER / 4

    def _see_to_head(self, connection: LimitedProtocol, now: float) -> None:
        if now - connection.since <= self.settings.header_timeout:
            return
        if connection.received:
            connection.refuse(early_answers.HEADER_TIMEOUT)
        else:
            connection.transport.close()  # nobody has asked anything

    def _see_to_body(self, connection: LimitedProtocol, now: float) -> None:
        cycle, settings = connection.cycle, self.settings
        took = now - connection.since
        if self._stopping is not None and now - self._stopping > GRACE:
            connection.refuse(early_answers.STOPPING)
        elif cycle.response_complete:  # it was refused; the rest is thrown away
            if took > settings.stall_timeout:
                connection.transport.close()
        elif took > settings.body_timeout:
            connection.refuse(early_answers.BODY_TIMEOUT)
        elif connection.flow.read_paused or cycle.waiting_for_100_continue:
            # It waits for us, not we for it.
            connection.since += now - self._swept
            connection.stalls.begin(now, connection.received)
        elif connection.stalls.sends_too_slowly(
            now, connection.received, rate=settings.min_body_rate, over=settings.stall_timeout
        ):
            connection.refuse(early_answers.BODY_TOO_SLOW)

    def _see_to_refused(self, connection: LimitedProtocol, now: float) -> None:
        if connection.transport.get_write_buffer_size():
            connection.since = now  # it still reads an answer, or `_does_not_read`
        elif now - connection.since > self._linger:
            connection.transport.abort()

    def _does_not_read(self, connection: LimitedProtocol, now: float) -> bool:
        over: float = self.settings.stall_timeout
        if self._stopping is not None:
            over = min(over, GRACE)
        unread = connection.transport.get_write_buffer_size()
        return connection.stalls.reads_too_slowly(
            now, unread, rate=self.settings.min_body_rate, over=over
        )

    def _oldest(self, new: LimitedProtocol) -> LimitedProtocol | None:
        now = monotonic()
        if not self._give_way and now > self._none_gives_way_until:
            self._give_way = self._those_that_may_give_way(now, new)
            if not self._give_way:
                self._none_gives_way_until = now + 0.1  # a look at all of them takes its time
        while self._give_way:
            connection, phase = self._give_way.popleft()
            if connection in self._open and connection.look(now) is phase:
                return connection
        return None

    def _those_that_may_give_way(
        self, now: float, new: LimitedProtocol
    ) -> deque[tuple[LimitedProtocol, Phase]]:
        found = [(c, c.look(now)) for c in self._open if c is not new]
        found = [(c, phase) for c, phase in found if phase in _SHED]
        return deque(sorted(found, key=lambda of: (_SHED.index(of[1]), of[0].since)))
