"""`GET /events`: the feed, as JSON, by long polling or as server-sent events."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import QueryParameter

from allocation.access.scopes import Scope
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.app_state import application_of
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.errors import (
    CursorTooOld,
    FeedStalled,
    NotAcceptable,
    OtherDatabase,
    TooManyKeyStreams,
    TooManyStreams,
)
from allocation.entrypoints.http.exchange import LONG_LIVED
from allocation.entrypoints.http.feed.cloud_events import JSON, CloudEvent, FeedEvent
from allocation.entrypoints.http.feed.feed import Feed
from allocation.entrypoints.http.feed.filters import FeedFilter
from allocation.entrypoints.http.feed.follower import Follower
from allocation.entrypoints.http.feed.open_streams import OpenStream
from allocation.entrypoints.http.feed.sse import EVENT_STREAM, EventStream
from allocation.entrypoints.http.media_types import chosen
from allocation.entrypoints.http.methods import WITHOUT_BODY
from allocation.entrypoints.http.operations import Documented, failing
from allocation.entrypoints.http.parameters import limit_on
from allocation.entrypoints.http.requests import clean_key, headers_of
from allocation.entrypoints.http.schemas import name_schema
from allocation.errors import InvalidValue, Stopping
from allocation.views import LISTED

LOOKED_AT: Final = 10_000
"""The number of events that a request looks at for those that its filter chooses."""

LONGEST_WAIT: Final = 60

_LAST_EVENT_ID: Final = "Last-Event-ID"
_PARAMETERS: Final = ("after", "type", "sku", "limit", "wait")

After = Annotated[
    str | None,
    QueryParameter(
        description="The cursor after which the events begin: `next` of an answer, the `cursor` of "
        "an event, or `last` for those that come from now on. Without it, they begin with the "
        "first one that the log has completely."
    ),
]
Types = Annotated[
    list[str] | None,
    QueryParameter(name="type", description="Only events of this type; may be repeated"),
]
Sku = Annotated[
    str | None,
    QueryParameter(description="Only events about this product, or about a batch of it"),
]
Limit = Annotated[int, limit_on("events")]
Wait = Annotated[
    int,
    QueryParameter(
        ge=0,
        le=LONGEST_WAIT,
        description="Seconds to wait for an event, if there is none yet",
    ),
]


class EventPage(msgspec.Struct, frozen=True):
    """Events in the order of the feed.

    `next` is the cursor with which to go on, also if there are no events; `more` says whether
    there are others already.
    """

    events: list[CloudEvent]
    next: str
    more: bool


@dataclass
class _OfEvents(Documented):
    """The operation, which also offers a stream."""

    def __post_init__(self) -> None:
        super().__post_init__()
        text = Schema(type=OpenAPIType.STRING)
        about = "Of a stream: the cursor after which it begins, before `after`"
        last_event_id = Parameter(
            name=_LAST_EVENT_ID, param_in="header", description=about, schema=text
        )
        for parameter in self.parameters or ():
            if isinstance(parameter, Parameter) and parameter.name == "sku":
                parameter.schema = name_schema()
        self.parameters = [*(self.parameters or ()), last_event_id]
        response = (self.responses or {}).get("200")
        if isinstance(response, OpenAPIResponse):
            response.content = {**(response.content or {}), EVENT_STREAM: OpenAPIMediaType(text)}


@get(
    "/events",
    operation_id="get_events",
    operation_class=_OfEvents,
    opt={ACCESS: Scope.READ},
    responses=failing(
        *(InvalidValue, NotAcceptable, CursorTooOld, OtherDatabase, FeedStalled),
        *(TooManyStreams, TooManyKeyStreams, Stopping),
    ),
    tags=["feed"],
)
async def events(
    request: Request[Any, Any, State],
    after: After = None,
    types: Types = None,
    sku: Sku = None,
    limit: Limit = LISTED,
    wait: Wait = 0,
) -> Response[EventPage]:
    """What has happened: every message once, as it was accepted, in an order that never changes.

    The messages of one product are in the order in which they took effect. What becomes of a
    message later is an event of its own. Each event is a CloudEvent (1.0, JSON); the schemas of
    their `data` are in `/asyncapi.json`.

    With `wait`, the answer comes as soon as there is an event, at the latest after that time. A
    request looks at 10,000 events for those that the filters choose: the answer may have fewer
    than `limit`, or none, although there are `more`.

    `Accept: text/event-stream` asks for a stream of server-sent events, without an end. The `id`
    of each is its cursor, with which a client goes on after the connection has broken
    (`Last-Event-ID`); `limit` and `wait` have no effect.
    """
    _refuse_unknown(request)
    feed: Feed = request.app.state.feed
    headers = headers_of(request.scope)
    media_type = chosen(headers.text(b"accept"), (JSON, EVENT_STREAM))
    filters = FeedFilter(_types(request, types or ()), clean_key("sku", sku))
    caller = caller_of(request.scope)
    if media_type == EVENT_STREAM:
        _mark_long_lived(request.scope)
        resumed = headers.text(_LAST_EVENT_ID.lower().encode())
        name, place = (_LAST_EVENT_ID, resumed) if resumed else ("after", after)
        response: Any = EventStream(feed, await feed.follower(name, place, filters), caller)
    else:
        page = _Page(await feed.follower("after", after, filters), limit)
        if wait and WITHOUT_BODY not in request.scope:  # HEAD need not wait for events
            _mark_long_lived(request.scope)
            with feed.streams.opened(caller) as stream, feed.tailer.used():
                async with _closed_with(request, stream):
                    await page.fill(stream, wait)
        else:
            await page.fill()
        response = Response(page.encoded(), media_type=JSON)
        response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept"
    return response  # type: ignore[no-any-return]


class _Page:
    """The events of an answer."""

    def __init__(self, follower: Follower, limit: int) -> None:
        self._follower = follower
        self._limit = limit
        self._events: list[FeedEvent] = []
        self._more = False

    async def fill(self, stream: OpenStream | None = None, wait: float = 0.0) -> None:
        """Take the next events; if there are none, wait for some."""
        deadline, looked_at = time.monotonic() + wait, 0
        while True:
            taken = await self._follower.take(self._limit - len(self._events))
            self._events += taken.events
            self._more = taken.more
            looked_at += taken.looked_at
            if len(self._events) >= self._limit or looked_at >= LOOKED_AT:
                return
            if taken.more:
                continue
            seconds = deadline - time.monotonic()
            if self._events or stream is None or stream.is_closed or seconds <= 0:
                return
            await stream.sleep(seconds)

    def encoded(self) -> bytes:
        """The answer as JSON; the events are encoded already."""
        cursor = str(self._follower.cursor).encode()
        listed = b",".join([event.json for event in self._events])
        more = b"true" if self._more else b"false"
        return b'{"events":[%b],"next":"%b","more":%b}' % (listed, cursor, more)


@asynccontextmanager
async def _closed_with(
    request: Request[Any, Any, State], stream: OpenStream
) -> AsyncIterator[None]:
    """Close the stream when the client closes the connection, so that nobody waits in vain."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        stream.close()

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


def _mark_long_lived(scope: Any) -> None:
    scope[LONG_LIVED] = True


def _refuse_unknown(request: Request[Any, Any, State]) -> None:
    """Refuse a parameter that does not exist: a misspelt filter would choose everything.

    Raises:
        InvalidValue: there is one.
    """
    for name, value in request.query_params.items():
        if name not in _PARAMETERS:
            listed = ", ".join(_PARAMETERS)
            raise InvalidValue(name, value, f"is not a parameter here: the parameters are {listed}")


def _types(request: Request[Any, Any, State], names: Sequence[str]) -> frozenset[str]:
    """The types of events to choose.

    Raises:
        InvalidValue: there is no such type.
    """
    existing = {entry.name for entry in application_of(request).registry.entries}
    for name in names:
        if name not in existing:
            raise InvalidValue("type", name, "is not a type of event: see /asyncapi.json")
    return frozenset(names)
