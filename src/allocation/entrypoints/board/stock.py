"""`GET /board/stock`: the list of products."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State

from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.list_pages import list_named, listed
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond

_PRODUCTS: Final = list_named("products")


@get(f"{ROOT}/stock", **page_options())
async def stock(request: Request[Any, Any, State]) -> Response[bytes]:
    """The list of products."""
    return await respond(request, _page)


def _page(asked: PageRequest) -> Page:
    context = {"title": "Stock", "section": "Stock", **listed(asked, _PRODUCTS)}
    return Page("stock.html", context)
