"""`GET /board/orders/ORDERID`: an order, or one of its lines, with its actions and its story."""

from functools import partial
from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from allocation.entrypoints.board.addresses import ROOT, order_page
from allocation.entrypoints.board.figures import Figure, alarming
from allocation.entrypoints.board.order_lines import ShownLine, shown_lines, status_of, units
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.entrypoints.board.stories import story_of
from allocation.entrypoints.http.forms import local
from allocation.entrypoints.http.parameters import name_after
from allocation.errors import InvalidValue, UnknownLine, UnknownOrder
from allocation.views import ALL_LINES, LineFilter

LINES: Final = 100
"""The number of order lines on a page."""


@get(f"{ROOT}/orders/{{orderid:path}}", **page_options())
async def order(request: Request[Any, Any, State], orderid: FromPath[str]) -> Response[bytes]:
    """The page of an order or, with a `sku`, of one of its lines."""
    name = name_after(f"{ROOT}/orders/", request, orderid)
    version = partial(_version, orderid=name)
    return await respond(request, lambda asked: _page(asked, name), version)


def _version(asked: PageRequest, orderid: str) -> object:
    """That of the order and its products: others change far more often."""
    return asked.application.views.validators.of_order(orderid)


def _page(asked: PageRequest, name: str) -> Page:
    lines = shown_lines(asked.application.views.order(name), asked.today)
    if not lines:
        raise UnknownOrder(name[:255])
    orderid = lines[0].parts[0].part.orderid
    if "sku" in asked.query:
        return _page_of_line(asked, orderid, lines)
    return _page_of_order(asked, orderid, lines)


def _page_of_order(asked: PageRequest, orderid: str, lines: list[ShownLine]) -> Page:
    skipped = _skipped(asked.query.get("skip", "0"))
    end = skipped + LINES
    open_units = sum(line.open for line in lines)
    context = {
        "title": orderid,
        "section": "Orders",
        "orderid": orderid,
        "figures": _figures(lines),
        "status": status_of(lines),
        "lines": lines[skipped:end],
        "skipped": skipped,
        "line_count": len(lines),
        "next_lines": asked.address_with(skip=end) if end < len(lines) else None,
        "first_lines": asked.address_with(skip=None) if skipped else None,
        "is_open": open_units > 0,
        "can_ship": 0 < open_units == sum(line.in_stock for line in lines),
        **story_of(asked, orderid, ALL_LINES),
    }
    return Page("order.html", context)


def _figures(lines: list[ShownLine]) -> list[Figure]:
    parts = [part for line in lines for part in line.parts]
    return [
        Figure("Lines", len(lines)),
        Figure("Units", units(parts, "waiting", "allocated", "shipped")),
        Figure("Promised", units(parts, "allocated")),
        alarming("Waiting", units(parts, "waiting")),
        Figure("Shipped", units(parts, "shipped")),
    ]


def _page_of_line(asked: PageRequest, orderid: str, lines: list[ShownLine]) -> Page:
    sku, name = asked.query["sku"], asked.query.get("line", "")
    line = next((each for each in lines if (each.sku, each.line) == (sku, name)), None)
    if line is None:
        raise UnknownLine(orderid, sku[:255], name[:255])
    context = {
        "title": f"{line.sku} of {orderid}",
        "section": "Orders",
        "orderid": orderid,
        "line": line,
        "status": status_of([line]),
        "back": local(asked.query["back"]) if "back" in asked.query else order_page(orderid),
        **story_of(asked, orderid, LineFilter(line.sku, line.line)),
    }
    return Page("order_line.html", context)


def _skipped(text: str) -> int:
    """The number of lines before the page.

    Raises:
        InvalidValue: the text is not a number.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise InvalidValue("skip", text, "is not a number of lines")
    return int(text)
