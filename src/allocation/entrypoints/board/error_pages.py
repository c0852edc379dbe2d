"""Errors as pages, for browsers that have asked for a page of the board."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request, Response

from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import rendered
from allocation.entrypoints.http.requests import headers_of

Handlers = Mapping[int | type[Exception], Callable[..., Response[Any]]]


def wants_page(scope: Any) -> bool:
    """Whether a browser has asked for a page of the board, or has sent a form of one."""
    path: str = scope["path"]
    if path != "/" and not path.startswith(f"{ROOT}/"):
        return False
    media_types = headers_of(scope).values.get(b"accept", b"")
    return b"text/html" in media_types.lower()


def with_pages(handlers: Handlers) -> dict[int | type[Exception], Any]:
    """Exception handlers that make the same responses, but pages for those who want pages."""
    return {kind: _paged(handler) for kind, handler in handlers.items()}


def _paged(handler: Callable[..., Response[Any]]) -> Callable[..., Response[Any]]:
    def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        response = handler(request, error)
        return _page_of(request, response) if wants_page(request.scope) else response

    return handle


def _page_of(request: Request[Any, Any, Any], failure: Response[Any]) -> Response[Any]:
    """The page with the status, the headers and the message of a response."""
    status = failure.status_code or 500
    context = {
        "title": _TITLES.get(status, "This did not work"),
        "message": failure.content.message,
    }
    page = rendered(PageRequest.without_query(request), Page("error.html", context, status))
    page.headers.update(failure.headers)
    return page


_TITLES = {
    403: "Not permitted",
    404: "Not found",
    405: "Not possible",
    429: "Not now",
    503: "Not available now",
}
