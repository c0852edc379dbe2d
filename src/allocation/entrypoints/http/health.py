"""Liveness and readiness endpoints; they respond quickly, however busy the service is."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from litestar import Request, Response, get
from litestar.datastructures import State

from allocation.access.callers import NOBODY
from allocation.entrypoints.http.access.declarations import ACCESS, PUBLIC
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.error_responses import Failure
from allocation.entrypoints.http.errors import WorkerEnded
from allocation.entrypoints.http.operations import Documented, failing
from allocation.entrypoints.http.readiness import Readiness, Reason
from allocation.errors import Fatal, Stopping, StoreLost

NOT_READY: Final = "The service is not ready; a request with a key is told why"


@dataclass(frozen=True, slots=True)
class Health:
    """The service is healthy."""

    status: Literal["ok"]


@get(
    "/health/live",
    opt={ACCESS: PUBLIC},
    operation_class=Documented,
    responses=failing(WorkerEnded, StoreLost, Fatal),
    tags=["operations"],
)
async def live(request: Request[Any, Any, State]) -> Response[Health]:
    """Whether the process works; otherwise it must be restarted."""
    return _response(request, _readiness(request).alive())


@get(
    ["/health/ready", "/health"],
    opt={ACCESS: PUBLIC},
    operation_class=Documented,
    responses=failing(Stopping, WorkerEnded, StoreLost, Fatal),
    tags=["operations"],
)
async def ready(request: Request[Any, Any, State]) -> Response[Health]:
    """Whether requests can be served now: the worker works, the database can be read and written.

    Responds within about a second, even if the database does not.
    """
    return _response(request, await _readiness(request).ready())


def _response(request: Request[Any, Any, State], reason: Reason | None) -> Response[Any]:
    """The response; details, which may name files and servers, are for callers with a key."""
    if reason is None:
        return Response(Health("ok"))
    is_trusted = caller_of(request.scope) is not NOBODY
    failure = Failure(reason.code, reason.message if is_trusted else NOT_READY)
    return Response(failure, status_code=503, headers={"Retry-After": "1"})


def _readiness(request: Request[Any, Any, State]) -> Readiness:
    readiness: Readiness = request.app.state.readiness
    return readiness
