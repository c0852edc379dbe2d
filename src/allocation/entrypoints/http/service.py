"""What every request passes before the framework, also where its own layers do not act."""

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

from allocation.entrypoints.http.error_responses import told
from allocation.entrypoints.http.errors import HttpError
from allocation.entrypoints.http.fast_path import FastPath
from allocation.entrypoints.http.hosts import AllowedHosts
from allocation.entrypoints.http.json_answers import send_json
from allocation.entrypoints.http.methods import allowing_head, as_get


class HttpService(Litestar):
    """The framework's application; requests that are meant for others do not get to it.

    Litestar's `allowed_hosts` compares the port, too, and its middleware does not act on the
    fast path (ADR 17), nor where there is no route.
    """

    def __init__(self, *args: Any, hosts: AllowedHosts, **options: Any) -> None:
        """As Litestar's own, and the hosts for which it answers."""
        super().__init__(*args, **options)
        self._hosts = hosts
        self._fast_path = FastPath(self)

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """Serve one request."""
        if scope["type"] == ScopeType.HTTP:
            asked: HTTPScope = scope  # type: ignore[assignment]  # as its type says
            try:
                self._hosts.check(asked)
            except HttpError as error:
                status, failure = told(error)
                await send_json(send, status, msgspec.json.encode(failure))  # type: ignore[arg-type]
                return
            endpoint = self._fast_path.endpoint(asked)
            if endpoint is not None:
                await self._fast_path.serve(endpoint, asked, receive, send)  # type: ignore[arg-type]
                return
            if asked["method"] == "HEAD":
                scope, send = as_get(asked, send)  # type: ignore[arg-type]
            elif asked["method"] == "OPTIONS":
                send = allowing_head(send)  # type: ignore[arg-type]
        await super().__call__(scope, receive, send)
