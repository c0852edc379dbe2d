"""A PostgreSQL connection that does not block the event loop, and can send statements ahead.

While the server runs one statement, the next is prepared; a slow result suspends the calling
greenlet instead of blocking the loop.
"""

import selectors
import time
from collections.abc import Generator
from functools import cached_property
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.waiting import Ready, Wait, wait_async

from allocation.messaging.sync_bridge import await_, in_event_loop

T = TypeVar("T")

SOON: Final = 0.005
"""Seconds to block the event loop for a result: most arrive within them, and suspending the
greenlet would take as long."""

_INTERVAL: Final = 0.1
"""Seconds between checks for an interrupt, as in the driver."""

_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)


class Connection(psycopg.Connection[Any]):
    """A connection that, while `ahead` is set, returns before the result of a statement arrives.

    Every statement is sent completely and on its own. The server therefore considers a process
    that is stopped in between as idle in its transaction, and ends it after the timeout; in the
    middle of a pipeline, the server would wait for ever.
    """

    ahead = False
    answer_timeout: float | None = None
    """The maximum time to wait for the result of a statement, in seconds."""
    _in_flight: PQGen[Any] | None = None

    def wait(self, gen: PQGen[T], *args: Any, **kwargs: Any) -> T:
        """Wait for the driver's `gen` to finish or, with `ahead`, to have sent its statement."""
        self.settle()
        if not (self.ahead or in_event_loop() or self.answer_timeout):
            return super().wait(gen, *args, **kwargs)
        try:
            state = next(gen)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        rest = self._in_time(_rest_of(gen, state))
        if not self.ahead or state != Wait.R:
            return self._finish(rest)
        self._in_flight = rest
        return None  # type: ignore[return-value] # the result is not used before it is settled

    def _in_time(self, rest: PQGen[T]) -> PQGen[T]:
        """The same, but close the connection if the result does not arrive in time."""
        if self.answer_timeout is None:
            return rest
        return self._finish_by(rest, time.monotonic() + self.answer_timeout)

    def _finish_by(self, rest: PQGen[T], deadline: float) -> Generator[Wait, Ready | int, T]:
        try:
            state = next(rest)
            while True:
                ready = yield state
                if not ready and time.monotonic() > deadline:
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server did not answer in time")
                state = rest.send(ready)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]

    def settle(self) -> None:
        """Wait for the outstanding result.

        Raises:
            psycopg.Error: the statement failed.
        """
        in_flight, self._in_flight = self._in_flight, None
        if in_flight is not None:
            self._finish(in_flight)

    def _finish(self, rest: PQGen[T]) -> T:
        if not in_event_loop():
            return super().wait(rest)
        try:
            # A statement may have several results: of a BEGIN before it, of its preparation.
            state = next(rest)
            while state == Wait.R and self._readable.select(SOON):
                state = rest.send(Ready.R)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        return await_(wait_async(_rest_of(rest, state), self.pgconn.socket, interval=_INTERVAL))

    @cached_property
    def _readable(self) -> selectors.BaseSelector:
        selector: selectors.BaseSelector = _Selector()
        selector.register(self.pgconn.socket, selectors.EVENT_READ)
        return selector


def _rest_of(gen: PQGen[T], state: Wait) -> Generator[Wait, Ready | int, T]:
    try:
        while True:
            state = gen.send((yield state))
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
