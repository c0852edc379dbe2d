"""The ceiling: what HTTP alone costs, with our framework and with none.

`python -m benchmarks.servers.ceiling litestar|fast-path|asgi serve --port 0 --database URL`;
the database is opened, since the command does so, and never used.
"""

import sys
from datetime import timedelta
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, post
from litestar.handlers import HTTPRouteHandler

from allocation.access.scopes import Scope
from allocation.access.sessions import SessionLimits, StoredAccess
from allocation.bootstrap import now
from allocation.config import LimitSettings
from allocation.domain.events import AllocationRequired
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.access.gate import Gate
from allocation.entrypoints.http.fast_path import HttpService, JsonAnswer, OnFastPath
from allocation.entrypoints.http.request_bodies import Form, received
from allocation.entrypoints.http.security import AllowedHosts
from allocation.entrypoints.http.writes import LARGEST_BODY
from allocation.service_layer.replies import AllocatedLine
from benchmarks.servers.instead import Asgi, serve_instead

LINE: Final = Form(AllocationRequired)


def answer(body: bytes) -> AllocatedLine:
    """Read the event as ours does, and do nothing about it."""
    event = LINE.read(body)
    return AllocatedLine(f"batch-of-{event.sku}")


@post("/allocate", status_code=201)
async def allocate(request: Request[Any, Any, Any]) -> AllocatedLine:
    """The endpoint as Litestar serves it."""
    return answer(await request.body())


@post("/allocate", opt={ACCESS: Scope.ORDERS}, middleware=[OnFastPath])
async def allocate_on_fast_path(request: Request[Any, Any, Any]) -> JsonAnswer[AllocatedLine]:
    """The same on the fast path, as ours is."""
    return JsonAnswer(answer(await received(request, LARGEST_BODY)), 201)


async def plain(scope: dict[str, Any], receive: Asgi, send: Asgi) -> None:
    """The same without a framework."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    content = msgspec.json.encode(answer(body))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def litestar(endpoint: HTTPRouteHandler) -> Litestar:
    """The endpoint, and nothing else."""
    return Litestar([endpoint], openapi_config=None, logging_config=None)


def on_fast_path(endpoint: HTTPRouteHandler) -> HttpService:
    """The endpoint behind the gate of a service without keys."""
    limits = SessionLimits(timedelta(hours=1), timedelta(hours=1))
    gate = Gate(AllowedHosts(), LimitSettings(), now, limits, may_be_open=True)
    return HttpService(
        [endpoint],
        gate=gate,
        lifespan=[lambda _: gate.ring.refreshing(lambda: StoredAccess(()))],
        openapi_config=None,
        logging_config=None,
    )


SERVED: Final[dict[str, Asgi]] = {
    "litestar": litestar(allocate),
    "fast-path": on_fast_path(allocate_on_fast_path),
    "asgi": plain,
}

if __name__ == "__main__":
    serve_instead(SERVED[sys.argv.pop(1)])
