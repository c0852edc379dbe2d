"""Large bodies: of all of them together, only so many bytes are received and handled at a time."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from litestar import Request

from allocation.bootstrap import Application, WeightedSemaphore
from allocation.entrypoints.http.connections import ROOM
from allocation.entrypoints.http.errors import BodyTooLarge, NoRoomForBody
from allocation.entrypoints.http.request_headers import header

LARGE: Final = 64 * 1024
"""Bytes of a body that needs room; what is smaller has been received with its head, or nearly."""


@asynccontextmanager
async def room_for_body(request: Request[Any, Any, Any], largest: int) -> AsyncIterator[None]:
    """Keep room for the whole body before any of it is received, first come, first served.

    Two bodies with room for a half each would wait for one another. A body of which the length
    is not announced may become as long as the largest.

    Raises:
        BodyTooLarge: it is announced to have more bytes than `largest`.
        NoRoomForBody: others have not made room for it in time.
        Stopping: the service is stopping, and there is no room.
    """
    announced = header(request, b"content-length")
    length = largest if announced is None else int(announced)
    if length > largest:
        raise BodyTooLarge(f"A request has {largest:,} bytes at the most")
    async with AsyncExitStack() as room:
        if length > LARGE:
            parts: Application = request.app.state.application
            bodies: WeightedSemaphore = request.app.state.bodies
            patience = parts.limits.body_room_timeout
            try:
                await room.enter_async_context(bodies.acquired(length, within=patience))
            except TimeoutError:
                told = "Too many large requests are being received; try again soon"
                raise NoRoomForBody(told) from None
            request.scope[ROOM] = True  # type: ignore[typeddict-unknown-key]
        yield
