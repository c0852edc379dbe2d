"""What can be looked at."""

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
    """Where each line of an order is promised from; a line without a `batchref` waits."""
    known_as = _name_after("/allocations/", request, orderid)
    lines = await sync_to_thread(_views(request).order, known_as)
    if not lines:
        raise UnknownOrder(f"Unknown order {known_as:.255}")
    return lines


@get(
    "/products/{sku:path}",
    operation_class=Documented,
    responses=failing(UnknownSku),
    tags=["stock"],
)
async def product(request: Request[Any, Any, State], sku: FromPath[str]) -> ProductView:
    """A product's batches, preferred ones first, and its waiting lines, oldest first."""
    known_as = _name_after("/products/", request, sku)
    known = await sync_to_thread(_views(request).product, known_as)
    if known is None:
        raise UnknownSku(f"Unknown sku {known_as:.255}")
    return known


def _views(request: Request[Any, Any, State]) -> Views:
    views: Views = request.app.state.application.views
    return views


def _name_after(folder: str, request: Request[Any, Any, State], routed: str) -> str:
    """The name in the path as it was sent: the router drops slashes, which a name may have."""
    sent = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
    return unquote(sent.removeprefix(folder)) if sent.startswith(folder) else routed.lstrip("/")
