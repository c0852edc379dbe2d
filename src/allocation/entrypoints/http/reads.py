"""Read-only endpoints: the lines of an order, the stock of a product."""

from typing import Annotated, Any, Final
from urllib.parse import quote, unquote, urlencode

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter

from allocation.entrypoints.http.errors import UnknownOrder, UnknownSku
from allocation.entrypoints.http.operations import Documented, Paged, failing
from allocation.errors import UnknownBatch
from allocation.views import LISTED, LineView, ProductView, Views

MOST_LISTED: Final = 1_000
"""Batches on one page, at most."""

Limit = Annotated[int, QueryParameter(ge=1, le=MOST_LISTED, description="The most batches to list")]
After = Annotated[
    str | None, QueryParameter(description="The `batchref` after which the list begins")
]


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
    operation_class=Paged,
    responses=failing(UnknownSku, UnknownBatch),
    tags=["stock"],
)
async def product(
    request: Request[Any, Any, State],
    sku: FromPath[str],
    limit: Limit = LISTED,
    after: After = None,
) -> Response[ProductView]:
    """A product's batches, preferred ones first, and its waiting lines, oldest first.

    The batches come in pages; the `Link` header leads to the next one.
    """
    name = _name_after("/products/", request, sku)
    page = await sync_to_thread(_views(request).product, name, limit, after)
    if page is None:
        raise UnknownSku(f"Unknown sku {name:.255}")
    headers = {}
    if page.next_after is not None:
        path = f"/products/{quote(name, safe='')}"
        query = urlencode({"limit": limit, "after": page.next_after})
        headers["Link"] = f'<{path}?{query}>; rel="next"'
    return Response(page.product, headers=headers)


def _views(request: Request[Any, Any, State]) -> Views:
    views: Views = request.app.state.application.views
    return views


def _name_after(prefix: str, request: Request[Any, Any, State], routed: str) -> str:
    """The name at the end of the raw path: the router drops slashes, which a name may have."""
    path = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
    return unquote(path.removeprefix(prefix)) if path.startswith(prefix) else routed.lstrip("/")
