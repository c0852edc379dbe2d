"""`GET /board/failures`: dead letters by what failed, and deliveries that will be tried again."""

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.datastructures import State

from allocation.entrypoints.board.addresses import FAILURES
from allocation.entrypoints.board.message import REFRESH, may_send
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond_uncached
from allocation.entrypoints.http.parameters import number_of
from allocation.errors import InvalidValue
from allocation.views import FailureKind, UnfinishedView

ROWS: Final = 50
"""The number of dead letters on a page."""

_RESOLVED: Final = ("replayed", "discarded")
"""The notes of how many dead letters were just replayed or discarded."""

_PARAMETERS: Final = ("type", "error", "after", "done", *_RESOLVED)


@get(FAILURES, **page_options())
async def failures(request: Request[Any, Any, State]) -> Response[bytes]:
    """The dead letters, and the messages that will be tried again."""
    return await respond_uncached(request, _page)


def _page(asked: PageRequest) -> Page:
    for name, value in asked.query.items():
        if name not in _PARAMETERS:
            raise InvalidValue(name, value, "is not a parameter here: those are type and error")
    views, registry = asked.application.log_views, asked.application.registry
    kind = kind_in(asked.query.get("type"), asked.query.get("error"))
    after = asked.query.get("after")
    before = None if after is None else number_of(after)
    page = views.failures.page(kind, before=before, limit=ROWS)
    following = page.next_before
    context = {
        "title": "Failures",
        "section": "Messages",
        "kind": kind,
        "groups": views.failures.groups(),
        "letters": page.messages,
        "searched_to": page.searched_to,
        "retried": _retried(views.unfinished()),
        "resolved": _resolved(asked),
        "next_page": None if following is None else _address(asked, following),
        "first_page": _address(asked, None) if after else None,
        "address_of": address_of,
        "replay_only": {registry.name_of(type) for type in registry.continuations},
        "editable": {type for type in registry.incoming if may_send(asked, type)},
        "refresh": REFRESH,
    }
    return Page("failures.html", context)


def kind_in(type: str | None, error: str | None) -> FailureKind | None:
    """The kind of failures that two parameters choose; None for all."""
    return None if type is None else FailureKind(type, error or "")


def address_of(kind: FailureKind, act: str | None = None) -> str:
    """The address of the dead letters of a kind, or of what is done to all of them."""
    path = FAILURES if act is None else f"{FAILURES}/{act}"
    return f"{path}?{urlencode(kind._asdict())}"


def _address(asked: PageRequest, after: int | None) -> str:
    """The address of another page of dead letters, without the note of what was done."""
    return asked.address_with(after=after, **dict.fromkeys(_RESOLVED))


def _retried(unfinished: list[UnfinishedView]) -> list[UnfinishedView]:
    return [message for message in unfinished if message.attempts]


def _resolved(asked: PageRequest) -> tuple[int, str] | None:
    """How many dead letters the caller has just replayed or discarded."""
    for act in _RESOLVED:
        count = asked.query.get(act, "")
        if count.isdecimal() and count.isascii():
            return int(count[:9]), act
    return None
