"""`GET /batches/{ref}`: a batch, and the order lines that are promised from it."""

from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from litestar import Request, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.params import FromPath

from allocation.access.scopes import Scope
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.app_state import application_of
from allocation.entrypoints.http.operations import Documented, failing
from allocation.entrypoints.http.parameters import Cursor, limit_on, name_after, number_of
from allocation.errors import InvalidValue, UnknownBatch
from allocation.views import LISTED, BatchDetails, PromisedLine, PromisedPage

Limit = Annotated[int, limit_on("lines")]


@dataclass(frozen=True, slots=True)
class BatchWithLines(BatchDetails):
    """A batch, its product, and a page of the order lines that are promised from it.

    If the batch is a part of a shipment, `received_from` names that. `next` is the address of the
    next page.
    """

    lines: list[PromisedLine]
    next: str | None


@get(
    "/batches/{ref:path}",
    opt={ACCESS: Scope.READ},
    operation_class=Documented,
    operation_id="get_batch",
    responses=failing(InvalidValue, UnknownBatch),
    tags=["stock"],
)
async def batch(
    request: Request[Any, Any, State],
    ref: FromPath[str],
    limit: Limit = LISTED,
    after: Cursor = "0",
) -> BatchWithLines:
    """A batch, and the order lines that are promised from it.

    The lines are listed in the order of their allocation numbers, the newest promise last: if the
    batch shrinks, it is the first to lose its units. A line is late if the shipment is overdue, or
    due after the day on which the customer needs the line, or after the first day that was
    promised.
    """
    name = name_after("/batches/", request, ref)
    application = application_of(request)
    query = partial(application.views.promised_lines.page, application.today(), name)
    page: PromisedPage = await sync_to_thread(partial(query, after=number_of(after), limit=limit))
    return BatchWithLines(**asdict(page.batch), lines=page.lines, next=_link(page, limit))


def _link(page: PromisedPage, limit: int) -> str | None:
    """The address of the next page."""
    if page.next_after is None:
        return None
    query = urlencode({"limit": limit, "after": page.next_after})
    return f"/batches/{quote(page.batch.batchref, safe='')}?{query}"
