"""Read-only endpoints: the lines of an order, the stock of a product."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter

from allocation.access.scopes import Scope
from allocation.bootstrap import Moves, Promises, link_to_moves, link_to_promises
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.app_state import application_of
from allocation.entrypoints.http.errors import NotFound, UnknownSku
from allocation.entrypoints.http.operations import Documented, Paged, failing
from allocation.entrypoints.http.parameters import Cursor, limit_on, name_after, number_of
from allocation.entrypoints.http.requests import clean_key
from allocation.errors import InvalidValue, UnknownBatch, UnknownOrder
from allocation.views import LISTED, LineView, ProductView

Limit = Annotated[int, limit_on("batches")]
After = Annotated[
    str | None, QueryParameter(description="The `batchref` after which the list begins")
]


@get(
    "/allocations/{orderid:path}",
    opt={ACCESS: Scope.READ},
    operation_class=Documented,
    responses=failing(UnknownOrder),
    tags=["orders"],
)
async def allocations(request: Request[Any, Any, State], orderid: FromPath[str]) -> list[LineView]:
    """The lines of an order with their batches.

    Each entry is a part of a line: units that wait, are allocated to a batch, were shipped from a
    batch, or are cancelled.
    """
    name = name_after("/allocations/", request, orderid)
    lines = await sync_to_thread(application_of(request).views.order, name)
    if not lines:
        raise UnknownOrder(name[:255])
    return lines


@get(
    "/products/{sku:path}",
    opt={ACCESS: Scope.READ},
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

    The batches are listed in pages; the `Link` header has the address of the next one.
    """
    name = name_after("/products/", request, sku)
    page = await sync_to_thread(application_of(request).views.product, name, limit, after)
    if page is None:
        raise UnknownSku(f"Unknown sku {name:.255}")
    headers = {}
    if page.next_after is not None:
        path = f"/products/{quote(name, safe='')}"
        query = urlencode({"limit": limit, "after": page.next_after})
        headers["Link"] = f'<{path}?{query}>; rel="next"'
    return Response(page.product, headers=headers)


@get(
    "/moves/{id:path}",
    opt={ACCESS: Scope.READ},
    operation_class=Documented,
    responses=failing(InvalidValue, NotFound),
    tags=["stock"],
)
async def moves(
    request: Request[Any, Any, State],
    id: FromPath[str],
    after: Cursor = "0",
) -> Moves:
    """The order lines that a message has moved, a hundred at a time.

    Lines that were allocated come first, in order of allocation, then lines left without stock. A
    batch reference of null means that the line waited or waits. `next` is the address of the next
    page.
    """
    name = _id_after("/moves/", request, id)
    page = await sync_to_thread(application_of(request).views.moves.page, name, number_of(after))
    return Moves(page.moves, link_to_moves(name, page))


@get(
    "/promises/{id:path}",
    opt={ACCESS: Scope.READ},
    operation_class=Documented,
    responses=failing(InvalidValue, NotFound),
    tags=["stock"],
)
async def promises(
    request: Request[Any, Any, State],
    id: FromPath[str],
    after: Cursor = "0",
) -> Promises:
    """The order lines that a message has given another promised date, a hundred at a time.

    They are listed in the order in which the customers are told. `next` is the address of the next
    page.
    """
    name = _id_after("/promises/", request, id)
    page = await sync_to_thread(application_of(request).views.promises.page, name, number_of(after))
    return Promises(page.promises, link_to_promises(name, page))


def _id_after(prefix: str, request: Request[Any, Any, State], routed: str) -> str:
    """The id of a message at the end of the path.

    Raises:
        NotFound: no message can have it.
    """
    name = name_after(prefix, request, routed)
    try:
        clean_key("id", name)
    except InvalidValue:
        raise NotFound(f"No message can have the id {name:.80}") from None
    return name
