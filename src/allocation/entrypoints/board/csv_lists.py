"""`GET /board/csv/...`: lists as CSV, for browsers, which cannot ask for it by a header."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from allocation.entrypoints.board.addresses import csv_list
from allocation.entrypoints.board.pages import page_options
from allocation.entrypoints.http.app_state import application_of
from allocation.entrypoints.http.list_operations import CSV
from allocation.entrypoints.http.list_parameters import parameters_of
from allocation.entrypoints.http.lists import ListRows, as_lines
from allocation.views import LISTS, Listing


def routes() -> list[HTTPRouteHandler]:
    """The route of every list."""
    return [_route(listing) for listing in LISTS]


def _route(listing: Listing[Any]) -> HTTPRouteHandler:
    async def endpoint(request: Request[Any, Any, State]) -> Response[Any]:
        parameters = parameters_of(request, listing)
        return await as_lines(ListRows(listing, parameters, application_of(request)), CSV)

    endpoint.__name__ = f"csv_of_{listing.name}"
    return get(csv_list(listing.name), **page_options())(endpoint)
