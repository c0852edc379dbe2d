"""The ASGI application, and the fast path: endpoints that are called without the framework.

Litestar routes a request, resolves the parameters of its endpoint, and converts the return value
into a response. For an endpoint that takes the request and returns a `JsonAnswer`, that takes
longer than the rest of the request (ADR 17). Such an endpoint is declared and documented like
any other.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeVar

import msgspec
from litestar import Litestar, Request, Response
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import (
    ASGIApp,
    HTTPScope,
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Receive,
    Scope,
    Send,
)

from allocation.entrypoints.http.access.gate import Gate
from allocation.entrypoints.http.error_responses import failure_response
from allocation.entrypoints.http.errors import KeyRequired, SessionEnded
from allocation.entrypoints.http.exchange import ExchangeLog
from allocation.entrypoints.http.forms import is_form, is_navigation, login_address
from allocation.entrypoints.http.methods import allowing_head, as_get
from allocation.entrypoints.http.requests import headers_of
from allocation.entrypoints.http.security import check_site

T = TypeVar("T")


class JsonAnswer(Response[T]):
    """The response of an endpoint on the fast path: only a status and JSON content."""

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
        check_site(headers_of(scope))
        endpoint: Any = scope["route_handler"]
        answer: JsonAnswer[Any] = await endpoint.fn(Request[Any, Any, Any](scope, receive, send))
        await _send_json(send, answer.status_code or 200, answer.content)


class HttpService(Litestar):
    """A Litestar application behind a gate, which serves the fast path itself.

    Litestar's own means of access are not used: its middleware and guards do not run on the fast
    path, and its middleware does not run for paths without a route.
    """

    def __init__(
        self, *args: Any, gate: Gate, exchanges: ExchangeLog | None = None, **options: Any
    ) -> None:
        """Litestar's own arguments, the gate, and the log of the exchanges.

        Raises:
            RegistryError: a handler does not declare what access to it needs.
        """
        super().__init__(*args, middleware=[gate.layer], **options)
        gate.guard(self)
        self.gate: Final = gate
        self._exchanges: Final = exchanges or ExchangeLog()
        self._fast_path: Final = {
            route.path: handler
            for route in self.routes
            for handler in getattr(route, "route_handlers", ())
            if OnFastPath in handler.resolve_middleware()
        }

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == ScopeType.HTTP:
            http: HTTPScope = scope  # type: ignore[assignment]  # as its type says
            exchange = self._exchanges.begin(http, send)  # type: ignore[arg-type]
            try:
                await self._answer(http, receive, exchange.send)  # type: ignore[arg-type]
            finally:
                exchange.end()
            return
        await super().__call__(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        try:
            await self.gate.admit(scope)
        except (KeyRequired, SessionEnded) as error:
            if is_navigation(scope):
                await _redirect(send, login_address(scope))
            elif is_form(scope):
                await _redirect(send, "/login")
            else:
                await self._fail(scope, receive, send, error)
            return
        except Exception as error:
            await self._fail(scope, receive, send, error)
            return
        method = scope["method"]
        if method == "POST" and (endpoint := self._fast_path.get(scope["path"])) is not None:
            await self._serve(endpoint, scope, receive, send)
            return
        if method == "HEAD":
            scope, send = as_get(scope, send)
        elif method == "OPTIONS":
            send = allowing_head(send)
        await super().__call__(scope, receive, send)

    async def _serve(
        self, endpoint: HTTPRouteHandler, scope: HTTPScope, receive: Receive, send: Send
    ) -> None:
        """Serve a request; exceptions get the response that Litestar would make."""
        scope["litestar_app"] = self
        scope["route_handler"] = endpoint
        try:
            self.gate.permit(scope)
            check_site(headers_of(scope))
            answer = await endpoint.fn(Request[Any, Any, Any](scope, receive, send))
        except Exception as error:
            await self._fail(scope, receive, send, error)
        else:
            await _send_json(send, answer.status_code or 200, answer.content)

    async def _fail(self, scope: HTTPScope, receive: Receive, send: Send, error: Exception) -> None:
        """Send the response that Litestar would make for an exception."""
        scope["litestar_app"] = self
        answer = failure_response(Request[Any, Any, Any](scope, receive, send), error)
        extra = [(name.lower().encode(), v.encode()) for name, v in answer.headers.items()]
        await _send_json(send, answer.status_code or 200, answer.content, extra)


async def _redirect(send: Send, place: str) -> None:
    """Send a browser to another page."""
    headers = [(b"location", place.encode()), (b"content-length", b"0"), (b"vary", b"Accept")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_json(
    send: Send, status: int, content: Any, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send a complete JSON response over ASGI."""
    body = msgspec.json.encode(content)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
