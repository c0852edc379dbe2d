"""The endpoints of lists: `GET /batches` and so on; each derives from the list's description."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from allocation.access.scopes import Scope
from allocation.bootstrap import Application
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.app_state import application_of
from allocation.entrypoints.http.errors import NotAcceptable
from allocation.entrypoints.http.list_operations import CSV, description, operation, page_type
from allocation.entrypoints.http.list_parameters import Parameters, parameters_of
from allocation.entrypoints.http.media_types import chosen
from allocation.entrypoints.http.operations import NDJSON, failing
from allocation.entrypoints.http.requests import headers_of
from allocation.entrypoints.http.streams import BreakingStream
from allocation.entrypoints.list_formats import CRLF, as_csv, as_json_lines, csv_header
from allocation.errors import InvalidValue
from allocation.views import LISTED, LISTS, MOST_LISTED, Listing, Page

JSON: Final = "application/json"
OFFERED: Final = (JSON, NDJSON, CSV)


def routes() -> list[HTTPRouteHandler]:
    """The route of every list."""
    return [_route(listing) for listing in LISTS]


def _route(listing: Listing[Any]) -> HTTPRouteHandler:
    async def endpoint(request: Request[Any, Any, State]) -> Response[Any]:
        media_type = chosen(headers_of(request.scope).text(b"accept"), OFFERED)
        rows = ListRows(listing, parameters_of(request, listing), application_of(request))
        response = await (_object(rows) if media_type == JSON else as_lines(rows, media_type))
        response.headers["Vary"] = "Accept"
        return response

    endpoint.__annotations__["return"] = Response[page_type(listing)]  # type: ignore[misc]
    return get(
        f"/{listing.name}",
        opt={ACCESS: Scope.READ},
        operation_id=f"list_{listing.name}",
        operation_class=operation(listing),
        summary=listing.title,
        description=description(listing),
        responses=failing(InvalidValue, NotAcceptable),
        tags=[listing.tag],
    )(endpoint)


@dataclass(frozen=True, slots=True)
class ListRows:
    """The rows of a list that a request is for."""

    listing: Listing[Any]
    parameters: Parameters
    application: Application

    async def page(self, limit: int, after: str | None) -> Page[Any]:
        """A page of the list."""
        today, filters = self.application.today(), self.parameters.filters
        query = partial(self.application.views.lists.page, self.listing, today, filters)
        sort = self.parameters.sort
        return await sync_to_thread(partial(query, sort=sort, limit=limit, after=after))

    def next(self, page: Page[Any], limit: int) -> str | None:
        """The address of the next page."""
        if page.next_after is None:
            return None
        asked = {**self.parameters.addressed, "limit": limit, "after": page.next_after}
        return f"/{self.listing.name}?{urlencode(asked)}"


async def _object(rows: ListRows) -> Response[Any]:
    """A page as a JSON object."""
    limit = rows.parameters.limit or LISTED
    page = await rows.page(limit, rows.parameters.after)
    following = rows.next(page, limit)
    content = page_type(rows.listing)(page.rows, following)
    return Response(content, headers=_link(following))


async def as_lines(rows: ListRows, media_type: str) -> Response[Any]:
    """The whole list in lines; with a limit, a page of it."""
    headers = {}
    if media_type == CSV:
        headers["Content-Disposition"] = f'attachment; filename="{rows.listing.name}.csv"'
    limit, after = rows.parameters.limit, rows.parameters.after
    # The first page is read before the response begins, so that an error has its own status.
    page = await rows.page(limit or MOST_LISTED, after)
    if limit is None:
        return BreakingStream(
            _parts(rows, page, media_type), media_type=media_type, headers=headers
        )
    body = _beginning(rows.listing, media_type) + await _encoded(rows.listing, page, media_type)
    headers |= _link(rows.next(page, limit))
    return Response(body, media_type=media_type, headers=headers)


async def _parts(rows: ListRows, page: Page[Any], media_type: str) -> AsyncIterator[bytes]:
    """The list page by page: the next one is read when the client has almost read the last one."""
    yield _beginning(rows.listing, media_type)
    yield await _encoded(rows.listing, page, media_type)
    while page.next_after is not None:
        page = await rows.page(MOST_LISTED, str(page.next_after))
        yield await _encoded(rows.listing, page, media_type)


def _beginning(listing: Listing[Any], media_type: str) -> bytes:
    return csv_header(listing.columns, CRLF) if media_type == CSV else b""


async def _encoded(listing: Listing[Any], page: Page[Any], media_type: str) -> bytes:
    if media_type == CSV:
        return await sync_to_thread(as_csv, listing.columns, page.rows, CRLF)
    return await sync_to_thread(as_json_lines, page.rows)


def _link(following: str | None) -> dict[str, str]:
    return {} if following is None else {"Link": f'<{following}>; rel="next"'}
