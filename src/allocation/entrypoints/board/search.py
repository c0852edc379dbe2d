"""`GET /board/search?q=`: finds products, batches, orders and messages by their names."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State

from allocation.entrypoints.board.addresses import (
    BATCHES,
    ORDERS,
    ROOT,
    batch_page,
    message_page,
    order_page,
    product_page,
)
from allocation.entrypoints.board.forms import redirect
from allocation.entrypoints.board.list_pages import list_named
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.views import Listing, Named

HITS: Final = 5
"""The maximum number of names of a kind that begin with what is searched for."""


class Match(NamedTuple):
    """A name, and the page of what has it."""

    name: str
    page: str


class Hits(NamedTuple):
    """Names of a kind, and the page of all of them if there are more."""

    heading: str
    matches: list[Match]
    more: str | None = None


class _NamedKind(NamedTuple):
    """A kind of names: the list that has them, in an order, and the pages of all and of each."""

    heading: str
    listing: Listing[Any]
    filter: str
    column: str
    sort: str | None
    list_page: str
    page_of: Callable[[str], str]


_KINDS: Final = (
    _NamedKind(
        *("Products", list_named("products"), "sku_prefix", "sku", None),
        *(f"{ROOT}/stock", product_page),
    ),
    _NamedKind(
        *("Orders", list_named("orders"), "orderid_prefix", "orderid", None),
        *(ORDERS, order_page),
    ),
    _NamedKind(
        *("Batches", list_named("batches"), "ref_prefix", "batchref", "ref"),
        *(BATCHES, batch_page),
    ),
)
_PAGES: Final[Mapping[str, Callable[[str], str]]] = {
    "product": product_page,
    "batch": batch_page,
    "order": order_page,
    "message": message_page,
}


@get(f"{ROOT}/search", **page_options())
async def search(request: Request[Any, Any, State]) -> Response[Any]:
    """The page of what was found; if it is only one thing with that very name, its own page."""
    asked = PageRequest.of(request)
    text = asked.query.get("q", "").strip()
    exact = await sync_to_thread(partial(_exact, asked, text)) if text else []
    if len(exact) == 1:
        return redirect(_page_of(exact[0]))
    return await respond(request, partial(_page, text=text, exact=exact))


def _exact(asked: PageRequest, text: str) -> list[Named]:
    return asked.application.views.names.search(text)


def _page(asked: PageRequest, *, text: str, exact: Sequence[Named]) -> Page:
    hits = [] if exact or not text else _with_prefix(asked, text)
    context = {
        "title": f"Search for {text}" if text else "Search",
        "q": text,
        "exact": [(named.kind, named.name, _page_of(named)) for named in exact],
        "hits": hits,
    }
    return Page("search.html", context)


def _page_of(named: Named) -> str:
    return _PAGES[named.kind](named.name)


def _with_prefix(asked: PageRequest, text: str) -> list[Hits]:
    """What has a name that begins like this; if nothing has, that begins like it in upper case."""
    spellings = dict.fromkeys((text, text.upper()))
    return next(filter(None, (_hits(asked, spelling) for spelling in spellings)), [])


def _hits(asked: PageRequest, prefix: str) -> list[Hits]:
    hits = [_hits_of(asked, kind, prefix) for kind in _KINDS]
    return [each for each in hits if each.matches or each.more]


def _hits_of(asked: PageRequest, kind: _NamedKind, prefix: str) -> Hits:
    lists, filters = asked.application.views.lists, {kind.filter: prefix}
    page = lists.page(kind.listing, asked.today, filters, sort=kind.sort, limit=HITS)
    names = [getattr(row, kind.column) for row in page.rows]
    more = None if page.next_after is None else f"{kind.list_page}?{urlencode(filters)}"
    return Hits(kind.heading, [Match(name, kind.page_of(name)) for name in names], more)
