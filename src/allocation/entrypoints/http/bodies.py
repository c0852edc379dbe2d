"""Limits the memory that all large request bodies use together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from litestar import Request

from allocation.bootstrap import WeightedSemaphore
from allocation.entrypoints.http.app_state import application_of
from allocation.entrypoints.http.connections import ROOM
from allocation.entrypoints.http.errors import BodyTooLarge, NoRoomForBody
from allocation.entrypoints.http.requests import headers_of

LARGE: Final = 64 * 1024
"""The size in bytes from which a body needs a reservation; smaller ones arrive with the head."""


@asynccontextmanager
async def room_for_body(request: Request[Any, Any, Any], largest: int) -> AsyncIterator[None]:
    """Reserve memory for the whole body before it is received, first come, first served.

    Reserving memory part by part could deadlock: two bodies, each with half of its memory, would
    wait for each other. A body without a Content-Length reserves the maximum.

    Raises:
        BodyTooLarge: the Content-Length exceeds `largest`.
        NoRoomForBody: the memory was not free in time.
        Stopping: the service is stopping, and the memory is not free.
    """
    content_length = headers_of(request.scope).text(b"content-length")
    length = largest if content_length is None else int(content_length)
    if length > largest:
        raise BodyTooLarge(f"A request may have at most {largest:,} bytes")
    async with AsyncExitStack() as room:
        if length > LARGE:
            application = application_of(request)
            bodies: WeightedSemaphore = request.app.state.bodies
            timeout = application.limits.body_room_timeout
            try:
                await room.enter_async_context(bodies.acquired(length, within=timeout))
            except TimeoutError:
                message = "Too many large requests are being received; try again soon"
                raise NoRoomForBody(message) from None
            request.scope[ROOM] = True  # type: ignore[typeddict-unknown-key]
        yield
