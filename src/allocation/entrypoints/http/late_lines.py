"""`GET /late-lines`: the order lines that are late."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.params import QueryParameter

from allocation.entrypoints.http.operations import Documented, failing
from allocation.entrypoints.http.parameters import SkuFilter, limit_on
from allocation.errors import InvalidValue
from allocation.views import LISTED, LateLine, LateLineCursor, LateLinePage

Limit = Annotated[int, limit_on("lines")]
After = Annotated[
    str | None, QueryParameter(description="The cursor of a page, as in the address `next`")
]


@dataclass(frozen=True, slots=True)
class LateLines:
    """A page of the order lines that are late; `next` is the address of the next page."""

    lines: list[LateLine]
    next: str | None


@get(
    "/late-lines",
    operation_class=Documented,
    operation_id="get_late_lines",
    responses=failing(InvalidValue),
    tags=["orders"],
)
async def late_lines(
    request: Request[Any, Any, State],
    sku: SkuFilter = None,
    limit: Limit = LISTED,
    after: After = None,
) -> LateLines:
    """The order lines that are late, by shipment; the one that was due first comes first.

    A line is late if it is promised from an overdue shipment, or from one that is due after the
    day on which the customer needs it, or after the first day that was promised. Lines that wait
    are listed with their product.
    """
    application = request.app.state.application
    query = partial(application.views.late_lines.page, application.today(), sku, limit=limit)
    if after is not None:
        query = partial(query, after=_cursor(after))
    page: LateLinePage = await sync_to_thread(query)
    return LateLines(page.lines, _link(page, sku, limit))


def _cursor(text: str) -> LateLineCursor:
    cursor = LateLineCursor.of(text)
    if cursor is None:
        raise InvalidValue("after", text, "is not a cursor: use the address in `next`")
    return cursor


def _link(page: LateLinePage, sku: str | None, limit: int) -> str | None:
    """The address of the next page."""
    if page.next_after is None:
        return None
    asked = {} if sku is None else {"sku": sku}
    return f"/late-lines?{urlencode({**asked, 'limit': limit, 'after': page.next_after})}"
