"""Liveness and readiness endpoints; they respond quickly, however busy the service is."""

from dataclasses import dataclass
from typing import Any, Literal

from litestar import Request, Response, get
from litestar.datastructures import State

from allocation.entrypoints.http.access.declarations import ACCESS, PUBLIC
from allocation.entrypoints.http.error_responses import Failure
from allocation.entrypoints.http.errors import WorkerEnded
from allocation.entrypoints.http.operations import Documented, failing
from allocation.entrypoints.http.readiness import Readiness, Reason
from allocation.errors import Fatal, Stopping, StoreLost


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
    return _response(_readiness(request).alive())


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
    return _response(await _readiness(request).ready())


def _response(reason: Reason | None) -> Response[Any]:
    if reason is None:
        return Response(Health("ok"))
    failure = Failure(reason.code, reason.message)
    return Response(failure, status_code=503, headers={"Retry-After": "1"})


def _readiness(request: Request[Any, Any, State]) -> Readiness:
    readiness: Readiness = request.app.state.readiness
    return readiness
