"""The ASGI application: checks and fast path in front of the framework's own layers."""

from typing import Any

import msgspec
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import (
    HTTPScope,
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Receive,
    Scope,
    Send,
)

from allocation.entrypoints.http.error_responses import failure_of
from allocation.entrypoints.http.errors import HttpError
from allocation.entrypoints.http.fast_path import FastPath
from allocation.entrypoints.http.hosts import AllowedHosts
from allocation.entrypoints.http.json_answers import send_json
from allocation.entrypoints.http.methods import allowing_head, as_get


class HttpService(Litestar):
    """A Litestar application that checks the Host header and serves the fast path itself.

    Litestar's `allowed_hosts` also compares the port, and its middleware does not run on the
    fast path (ADR 17) or for paths without a route.
    """

    def __init__(self, *args: Any, hosts: AllowedHosts, **options: Any) -> None:
        """Litestar's own arguments, and the allowed hosts."""
        super().__init__(*args, **options)
        self._hosts = hosts
        self._fast_path = FastPath(self)

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == ScopeType.HTTP:
            http: HTTPScope = scope  # type: ignore[assignment]  # as its type says
            try:
                self._hosts.check(http)
            except HttpError as error:
                status, failure = failure_of(error)
                await send_json(send, status, msgspec.json.encode(failure))  # type: ignore[arg-type]
                return
            endpoint = self._fast_path.endpoint(http)
            if endpoint is not None:
                await self._fast_path.serve(endpoint, http, receive, send)  # type: ignore[arg-type]
                return
            if http["method"] == "HEAD":
                scope, send = as_get(http, send)  # type: ignore[arg-type]
            elif http["method"] == "OPTIONS":
                send = allowing_head(send)  # type: ignore[arg-type]
        await super().__call__(scope, receive, send)
