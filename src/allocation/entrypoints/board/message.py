"""`GET /board/messages/ID`: a message, what caused it, and what followed."""

import json
from collections.abc import Iterator
from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from allocation.entrypoints.board.addresses import (
    FAILURES,
    MESSAGES,
    batch_page,
    message_page,
    order_page,
    product_page,
)
from allocation.entrypoints.board.causal_tree import HEIGHT, WIDTH, causal_tree
from allocation.entrypoints.board.message_texts import title_of
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond
from allocation.entrypoints.board.tree_texts import texts_of
from allocation.entrypoints.http.errors import NotFound
from allocation.entrypoints.http.parameters import name_after, number_of
from allocation.entrypoints.http.writes import scope_of
from allocation.views import ChainView, MessageView

MOST_NODES: Final = 200
"""The maximum number of messages in the causal tree."""

REFRESH: Final = 5
"""Seconds between two refreshes of unfinished messages: failed attempts are not in the feed."""

_PAGES: Final = {
    **dict.fromkeys(("ref", "batchref", "new_ref", "from_batchref", "to_batchref"), batch_page),
    "sku": product_page,
    "orderid": order_page,
    **dict.fromkeys(("message", "letter"), message_page),
}
"""The pages of what the fields of messages name."""


@get(f"{MESSAGES}/{{id:path}}", **page_options())
async def message(request: Request[Any, Any, State], id: FromPath[str]) -> Response[bytes]:
    """The page of a message."""
    name = name_after(f"{MESSAGES}/", request, id)
    return await respond(request, lambda asked: _page(asked, name))


def _chain_of(asked: PageRequest, id: str) -> ChainView:
    """A message with its causes, and so many follow-ups that the tree has room for them.

    Raises:
        NotFound: the log has no such message.
        InvalidValue: the cursor of the page is invalid.
    """
    after = number_of(asked.query.get("after", "0"))
    chain = asked.application.log_views.chains.around(id, after, MOST_NODES - 12)
    if chain is None:
        raise _unknown(id)
    return chain


def message_with(asked: PageRequest, id: str) -> MessageView:
    """The message with an id.

    Raises:
        NotFound: the log has no such message.
    """
    message = asked.application.log_views.chains.message(id)
    if message is None:
        raise _unknown(id)
    return message


def _unknown(id: str) -> NotFound:
    return NotFound(f"The log has no message with the id {id:.255}")


def _page(asked: PageRequest, id: str) -> Page:
    chain = _chain_of(asked, id)
    message, following, tree = chain.message, chain.page.next_after, causal_tree(chain)
    context = {
        "title": title_of(message.type),
        "section": "Messages",
        "message": message,
        "body": pretty(message.body),
        "results": _results(message),
        "subjects": dict(_subjects(message)),
        "incoming": chain.causes.messages[0] if chain.causes.messages else message,
        "cause": chain.causes.messages[-1] if chain.causes.messages else None,
        "missing": chain.causes.missing,
        "tree": tree,
        "texts": [texts_of(box, asked.zone, asked.today) for box in tree.boxes],
        "box_width": WIDTH,
        "box_height": HEIGHT,
        "remaining": chain.page.remaining,
        "next_page": None if following is None else asked.address_with(after=following),
        "first_page": asked.address_with(after=None) if "after" in asked.query else None,
        "may_resend": may_send(asked, message.type),
        "failures": FAILURES,
        "refresh": REFRESH if message.status in ("pending", "outgoing") else 0,
    }
    return Page("message.html", context)


def pretty(text: str | None) -> str:
    """JSON with line breaks; unchanged if it is not JSON."""
    try:
        return json.dumps(json.loads(text or ""), indent=2, ensure_ascii=False)
    except ValueError:
        return text or ""


def _results(message: MessageView) -> str | None:
    """What the handlers returned; None if that is nothing."""
    results = json.loads(message.results or "[]")
    return None if all(result is None for result in results) else pretty(message.results)


def _subjects(message: MessageView) -> Iterator[tuple[str, str]]:
    """What a message names, and the addresses of the pages about it."""
    try:
        fields = json.loads(message.body)
    except ValueError:
        return
    for name, address in _PAGES.items():
        value = fields.get(name) if isinstance(fields, dict) else None
        if isinstance(value, str) and value:
            yield value, address(value)


def may_send(asked: PageRequest, type: str) -> bool:
    """Whether the caller may send messages of a type; nobody may send some types."""
    entry = asked.application.registry.incoming.get(type)
    return entry is not None and asked.may(scope_of(entry))
