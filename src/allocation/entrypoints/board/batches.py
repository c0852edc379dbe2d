"""`GET /board/batches/REF`: a batch, what can be done to it, and who is promised from it."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from allocation.access.scopes import Scope
from allocation.entrypoints.board.addresses import ROOT, product_page
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.entrypoints.board.part_refs import first_free_ref
from allocation.entrypoints.http.forms import local
from allocation.entrypoints.http.parameters import name_after, number_of
from allocation.views import BatchDetails


@get(f"{ROOT}/batches/{{ref:path}}", **page_options())
async def batch(request: Request[Any, Any, State], ref: FromPath[str]) -> Response[bytes]:
    """The page of a batch."""
    name = name_after(f"{ROOT}/batches/", request, ref)
    return await respond(request, lambda asked: _page(asked, name))


def _page(asked: PageRequest, ref: str) -> Page:
    after = number_of(asked.query.get("after", "0"))
    page = asked.application.views.promised_lines.page(asked.today, ref, after=after)
    batch = page.batch
    context = {
        "title": batch.batchref,
        "section": "Stock",
        "batch": batch,
        "part_ref": _part_ref(asked, batch),
        "lines": page.lines,
        "back": local(asked.query["back"]) if "back" in asked.query else product_page(batch.sku),
        "next_page": None if page.next_after is None else asked.address_with(after=page.next_after),
        "first_page": asked.address_with(after=None) if after else None,
    }
    return Page("batch.html", context)


def _part_ref(asked: PageRequest, batch: BatchDetails) -> str:
    """A reference for units that have arrived; empty if the page does not need one."""
    if batch.eta is None or not asked.may(Scope.STOCK):
        return ""
    return first_free_ref(batch.batchref, asked.application.views.current_batches.of)
