"""`GET /board/changes`: server-sent events that say only that something has changed."""

import time
from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State

from allocation.access.callers import Caller
from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.change_signal import INTERVAL, ChangeSignal
from allocation.entrypoints.board.pages import page_options
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.exchange import LONG_LIVED
from allocation.entrypoints.http.feed.open_streams import OpenStream, Streams
from allocation.entrypoints.http.feed.sse import KEEP_ALIVE, CallersStream

CHANGED: Final = b"event: changed\ndata: the log\n\n"
"""A browser ignores an event without data."""

RETRY: Final = 2_000
"""Milliseconds after which a browser connects again."""


class ChangeStream(CallersStream):
    """A response that tells a browser when its pages are out of date.

    Browsers read their pages again, so that access, filters and pages stay one path, and a change
    costs the server the same however many messages it consists of.
    """

    def __init__(self, streams: Streams, caller: Caller, signal: ChangeSignal) -> None:
        super().__init__(streams, caller, signal.used)
        self._signal = signal

    async def frames(self, stream: OpenStream) -> AsyncIterator[bytes]:
        """An event for each change, and signs that the stream is alive."""
        place, sent_at = self._signal.latest, time.monotonic()
        yield b"retry: %d\n\n" % RETRY
        while not stream.is_closed:
            await stream.pause(INTERVAL)
            if self._signal.latest != place:
                place, sent_at = self._signal.latest, time.monotonic()
                yield CHANGED
            elif time.monotonic() - sent_at >= KEEP_ALIVE:
                sent_at = time.monotonic()
                yield b":\n\n"


@get(f"{ROOT}/changes", **page_options())
async def changes(request: Request[Any, Any, State]) -> ChangeStream:
    """Tell a browser when something has changed."""
    scope: Any = request.scope
    scope[LONG_LIVED] = True
    state = request.app.state
    return ChangeStream(state.streams, caller_of(scope), state.changes)
