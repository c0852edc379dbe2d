"""`GET /board/batches`: the list of batches."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State

from allocation.entrypoints.board.addresses import BATCHES
from allocation.entrypoints.board.list_pages import list_named, listed
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond

_BATCHES: Final = list_named("batches")


@get(BATCHES, **page_options())
async def batches(request: Request[Any, Any, State]) -> Response[bytes]:
    """The list of batches."""
    return await respond(request, _page)


def _page(asked: PageRequest) -> Page:
    page = listed(asked, _BATCHES)
    context = {"title": "Batches", "section": "Stock", "statuses": _statuses(), **page}
    return Page("batches.html", context)


def _statuses() -> tuple[str, ...]:
    return next(each.choices for each in _BATCHES.filters if each.name == "status")
