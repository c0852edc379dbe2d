"""The fast path: an endpoint that asks for its request and for nothing else is called directly.

Litestar routes a request, finds out what its endpoint asks for, fills it in, and makes an answer
of whatever comes back. Where that is the request, and a `JsonAnswer`, it takes longer than all
the rest of the request (ADR 17). Such an endpoint is declared and documented like any other.
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
    """The answer of an endpoint on the fast path: a status, JSON, and nothing else."""

    def __init__(self, content: T, status_code: int) -> None:
        self.content = content
        self.status_code = status_code


class OnFastPath:
    """The middleware that marks such an endpoint.

    Litestar runs it for the spellings of a path that only its router knows, such as one with a
    slash at its end.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app` is the endpoint as Litestar calls it, which is passed by."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is raised goes to Litestar's handlers of exceptions."""
        answer = await _answer(Request(scope, receive, send))
        await send_json(send, answer.status_code, msgspec.json.encode(answer.content))  # type: ignore[arg-type]


class FastPath:
    """The endpoints so marked, by path, served without the framework's router and layers."""

    def __init__(self, app: Litestar) -> None:
        self._app: Final = app
        self._endpoints: Final = dict[str, HTTPRouteHandler]()
        for route in app.routes:
            for handler in getattr(route, "route_handlers", ()):
                if OnFastPath in handler.resolve_middleware():
                    self._endpoints[route.path] = handler

    def endpoint(self, scope: HTTPScope) -> HTTPRouteHandler | None:
        """The endpoint that a request asks for, if it is one of these."""
        return self._endpoints.get(scope["path"]) if scope["method"] == "POST" else None

    async def serve(
        self, endpoint: HTTPRouteHandler, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Serve one request; what is raised is answered as Litestar would answer it."""
        scope["litestar_app"] = self._app
        scope["route_handler"] = endpoint
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        answer: Response[Any]
        try:
            answer = await _answer(request)
        except Exception as error:
            answer = failure_response(request, error)
            headers = [(name.lower().encode(), v.encode()) for name, v in answer.headers.items()]
        else:
            headers = []
        content = msgspec.json.encode(answer.content)
        await send_json(send, answer.status_code, content, headers)  # type: ignore[arg-type]


async def _answer(request: Request[Any, Any, Any]) -> JsonAnswer[Any]:
    await refuse_other_sites(request)
    answer: JsonAnswer[Any] = await request.scope["route_handler"].fn(request)
    return answer
