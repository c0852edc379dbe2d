"""Read-only endpoints: the lines of an order, the stock of a product."""

import re
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import quote, unquote, urlencode

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter

from allocation.bootstrap import Moves, link_to_moves
from allocation.entrypoints.http.errors import NotFound, UnknownOrder, UnknownSku
from allocation.entrypoints.http.operations import Documented, Paged, failing
from allocation.entrypoints.http.requests import clean_key
from allocation.errors import InvalidValue, UnknownBatch
from allocation.views import LISTED, LineView, ProductView, Views

MOST_LISTED: Final = 1_000
"""The maximum number of batches on one page."""

Limit = Annotated[
    int, QueryParameter(ge=1, le=MOST_LISTED, description="The maximum number of batches to list")
]
After = Annotated[
    str | None, QueryParameter(description="The `batchref` after which the list begins")
]

_CURSOR: Final = re.compile("^-?[0-9]{1,18}$", re.ASCII)
"""The cursor in `next`: the number of a message, which may be negative."""

Cursor = Annotated[
    str,
    QueryParameter(
        description="The cursor of a page, as in the address `next`",
        schema_extra={"pattern": _CURSOR.pattern},
    ),
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

    The batches are listed in pages; the `Link` header has the address of the next one.
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


@get(
    "/moves/{id:path}",
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
    name = _name_after("/moves/", request, id)
    try:
        clean_key("id", name)
    except InvalidValue:
        raise NotFound(f"No message can have the id {name:.80}") from None
    if not _CURSOR.fullmatch(after):
        raise InvalidValue("after", after, "is not a cursor: use the address in `next`")
    page = await sync_to_thread(partial(_views(request).moves.page, name, int(after)))
    return Moves(page.moves, link_to_moves(name, page))


def _views(request: Request[Any, Any, State]) -> Views:
    views: Views = request.app.state.application.views
    return views


def _name_after(prefix: str, request: Request[Any, Any, State], routed: str) -> str:
    """The name at the end of the raw path; the router would drop slashes in the name."""
    path = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
    return unquote(path.removeprefix(prefix)) if path.startswith(prefix) else routed.lstrip("/")
