"""What can be looked at."""

from typing import Any, Final

from litestar import Request, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.openapi.datastructures import ResponseSpec

from allocation.entrypoints.http.answers import Health
from allocation.entrypoints.http.failures import Failure
from allocation.views import LineView, ProductView, Views

UNKNOWN: Final = ResponseSpec(Failure, description="There is no such thing")
UNAVAILABLE: Final = ResponseSpec(Failure, description="The database does not answer")


@get("/allocations/{orderid:path}", responses={404: UNKNOWN}, tags=["orders"])
async def allocations(request: Request[Any, Any, State], orderid: str) -> list[LineView]:
    """Where each line of an order is promised from; a line without a `batchref` waits."""
    lines = await sync_to_thread(_views(request).order, orderid.removeprefix("/"))
    if not lines:
        raise NotFoundException(f"Unknown order {orderid.removeprefix('/')}")
    return lines


@get("/products/{sku:path}", responses={404: UNKNOWN}, tags=["stock"])
async def product(request: Request[Any, Any, State], sku: str) -> ProductView:
    """A product's batches, preferred ones first, and its waiting lines, oldest first."""
    known = await sync_to_thread(_views(request).product, sku.removeprefix("/"))
    if known is None:
        raise NotFoundException(f"Unknown sku {sku.removeprefix('/')}")
    return known


@get("/health", responses={503: UNAVAILABLE}, tags=["operations"])
async def health(request: Request[Any, Any, State]) -> Health:
    """Whether the service and its database answer."""
    await sync_to_thread(_views(request).ping)
    return Health("ok")


def _views(request: Request[Any, Any, State]) -> Views:
    views: Views = request.app.state.application.views
    return views
