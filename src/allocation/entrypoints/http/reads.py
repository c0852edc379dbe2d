"""What can be looked at."""

import re
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from litestar import Request, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery

from allocation.entrypoints.http.errors import UnknownOrder, UnknownSku
from allocation.entrypoints.http.operations import Documented, failing
from allocation.entrypoints.http.responses import Moves, moves_after
from allocation.errors import InvalidValue
from allocation.views import LineView, ProductView, Views

_CURSOR: Final = re.compile("-?[0-9]{1,18}", re.ASCII)
"""The number of a message, which stands in `next`."""


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


@get(
    "/moves/{id:path}",
    operation_class=Documented,
    responses=failing(InvalidValue),
    tags=["stock"],
)
async def moves(
    request: Request[Any, Any, State],
    id: FromPath[str],
    after: FromQuery[str] = "0",
) -> Moves:
    """The order lines that a message has moved, a hundred at a time.

    First those that were allocated, in that order, then those that were left without stock; null
    stands for the queue of the waiting lines. `next` is the address of the lines after them.
    """
    known_as = _name_after("/moves/", request, id)
    if not _CURSOR.fullmatch(after):
        raise InvalidValue("after", after, "is no cursor: take the address that `next` tells")
    return await sync_to_thread(partial(moves_after, known_as, int(after), _views(request)))


def _views(request: Request[Any, Any, State]) -> Views:
    views: Views = request.app.state.application.views
    return views


def _name_after(folder: str, request: Request[Any, Any, State], routed: str) -> str:
    """The name in the path as it was sent: the router drops slashes, which a name may have."""
    sent = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
    return unquote(sent.removeprefix(folder)) if sent.startswith(folder) else routed.lstrip("/")
