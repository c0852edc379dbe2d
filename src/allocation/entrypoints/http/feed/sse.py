"""The feed as server-sent events."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from typing import Any, Final

from litestar import Request
from litestar.types import ASGIApp, Receive, Scope, Send

from allocation.access.callers import Caller
from allocation.entrypoints.http.error_responses import KNOWN
from allocation.entrypoints.http.feed.feed import Feed
from allocation.entrypoints.http.feed.follower import Follower
from allocation.entrypoints.http.feed.open_streams import OpenStream, Streams
from allocation.entrypoints.http.streams import BreakingStream

EVENT_STREAM: Final = "text/event-stream"

KEEP_ALIVE: Final = 15.0
"""Seconds without an event after which the stream tells its place, or that it is alive."""

RETRY: Final = 1_000
"""Milliseconds after which a client connects again."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would collect events until its buffer is full
}


class CallersStream(BreakingStream):
    """A response that goes on until the client or the server ends it."""

    def __init__(
        self, streams: Streams, caller: Caller, used: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """`used` keeps what the stream reads from fresh, as long as its context is open."""
        super().__init__(self._opened(), media_type=EVENT_STREAM, headers=_HEADERS)
        self._streams = streams
        self._caller = caller
        self._used = used
        self._stream: OpenStream | None = None

    def frames(self, stream: OpenStream) -> AsyncIterator[bytes]:
        """The parts of the response."""
        raise NotImplementedError

    def to_asgi_response(  # type: ignore[override]  # as in the base class
        self, app: Any, request: Request[Any, Any, Any], **options: Any
    ) -> ASGIApp:
        """Make the ASGI application that sends the response.

        Raises:
            NotAcceptable: the client speaks HTTP/1.0.
        """
        respond = super().to_asgi_response(app, request, **options)

        async def send_events(scope: Scope, receive: Receive, send: Send) -> None:
            with self._streams.opened(self._caller) as self._stream, self._used():
                await respond(scope, receive, send)

        return send_events

    async def _opened(self) -> AsyncIterator[bytes]:
        if self._stream is not None:
            async for part in self.frames(self._stream):
                yield part


class EventStream(CallersStream):
    """A response that sends events as they come.

    The events that are lost with the connection are sent again to a client that gives the id of
    the last event that it has.
    """

    def __init__(self, feed: Feed, follower: Follower, caller: Caller) -> None:
        super().__init__(feed.streams, caller, feed.tailer.used)
        self._follower = follower

    async def frames(self, stream: OpenStream) -> AsyncIterator[bytes]:
        """The events, and signs that the stream is alive."""
        follower = self._follower
        place, sent_at = follower.cursor, time.monotonic()
        yield b"retry: %d\nid: %b\n\n" % (RETRY, str(place).encode())
        while not stream.is_closed:
            try:
                frames = await follower.frames()
            except KNOWN:  # when it connects again, the client gets the error, or goes on
                return
            now = time.monotonic()
            if not frames and now - sent_at >= KEEP_ALIVE:
                frames = _progress(follower, is_new=follower.cursor != place)
            if frames:
                yield frames
                place, sent_at = follower.cursor, now
            elif follower.is_at_end:
                await stream.sleep(KEEP_ALIVE - (now - sent_at))


def _progress(follower: Follower, *, is_new: bool) -> bytes:
    """The place of a client to whom none of the latest events was sent; or a comment."""
    return b"id: %b\n\n" % str(follower.cursor).encode() if is_new else b":\n\n"
