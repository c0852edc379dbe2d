"""The straight way to an endpoint that asks for its request and for nothing else.

Litestar finds out what an endpoint asks for, fills it in, and makes an answer of whatever comes
back. Where that is the request, and a `Told`, it takes longer than all the rest of Litestar
(ADR 17). Such an endpoint is declared, documented and found like any other.
"""

from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.types import ASGIApp, Receive, Scope, Send

from allocation.entrypoints.http.json_answers import send_json
from allocation.entrypoints.http.origins import refuse_other_sites

T = TypeVar("T")


class Told(Response[T]):
    """What is answered on that way, and on no other: a status, JSON, and nothing else."""

    def __init__(self, content: T, status_code: int) -> None:
        self.content = content
        self.status_code = status_code


class Straight:
    """The middleware of such an endpoint: it calls it in Litestar's place."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` is Litestar's own way, which is not taken."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is raised goes to Litestar's handlers of exceptions."""
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        await refuse_other_sites(request)
        told: Told[Any] = await scope["route_handler"].fn(request)
        await send_json(send, told.status_code or 200, msgspec.json.encode(told.content))
