"""Whether the service lives, and whether it is ready; told fast, whoever else is waiting."""

from dataclasses import dataclass
from typing import Any, Literal

from litestar import Request, Response, get
from litestar.datastructures import State

from allocation.entrypoints.http.error_responses import Failure
from allocation.entrypoints.http.errors import WorkerEnded
from allocation.entrypoints.http.operations import Documented, failing
from allocation.entrypoints.http.readiness import Readiness, Reason
from allocation.errors import Fatal, Stopping, StoreLost


@dataclass(frozen=True, slots=True)
class Health:
    """All is well."""

    status: Literal["ok"]


@get(
    "/health/live",
    operation_class=Documented,
    responses=failing(WorkerEnded, StoreLost, Fatal),
    tags=["operations"],
)
async def live(request: Request[Any, Any, State]) -> Response[Health]:
    """Whether the process works; if it does not, it is to be started again."""
    return _answer(_readiness(request).alive())


@get(
    ["/health/ready", "/health"],
    operation_class=Documented,
    responses=failing(Stopping, WorkerEnded, StoreLost, Fatal),
    tags=["operations"],
)
async def ready(request: Request[Any, Any, State]) -> Response[Health]:
    """Whether requests can be served now: the worker works, the database is read and written.

    Answered within about a second, also where the database does not answer.
    """
    return _answer(await _readiness(request).ready())


def _answer(reason: Reason | None) -> Response[Any]:
    if reason is None:
        return Response(Health("ok"))
    told = Failure(reason.code, reason.told)
    return Response(told, status_code=503, headers={"Retry-After": "1"})


def _readiness(request: Request[Any, Any, State]) -> Readiness:
    readiness: Readiness = request.app.state.readiness
    return readiness
