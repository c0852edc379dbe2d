"""`GET /`: what needs attention now, and what the last hour was like."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State

from allocation.access.scopes import Scope
from allocation.entrypoints.board import formats
from allocation.entrypoints.board.addresses import ORDERS, SHIPMENTS
from allocation.entrypoints.board.alerts import Alert, AlertTexts
from allocation.entrypoints.board.list_pages import list_named
from allocation.entrypoints.board.minute_bars import HEIGHT, minute_bars
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.views import (
    COUNTED,
    LISTED,
    STATUS_FACTS,
    DeadLetterView,
    MessageView,
    Shortages,
    UnfinishedView,
)

MOST: Final = 5
"""The maximum number of alerts of a kind."""

EVENTS: Final = 8
"""The number of latest messages."""

REFRESH: Final = 5
"""Seconds after which the rates are read again."""

_SHIPMENTS: Final = list_named("shipments")
_MORE: Final = {
    "overdue": ("More overdue shipments", f"{SHIPMENTS}?overdue=true"),
    "late": ("All late order lines", f"{ORDERS}?show=late"),
    "shortages": ("All waiting order lines", f"{ORDERS}?show=waiting"),
}


@get("/", **page_options())
async def now(request: Request[Any, Any, State]) -> Response[bytes]:
    """The page of what needs attention now; the first steps while nothing has happened."""
    return await respond(request, partial(_page, service=str(request.base_url).rstrip("/")))


def _page(asked: PageRequest, service: str) -> Page:
    if not asked.application.log_views.last_number():
        return _first_steps(asked, service)
    log = asked.application.log_views
    shortages = asked.application.views.shortages.first(MOST)
    letters, unfinished = log.dead_letters(), log.unfinished()
    activity = log.activity.last_hour(asked.now)
    alerts, more = _alerts(asked, shortages, letters, unfinished)
    context = {
        "title": "Now",
        "section": "Now",
        "heading": _heading(len(alerts), is_all=not more),
        "alerts": alerts,
        "more": [_MORE[kind] for kind in more],
        "rate": formats.rate(activity.rate),
        "lag": lag(unfinished, asked.now),
        "waiting": formats.number_up_to(shortages.lines, COUNTED),
        "letters": formats.number_up_to(len(letters), LISTED),
        "bars": minute_bars(activity, asked.zone),
        "bars_height": HEIGHT,
        "events": _events(asked),
        "refresh": REFRESH,
    }
    return Page("now.html", context)


def _first_steps(asked: PageRequest, service: str) -> Page:
    context = {
        "title": "First steps",
        "section": "Now",
        "service": service,
        "auth": ' -H "Authorization: Bearer $KEY"' if asked.csrf else "",
    }
    return Page("first_steps.html", context)


def _alerts(
    asked: PageRequest,
    shortages: Shortages,
    letters: Sequence[DeadLetterView],
    unfinished: Sequence[UnfinishedView],
) -> tuple[list[Alert], list[str]]:
    """The alerts, and the kinds of which there are more."""
    views, today = asked.application.views, asked.today
    texts = AlertTexts(today, asked.may(Scope.STOCK))
    overdue = views.lists.page(_SHIPMENTS, today, {"overdue": "true"}, limit=MOST)
    late = views.shipments.late(today, MOST + 1)
    needs = views.shipments.needs([shipment.batchref for shipment in overdue.rows])
    alerts = [
        *texts.overdue(overdue.rows, needs),
        *texts.late(late[:MOST]),
        *texts.shortages(shortages.products),
        *texts.dead_letters(letters),
        *texts.failing(unfinished),
    ]
    has_more = {
        "overdue": overdue.next_after is not None,
        "late": len(late) > MOST,
        "shortages": shortages.has_more,
    }
    return alerts, [kind for kind, is_so in has_more.items() if is_so]


def _events(asked: PageRequest) -> list[MessageView]:
    """The latest messages, without those that only say what became of another one."""
    latest = asked.application.log_views.recent.page(limit=4 * EVENTS).messages
    return [message for message in latest if message.type not in STATUS_FACTS][:EVENTS]


def _heading(count: int, *, is_all: bool) -> str:
    if not count:
        return "Nothing needs attention"
    if not is_all:
        return f"More than {formats.counted(count, 'thing')} need attention"
    return f"{formats.counted(count, 'thing')} {'needs' if count == 1 else 'need'} attention"


def lag(unfinished: Sequence[UnfinishedView], now: datetime) -> str:
    """For how long the first message that can be handled or delivered has waited for it."""
    since = [message.due or message.at for message in unfinished]
    waits = [(now - begin).total_seconds() for begin in since if begin <= now]
    return formats.duration(max(waits)) if waits else "none"
