"""`GET /board/resend/ID`: edits a message of the log, to send it again as a new one."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from allocation.entrypoints.board.addresses import ROOT, message_page
from allocation.entrypoints.board.event_inputs import inputs_of
from allocation.entrypoints.board.message import may_send, message_with
from allocation.entrypoints.board.message_texts import sentence, title_of
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.entrypoints.http.access.declarations import refuse
from allocation.entrypoints.http.parameters import name_after
from allocation.entrypoints.http.writes import scope_of
from allocation.errors import InvalidValue

PLACE: Final = f"{ROOT}/resend"


@get(f"{PLACE}/{{id:path}}", **page_options())
async def resend(request: Request[Any, Any, State], id: FromPath[str]) -> Response[bytes]:
    """The form of a message, for those who may send messages of its type."""
    name = name_after(f"{PLACE}/", request, id)
    return await respond(request, lambda asked: _page(asked, name))


def _page(asked: PageRequest, id: str) -> Page:
    """The form of a message.

    Raises:
        NotFound: the log has no such message.
        InvalidValue: clients may not send messages of its type.
        ForbiddenScope: the caller may not.
    """
    message = message_with(asked, id)
    entry = asked.application.registry.incoming.get(message.type)
    if entry is None:
        raise InvalidValue("type", message.type, "is not one that may come from outside")
    if not may_send(asked, message.type):
        refuse(asked.caller, {scope_of(entry)})
    context = {
        "title": f"Send again: {title_of(message.type)}",
        "section": "Messages",
        "heading": title_of(message.type),
        "original": sentence(message.type, message.body),
        "verb": entry.as_incoming.verb,
        "inputs": inputs_of(entry, message.body),
        "back": message_page(message.id),
    }
    return Page("resend.html", context)
