"""`GET /orders/{orderid}/history`: what the lines of an order have lived through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from litestar import Litestar, Request, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter

from allocation.access.scopes import Scope
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.app_state import application_of
from allocation.entrypoints.http.errors import NotFound
from allocation.entrypoints.http.operations import Documented, failing
from allocation.entrypoints.http.parameters import (
    Cursor,
    SkuFilter,
    limit_on,
    name_after,
    number_of,
)
from allocation.errors import InvalidValue, UnknownOrder
from allocation.views import LISTED, HistoryPage, LineFilter, PartView, StoryEntry

_SUFFIX: Final = "/history"
_ROUTED: Final = "/orders/{orderid:path}"
"""The path for the router, which allows slashes, as in an order's id, only at the end."""

Limit = Annotated[int, limit_on("entries")]
Line = Annotated[
    str | None, QueryParameter(description="Only the line with this name; empty: without a name")
]


@dataclass(frozen=True, slots=True)
class History:
    """A page of the history of an order, and what has become of its lines.

    `known_since` is the time at which the log begins if it no longer has the first entries of a
    line; null if the history is complete. `next` is the address of the next page.
    """

    orderid: str
    known_since: datetime | None
    entries: list[StoryEntry]
    parts: list[PartView]
    next: str | None


@get(
    _ROUTED,
    opt={ACCESS: Scope.READ},
    operation_class=Documented,
    operation_id="get_order_history",
    responses=failing(InvalidValue, UnknownOrder),
    tags=["orders"],
)
async def history(
    request: Request[Any, Any, State],
    orderid: FromPath[str],
    sku: SkuFilter = None,
    line: Line = None,
    limit: Limit = LISTED,
    after: Cursor = "0",
) -> History:
    """What the lines of an order have lived through: each entry with its time, cause and reason.

    The `cause` of an entry is the message whose handler made it happen, and its `key` the id of
    the incoming message that this follows from: the `Idempotency-Key` of its sender, if he gave
    one. `parts` are the units of the lines as they are now.

    What is shipped or cancelled is forgotten with the last of its messages in the log.
    """
    name = name_after("/orders/", request, orderid)
    if not name.endswith(_SUFFIX):
        raise NotFound("Not Found")
    name = name.removesuffix(_SUFFIX)
    views = application_of(request).views
    lines = LineFilter(sku, line)
    page = await sync_to_thread(
        views.histories.page, name, lines, after=number_of(after), limit=limit
    )
    if page is None:
        raise UnknownOrder(name[:255])
    return History(
        page.orderid, page.known_since, page.entries, page.parts, _link(page, lines, limit)
    )


def document(app: Litestar) -> None:
    """Give the route the path under which it is documented."""
    for route in app.routes:
        if route.path == _ROUTED:
            route.path_format += _SUFFIX


def _link(page: HistoryPage, lines: LineFilter, limit: int) -> str | None:
    """The address of the next page."""
    if page.next_after is None:
        return None
    asked = {name: value for name, value in lines._asdict().items() if value is not None}
    query = urlencode({**asked, "limit": limit, "after": page.next_after})
    return f"/orders/{quote(page.orderid, safe='')}{_SUFFIX}?{query}"
