"""`GET /board/shipments`: what arrives when, overdue shipments first, and who waits for it."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.datastructures import State

from allocation.entrypoints.board.addresses import SHIPMENTS
from allocation.entrypoints.board.arrival_calendar import (
    begin_of,
    calendar,
    monday_of,
    span_of,
    week_of,
)
from allocation.entrypoints.board.formats import day
from allocation.entrypoints.board.list_pages import list_named, listed
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.views import ARRIVALS, COUNTED

_SHIPMENTS: Final = list_named("shipments")


class Week(NamedTuple):
    """The shipments of a week, or those that are overdue, with a heading."""

    heading: str
    is_overdue: bool
    shipments: list[Any]


@get(SHIPMENTS, **page_options())
async def shipments(request: Request[Any, Any, State]) -> Response[bytes]:
    """The calendar and the list of shipments."""
    return await respond(request, _page)


def _page(asked: PageRequest) -> Page:
    views, today = asked.application.views, asked.today
    page = listed(asked, _SHIPMENTS)
    rows: Any = page["rows"]
    begin = begin_of(today, views.shipments.next_arrival(today))
    first_day, last_day = span_of(begin)
    arrivals = views.shipments.arrivals(max(first_day, today), last_day)
    context = {
        "title": "Shipments",
        "section": "Shipments",
        "weeks": _weeks(rows, today),
        "needs": views.shipments.needs([shipment.batchref for shipment in rows]),
        "counted_up_to": COUNTED,
        "calendar": calendar(arrivals, begin),
        "first_arrival": begin if begin > today else None,
        "arrivals_up_to": ARRIVALS,
        "back": quote(asked.address, safe=""),
        **page,
    }
    return Page("shipments.html", context)


def _weeks(shipments: Sequence[Any], today: date) -> list[Week]:
    """Shipments in the order of their ETAs, by week."""
    by_week = groupby(shipments, lambda shipment: week_of(shipment.eta, today))
    return [Week(_heading(begin, today), begin is None, [*some]) for begin, some in by_week]


def _heading(monday: date | None, today: date) -> str:
    if monday is None:
        return "Overdue"
    weeks = (monday - monday_of(today)).days // 7
    span = f"{day(monday, today)} to {day(monday + timedelta(days=6), today)}"
    name = {0: "This week", 1: "Next week"}.get(weeks)
    return f"{name}, {span}" if name else span
