"""Responses that are sent part by part, and break the connection if they cannot be finished."""

import logging
from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Request
from litestar.response import Stream
from litestar.types import ASGIApp, Receive, Scope, Send

from allocation.entrypoints.http.connections import STREAMED
from allocation.entrypoints.http.error_responses import KNOWN
from allocation.entrypoints.http.errors import NotAcceptable
from allocation.entrypoints.http.methods import WITHOUT_BODY

logger = logging.getLogger(__name__)


_NEEDS_CHUNKS: Final = (
    "a whole list is sent in chunks, which HTTP/1.0 does not have: use HTTP/1.1, or pages of it "
    "with `limit`"
)


class _Unfinished(Exception):
    """The next part cannot be made; the reason is logged."""


class BreakingStream(Stream):
    """A response that is sent as fast as the client reads it.

    If the next part cannot be made, the response has no end: the connection is closed, and the
    client knows that it does not have everything. The response to HEAD has no part at all.
    """

    def to_asgi_response(  # type: ignore[override]  # all that the framework does is to call it
        self, app: Any, request: Request[Any, Any, Any], **options: Any
    ) -> ASGIApp:
        """Make the ASGI application that sends the response.

        Raises:
            NotAcceptable: the client speaks HTTP/1.0, in which the end of the connection would be
                that of the response, and one that breaks would look complete.
        """
        if request.scope["http_version"] == "1.0":
            raise NotAcceptable(_NEEDS_CHUNKS)
        parts: Any = self.iterator
        self.iterator = _nothing() if WITHOUT_BODY in request.scope else _counted(parts, request)
        stream = super().to_asgi_response(app, request, **options)

        async def send_stream(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await stream(scope, receive, send)
            except* _Unfinished:
                pass  # the server closes the connection of a response that is not complete

        return send_stream


async def _counted(
    parts: AsyncIterator[bytes], request: Request[Any, Any, Any]
) -> AsyncIterator[bytes]:
    """The parts of a response, whose bytes are counted when they have been sent."""
    scope: Any = request.scope
    scope[STREAMED] = 0
    try:
        async for part in parts:
            yield part
            scope[STREAMED] += len(part)
    except KNOWN as error:
        logger.error("the response to %s is incomplete: %s", request.url.path, error)
        raise _Unfinished from error


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""  # which makes it a generator
