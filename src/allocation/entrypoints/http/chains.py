"""`GET /messages/{id}`: a message of the log, with its causes and follow-ups."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from litestar import Request, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.params import FromPath

from allocation.access.scopes import Scope
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.app_state import application_of
from allocation.entrypoints.http.errors import NotFound
from allocation.entrypoints.http.operations import Documented, failing
from allocation.entrypoints.http.parameters import Cursor, limit_on, name_after, number_of
from allocation.errors import InvalidValue
from allocation.views import LISTED, MessageView, Missing

Limit = Annotated[int, limit_on("follow-ups")]


@dataclass(frozen=True, slots=True)
class MessageChain:
    """A message with its causes and a page of its follow-ups, both in log order.

    `missing_causes` says why some causes are not listed. `next` is the address of the next page;
    `remaining` counts the messages of the chain that come after this one.
    """

    message: MessageView
    causes: list[MessageView]
    missing_causes: Missing | None
    follow_ups: list[MessageView]
    remaining: int
    next: str | None


@get(
    "/messages/{id:path}",
    opt={ACCESS: Scope.READ},
    operation_class=Documented,
    responses=failing(InvalidValue, NotFound),
    tags=["operations"],
)
async def chain(
    request: Request[Any, Any, State],
    id: FromPath[str],
    limit: Limit = LISTED,
    after: Cursor = "0",
) -> MessageChain:
    """A message of the log, with its causes and follow-ups.

    The id is that of an incoming message, which is its idempotency key, or that of a follow-up.

    `causes` begins with the incoming message and ends with the direct cause of the message.
    `missing_causes` is "pruned" if the log no longer has the first ones, and "left out" if there
    are so many that only the incoming message and the last hundred are listed.

    `follow_ups` are the direct and the indirect ones, a page at a time; `next` is the address of
    the next page. Of a message that is a follow-up itself, a page may have fewer follow-ups than
    the limit, or none, although it is not the last one. `remaining` counts the later messages of
    the whole chain.
    """
    name = name_after("/messages/", request, id)
    application = application_of(request)
    view = await sync_to_thread(application.log_views.chains.around, name, number_of(after), limit)
    if view is None:
        raise NotFound(f"The log has no message with the id {name:.255}")
    page, link = view.page, None
    if page.next_after is not None:
        query = urlencode({"limit": limit, "after": page.next_after})
        link = f"/messages/{quote(view.message.id, safe='')}?{query}"
    causes, missing = view.causes.messages, view.causes.missing
    return MessageChain(view.message, causes, missing, page.follow_ups, page.remaining, link)
