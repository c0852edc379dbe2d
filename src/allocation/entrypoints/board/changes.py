"""`GET /board/changes`: server-sent events that say only that something has changed."""

import time
from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State

from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.pages import page_options
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.exchange import LONG_LIVED
from allocation.entrypoints.http.feed.open_streams import OpenStream
from allocation.entrypoints.http.feed.sse import KEEP_ALIVE, FeedStream

INTERVAL: Final = 0.5
"""The minimum of seconds between two events."""

RETRY: Final = 2_000
"""Milliseconds after which a browser connects again."""


class ChangeStream(FeedStream):
    """A response that tells a browser when its pages are out of date.

    Browsers read their pages again, so that access, filters and pages stay one path, and a change
    costs the server the same however many messages it consists of.
    """

    async def frames(self, stream: OpenStream) -> AsyncIterator[bytes]:
        """An event for each change, and signs that the stream is alive."""
        place, sent_at = self.end, time.monotonic()
        yield b"retry: %d\n\n" % RETRY
        while not stream.is_closed:
            await stream.sleep(KEEP_ALIVE - (time.monotonic() - sent_at))
            if self.end != place:
                place, sent_at = self.end, time.monotonic()
                yield b"event: changed\ndata: %d\n\n" % place
                await stream.pause(INTERVAL)
            elif time.monotonic() - sent_at >= KEEP_ALIVE:
                sent_at = time.monotonic()
                yield b":\n\n"

    @property
    def end(self) -> int:
        """The number of the last message that can be read."""
        tail = self._feed.tailer.tail
        return -1 if tail is None else tail.end


@get(f"{ROOT}/changes", **page_options())
async def changes(request: Request[Any, Any, State]) -> ChangeStream:
    """Tell a browser when something has changed."""
    scope: Any = request.scope
    scope[LONG_LIVED] = True
    return ChangeStream(request.app.state.feed, caller_of(scope))
