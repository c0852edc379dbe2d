"""Read-only endpoints: the lines of an order, the stock of a product."""

from typing import Any
from urllib.parse import unquote

from litestar import Request, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.params import FromPath

from allocation.entrypoints.http.errors import UnknownOrder, UnknownSku
from allocation.entrypoints.http.operations import Documented, failing
from allocation.views import LineView, ProductView, Views


@get(
    "/allocations/{orderid:path}",
    operation_class=Documented,
    responses=failing(UnknownOrder),
    tags=["orders"],
)
async def allocations(request: Request[Any, Any, State], orderid: FromPath[str]) -> list[LineView]:
    """The batch of each line of an order; a line without a `batchref` is waiting."""
    name = _name_after("/allocations/", request, orderid)
    lines = await sync_to_thread(_views(request).order, name)
    if not lines:
        raise UnknownOrder(f"Unknown order {name:.255}")
    return lines


@get(
    "/products/{sku:path}",
    operation_class=Documented,
    responses=failing(UnknownSku),
    tags=["stock"],
)
async def product(request: Request[Any, Any, State], sku: FromPath[str]) -> ProductView:
    """A product's batches, preferred ones first, and its waiting lines, oldest first."""
    name = _name_after("/products/", request, sku)
    view = await sync_to_thread(_views(request).product, name)
    if view is None:
        raise UnknownSku(f"Unknown sku {name:.255}")
    return view


def _views(request: Request[Any, Any, State]) -> Views:
    views: Views = request.app.state.application.views
    return views


def _name_after(prefix: str, request: Request[Any, Any, State], routed: str) -> str:
    """The name at the end of the raw path: the router drops slashes, which a name may have."""
    path = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
    return unquote(path.removeprefix(prefix)) if path.startswith(prefix) else routed.lstrip("/")
