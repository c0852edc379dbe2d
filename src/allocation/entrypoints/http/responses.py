"""Responses: the presentation of a result, as the registry has it, over HTTP."""

from dataclasses import dataclass
from typing import Any, Final

from litestar.concurrency import sync_to_thread

from allocation.bootstrap import Answer, Application, Incoming, Moves, Outcome, link_to_moves
from allocation.domain.events import Event
from allocation.views import Views

STATUS: Final = {Outcome.CREATED: 201, Outcome.ACCEPTED: 202, Outcome.DONE: 200}
"""The status of every outcome."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many dead letters are tried again."""

    replayed: int


async def response_to(
    incoming: Incoming[Any], event: Event, answer: Answer, parts: Application
) -> tuple[int, Any]:
    """The status and the body for the sender of an event.

    Raises:
        Exception: the refusal or the failure, if there was one.
    """
    if incoming.reads_facts:
        outcome, body = await sync_to_thread(parts.present, incoming, event, answer)
    else:
        outcome, body = parts.present(incoming, event, answer)
    return STATUS[outcome], body


def moves_after(id: str, cursor: int, views: Views) -> Moves:
    """What the message of this id has moved, from a cursor on."""
    page = views.moves.page(id, cursor)
    return Moves(page.moves, link_to_moves(id, page))
