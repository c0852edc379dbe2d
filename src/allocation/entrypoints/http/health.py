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
from allocation.entrypoints.http.feed.feed import Feed
from allocation.entrypoints.http.operations import Public, failing
from allocation.entrypoints.http.readiness import Readiness, Reason
from allocation.errors import Fatal, Stopping, StoreLost

NOT_READY: Final = "The service is not ready; a request with a key is told why"


@dataclass(frozen=True, slots=True)
class Health:
    """The service is healthy."""

    status: Literal["ok"]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """The state of the feed of events.

    `lag_seconds` is how long the next messages have waited until it was certain that none comes
    before them; null if it could not be measured. `streams` is the number of open streams.
    """

    lag_seconds: float | None
    streams: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The service is ready; callers without a key are not told the state of the feed (null)."""

    status: Literal["ok"]
    feed: FeedHealth | None


@get(
    "/health/live",
    opt={ACCESS: PUBLIC},
    operation_class=Public,
    responses=failing(WorkerEnded, StoreLost, Fatal),
    tags=["operations"],
)
async def live(request: Request[Any, Any, State]) -> Response[Health]:
    """Whether the process works; otherwise it must be restarted."""
    reason = _readiness(request).alive()
    return Response(Health("ok")) if reason is None else _failure(request, reason)


@get(
    ["/health/ready", "/health"],
    opt={ACCESS: PUBLIC},
    operation_class=Public,
    responses=failing(Stopping, WorkerEnded, StoreLost, Fatal),
    tags=["operations"],
)
async def ready(request: Request[Any, Any, State]) -> Response[Ready]:
    """Whether requests can be served now: the worker works, the database can be read and written.

    Responds within about a second, even if the database does not.
    """
    reason = await _readiness(request).ready()
    if reason is not None:
        return _failure(request, reason)
    if not _is_trusted(request):
        return Response(Ready("ok", None))
    feed: Feed = request.app.state.feed
    lag = await feed.lag()
    health = FeedHealth(None if lag is None else round(lag, 3), len(feed.streams))
    return Response(Ready("ok", health))


def _failure(request: Request[Any, Any, State], reason: Reason) -> Response[Any]:
    """The response; details, which may name files and servers, are for callers with a key."""
    failure = Failure(reason.code, reason.message if _is_trusted(request) else NOT_READY)
    return Response(failure, status_code=503, headers={"Retry-After": "1"})


def _is_trusted(request: Request[Any, Any, State]) -> bool:
    return caller_of(request.scope) is not NOBODY


def _readiness(request: Request[Any, Any, State]) -> Readiness:
    readiness: Readiness = request.app.state.readiness
    return readiness
