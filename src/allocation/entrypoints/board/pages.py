"""Makes the responses of pages: a template is filled in a thread, or nothing has changed."""

from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import Any, Final

from litestar import Request, Response
from litestar.concurrency import sync_to_thread

from allocation.access.scopes import Scope
from allocation.entrypoints.board import formats
from allocation.entrypoints.board.assets import VERSION
from allocation.entrypoints.board.navigation import NAVIGATION
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.templates import TEMPLATES
from allocation.entrypoints.dates import is_overdue
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.access.open_sessions import CSRF
from allocation.entrypoints.http.requests import headers_of
from allocation.views import MessageView

Build = Callable[[PageRequest], Page]
"""Makes a page from what the database has; it is called in a thread."""

Version = Callable[[PageRequest], object]
"""What a page was made of, in short: a page of the same version is the same."""

HTML: Final = "text/html"


def page_options(scope: Scope | frozenset[Scope] = Scope.READ) -> dict[str, Any]:
    """The options of the handler of a page, which callers with this scope may see."""
    return {"opt": {ACCESS: scope}, "include_in_schema": False}


def form_options(scope: Scope | frozenset[Scope] = Scope.READ) -> dict[str, Any]:
    """The options of the handler of a form, which checks the token of the form itself."""
    return {"opt": {ACCESS: scope, CSRF: "form"}, "include_in_schema": False}


def version_of_log(asked: PageRequest) -> object:
    """The version of the log: what a page shows changes with it, if at all."""
    return asked.application.log_views.version()


async def respond(
    request: Request[Any, Any, Any], build: Build, version: Version = version_of_log
) -> Response[bytes]:
    """The response with a page, unless the browser has the same `version` of it already."""
    asked, etag = PageRequest.of(request), headers_of(request.scope).text(b"if-none-match")
    return await sync_to_thread(partial(_response, asked, build, version, etag))


async def respond_uncached(request: Request[Any, Any, Any], build: Build) -> Response[bytes]:
    """The response with a page that shows more than the log has."""
    asked = PageRequest.of(request)
    return await sync_to_thread(lambda: rendered(asked, build(asked)))


async def show(request: Request[Any, Any, Any], page: Page) -> Response[bytes]:
    """The response with a page that is made already."""
    return await sync_to_thread(rendered, PageRequest.of(request), page)


def rendered(request: PageRequest, page: Page) -> Response[bytes]:
    """The response with a page."""
    text = TEMPLATES.get_template(page.template).render(context_of(request, page.context))
    return Response(text.encode(), status_code=page.status, media_type=HTML)


def _response(
    request: PageRequest, build: Build, version: Version, known_etag: str | None
) -> Response[bytes]:
    with request.application.database.one_snapshot():
        etag = _etag(request, version)
        page = None if etag == known_etag else build(request)
    headers = {"ETag": etag}
    if page is None:
        return Response(b"", status_code=304, media_type=HTML, headers=headers)
    response = rendered(request, page)
    response.headers.update(headers)
    return response


def _etag(request: PageRequest, version: Version) -> str:
    """A tag of what the page shows, of who sees it, and of the program that makes it."""
    caller = request.caller
    whose = caller.session or caller.prefix or ""
    facts = (version(request), request.today, whose, request.is_utc, VERSION)
    return f'"{sha256(repr(facts).encode()).hexdigest()[:24]}"'


def context_of(request: PageRequest, context: Mapping[str, object]) -> dict[str, object]:
    """What a template may use: its own context, and what every page shows."""
    today, zone = request.today, request.zone
    return {
        "navigation": [item for item in NAVIGATION if request.may(item.scope)],
        "request": request,
        "csrf": request.csrf,
        "sender": request.caller.sender,
        "today": today,
        "day": lambda value: formats.day(value, today),
        "due": lambda eta: formats.due(eta, today),
        "is_overdue": lambda eta: is_overdue(eta, today),
        "clock": lambda at: formats.clock(at, zone, today),
        "now": request.now,
        "done": _done(request),
        "may": {scope.value: request.may(scope) for scope in Scope},
        **context,
    }


def _done(request: PageRequest) -> MessageView | None:
    """The message that the user has just sent from this page; None for others' messages."""
    id = request.query.get("done")
    message = None if id is None else request.application.log_views.chains.message(id)
    return message if message and message.sender == request.caller.sender else None
