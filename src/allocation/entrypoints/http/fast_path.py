"""The fast path: calls an endpoint whose only parameter is the request without the framework.

Litestar routes a request, resolves the parameters of its endpoint, and converts the return value
into a response. For an endpoint that takes the request and returns a `JsonAnswer`, that takes
longer than the rest of the request (ADR 17). Such an endpoint is declared and documented like
any other.
"""

from typing import Any, Final, TypeVar

import msgspec
from litestar import Litestar, Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from allocation.entrypoints.http.error_responses import failure_response
from allocation.entrypoints.http.json_answers import send_json
from allocation.entrypoints.http.security import refuse_other_sites

T = TypeVar("T")


class JsonAnswer(Response[T]):
    """The response of an endpoint on the fast path: a status and JSON content, no more."""

    def __init__(self, content: T, status_code: int) -> None:
        self.content = content
        self.status_code = status_code


class OnFastPath:
    """Middleware that marks an endpoint as being on the fast path.

    Litestar itself runs it only for paths that need its router, such as one with a trailing
    slash.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app`, the endpoint as Litestar calls it, is bypassed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; exceptions go to Litestar's exception handlers."""
        answer = await _answer(Request(scope, receive, send))
        await send_json(send, answer.status_code, msgspec.json.encode(answer.content))  # type: ignore[arg-type]


class FastPath:
    """The marked endpoints by path, served without the framework's router and middleware."""

    def __init__(self, app: Litestar) -> None:
        self._app: Final = app
        self._endpoints: Final = dict[str, HTTPRouteHandler]()
        for route in app.routes:
            for handler in getattr(route, "route_handlers", ()):
                if OnFastPath in handler.resolve_middleware():
                    self._endpoints[route.path] = handler

    def endpoint(self, scope: HTTPScope) -> HTTPRouteHandler | None:
        """The endpoint for a request, or None if it is not on the fast path."""
        return self._endpoints.get(scope["path"]) if scope["method"] == "POST" else None

    async def serve(
        self, endpoint: HTTPRouteHandler, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Serve a request; exceptions get the response that Litestar would make."""
        scope["litestar_app"] = self._app
        scope["route_handler"] = endpoint
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        answer: Response[Any]
        try:
            answer = await _answer(request)
        except Exception as error:
            answer = failure_response(request, error)
            extra = [(name.lower().encode(), v.encode()) for name, v in answer.headers.items()]
        else:
            extra = []
        content = msgspec.json.encode(answer.content)
        await send_json(send, answer.status_code, content, extra)  # type: ignore[arg-type]


async def _answer(request: Request[Any, Any, Any]) -> JsonAnswer[Any]:
    await refuse_other_sites(request)
    answer: JsonAnswer[Any] = await request.scope["route_handler"].fn(request)
    return answer
