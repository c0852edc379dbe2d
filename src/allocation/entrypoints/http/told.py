"""What most requests are answered with: a status and JSON, and nothing else."""

from typing import Any, TypeVar

import msgspec
from litestar import Response
from litestar.types import (
    ASGIApp,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    Receive,
    Scope,
    Send,
)

T = TypeVar("T")


class Told(Response[T]):
    """Like any `Response`, and quicker: it has no cookies and no headers of its own."""

    def __init__(self, content: T, status_code: int) -> None:
        self.content = content
        self.status_code = status_code

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIApp:  # type: ignore[override]
        """The answer itself, as an ASGI application."""
        content = msgspec.json.encode(self.content)
        start: HTTPResponseStartEvent = {
            "type": "http.response.start",
            "status": self.status_code or 200,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(content)),
            ],
        }
        body: HTTPResponseBodyEvent = {
            "type": "http.response.body",
            "body": content,
            "more_body": False,
        }

        async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send(start)
            await send(body)

        return answer
