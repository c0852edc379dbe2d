"""A connection to PostgreSQL that holds nobody up while the server works.

The server works on a statement while the next is made ready, and the event loop goes on when
an answer takes its time.
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
"""Seconds for which an event loop is held up: most answers are there, and to leave the loop and
come back takes as long as they do."""

_INTERVAL: Final = 0.1
"""Seconds between looks for an interrupt, as the driver's own."""

_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)


class Connection(psycopg.Connection[Any]):
    """While it is `ahead`, a statement is sent, and its answer not waited for before the next.

    Every statement is sent whole and by itself, so that the server takes a process that is
    stopped in between for idle in its transaction, and does not wait for it for ever; in the
    middle of a pipeline it would.
    """

    ahead = False
    answer_timeout: float | None = None
    """Seconds for which the answer to a statement is waited for."""
    _under_way: PQGen[Any] | None = None

    def wait(self, gen: PQGen[T], *args: Any, **kwargs: Any) -> T:
        """What the driver waits with: until `gen` is done, or has sent all that it sends."""
        self.settle()
        if not (self.ahead or in_event_loop() or self.answer_timeout):
            return super().wait(gen, *args, **kwargs)
        try:
            state = next(gen)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        rest = self._in_time(_rest_of(gen, state))
        if not self.ahead or state != Wait.R:
            return self._handle_chain(rest)
        self._under_way = rest
        return None  # type: ignore[return-value] # nobody asks before it is settled

    def _in_time(self, rest: PQGen[T]) -> PQGen[T]:
        """The same; the connection is closed when the answer has not come in time."""
        if self.answer_timeout is None:
            return rest
        return self._until(rest, time.monotonic() + self.answer_timeout)

    def _until(self, rest: PQGen[T], deadline: float) -> Generator[Wait, Ready | int, T]:
        try:
            state = next(rest)
            while True:
                ready = yield state
                if not ready and time.monotonic() > deadline:
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server has not answered in time")
                state = rest.send(ready)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]

    def settle(self) -> None:
        """Wait for the answer that is still to come.

        Raises:
            psycopg.Error: what became of the statement.
        """
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            self._handle_chain(under_way)

    def _handle_chain(self, rest: PQGen[T]) -> T:
        if not in_event_loop():
            return super().wait(rest)
        try:
            # One statement may have several answers: to a BEGIN before it, to its preparation.
            state = next(rest)
            while state == Wait.R and self._answers.select(SOON):
                state = rest.send(Ready.R)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        return await_(wait_async(_rest_of(rest, state), self.pgconn.socket, interval=_INTERVAL))

    @cached_property
    def _answers(self) -> selectors.BaseSelector:
        selector: selectors.BaseSelector = _Selector()
        selector.register(self.pgconn.socket, selectors.EVENT_READ)
        return selector


def _rest_of(gen: PQGen[T], state: Wait) -> Generator[Wait, Ready | int, T]:
    try:
        while True:
            state = gen.send((yield state))
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
