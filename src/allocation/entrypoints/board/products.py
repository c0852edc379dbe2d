"""`GET /board/stock/SKU`: a product, its batches, its queue, and what happened."""

from functools import partial
from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.batch_bars import LINES, bars
from allocation.entrypoints.board.expectations import Waiting, expectations
from allocation.entrypoints.board.figures import Figure, alarming
from allocation.entrypoints.board.list_pages import list_named
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.entrypoints.http.errors import UnknownSku
from allocation.entrypoints.http.parameters import name_after
from allocation.views import Listing, MessageFilter, MessageView, ProductSummary, ProductView

BATCHES: Final = 50
"""The number of batches on a page."""

SEARCHED: Final = 1_000
"""The number of latest messages among which those about the product are looked for: the page is
read again at each change, and its reader may search all messages."""

EVENTS: Final = 12
"""The number of messages that tell what happened."""

_PRODUCTS: Final[Listing[ProductSummary]] = list_named("products")


@get(f"{ROOT}/stock/{{sku:path}}", **page_options())
async def product(request: Request[Any, Any, State], sku: FromPath[str]) -> Response[bytes]:
    """The page of a product."""
    name = name_after(f"{ROOT}/stock/", request, sku)
    return await respond(request, lambda asked: _page(asked, name), partial(_version, sku=name))


def _version(asked: PageRequest, sku: str) -> object:
    """That of the product and its messages: there are far more about other products."""
    return asked.application.views.validators.of_product(sku)


def _page(asked: PageRequest, name: str) -> Page:
    views, today = asked.application.views, asked.today
    page = views.product(name, BATCHES, asked.query.get("after"))
    if page is None:
        raise UnknownSku(f"Unknown sku {name:.255}")
    product = page.product
    full = [batch for batch in product.batches if batch.purchased_quantity]
    lines = views.first_lines.of([batch.batchref for batch in full], LINES + 1)
    shown, scale_end = bars([(each, lines.get(each.batchref, ())) for each in full], today)
    context = {
        "title": product.sku,
        "section": "Stock",
        "product": product,
        "figures": _figures(_summary_of(asked, product.sku)),
        "bars": shown,
        "scale_end": scale_end,
        "empty_batches": [b for b in product.batches if not b.purchased_quantity],
        "batch_count": page.batch_count,
        "next_page": _next(asked, page.next_after),
        "first_page": asked.address_with(after=None) if "after" in asked.query else None,
        "is_whole": page.batch_count == len(product.batches),
        "queue": _queue(asked, product),
        "events": _events(asked, product.sku),
    }
    return Page("product.html", context)


def _queue(asked: PageRequest, product: ProductView) -> list[Waiting]:
    if not product.waiting:
        return []
    return expectations(product.waiting, asked.application.views.blocked_batches.of(product.sku))


def _summary_of(asked: PageRequest, sku: str) -> ProductSummary:
    lists = asked.application.views.lists
    [summary] = lists.page(_PRODUCTS, asked.today, {"sku": sku}, limit=1).rows
    return summary


def _figures(summary: ProductSummary) -> list[Figure]:
    return [
        Figure("In stock", summary.on_hand),
        Figure("Inbound", summary.inbound),
        Figure("Promised", summary.allocated),
        Figure("Available", summary.available),
        alarming("Waiting", summary.waiting),
    ]


def _events(asked: PageRequest, sku: str) -> list[MessageView]:
    chosen = MessageFilter(sku=sku)
    recent = asked.application.log_views.recent
    return recent.page(chosen, limit=EVENTS, searched=SEARCHED).messages


def _next(asked: PageRequest, after: str | None) -> str | None:
    return None if after is None else asked.address_with(after=after)
