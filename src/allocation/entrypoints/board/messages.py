"""`GET /board/messages`: the latest messages, newest first."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State

from allocation.entrypoints.board.addresses import FAILURES, MESSAGES
from allocation.entrypoints.board.message import REFRESH
from allocation.entrypoints.board.message_texts import STATES, title_of
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.entrypoints.http.parameters import number_of
from allocation.errors import InvalidValue
from allocation.views import MessageFilter

ROWS: Final = 50
"""The number of messages on a page."""

_OTHERS: Final = ("after", "done")
"""The parameters of the page that are not filters."""


@get(MESSAGES, **page_options())
async def messages(request: Request[Any, Any, State]) -> Response[bytes]:
    """The latest messages."""
    return await respond(request, _page)


def _page(asked: PageRequest) -> Page:
    chosen, after = filter_of(asked), asked.query.get("after")
    before = None if after is None else number_of(after)
    page = asked.application.log_views.recent.page(chosen, before=before, limit=ROWS)
    following = page.next_before
    context = {
        "title": "Messages",
        "section": "Messages",
        "messages": page.messages,
        "filters": {name: value for name, value in chosen._asdict().items() if value},
        "types": _types(asked, chosen),
        "states": STATES,
        "searched_to": page.searched_to,
        "next_page": None if following is None else asked.address_with(after=following),
        "first_page": asked.address_with(after=None) if after else None,
        "failures": FAILURES,
        "refresh": REFRESH,
    }
    return Page("messages.html", context)


def filter_of(asked: PageRequest) -> MessageFilter:
    """The messages that the parameters of a page choose.

    Raises:
        InvalidValue: a parameter is not one of the page, or has an invalid value.
    """
    for name, value in asked.query.items():
        if name not in (*MessageFilter._fields, *_OTHERS):
            names = ", ".join(MessageFilter._fields)
            raise InvalidValue(name, value, f"is not a parameter here: those are {names}")
    given = {name: asked.query.get(name, "").strip() or None for name in MessageFilter._fields}
    chosen = MessageFilter(**given)
    if chosen.status is not None and chosen.status not in STATES:
        raise InvalidValue("status", chosen.status, f"is none of {', '.join(STATES)}")
    return chosen


def _types(asked: PageRequest, chosen: MessageFilter) -> list[tuple[str, str]]:
    """The names and titles of the types of messages; the chosen one may be of an older version."""
    names = {entry.name for entry in asked.application.registry.entries}
    titles = [(name, title_of(name)) for name in {*names, chosen.type} if name is not None]
    return sorted(titles, key=lambda named: named[1])
