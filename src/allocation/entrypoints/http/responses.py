"""Responses: the presentation of a result, as the registry has it, over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar.concurrency import sync_to_thread

from allocation.bootstrap import Answer, Incoming, Outcome
from allocation.domain.events import Event
from allocation.views import Views

STATUS: Final = {Outcome.CREATED: 201, Outcome.ACCEPTED: 202, Outcome.DONE: 200}
"""The status of every outcome."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many dead letters are tried again."""

    replayed: int


async def response_to(
    incoming: Incoming[Any], event: Event, answer: Answer, views: Views
) -> tuple[int, Any]:
    """The status and the body for the sender of an event.

    Raises:
        Exception: the refusal or the failure, if there was one.
    """
    result: object = answer.result
    facts: Sequence[object] = ()
    if incoming.reads_facts:
        facts = await sync_to_thread(views.moves, answer.id)
    outcome, body = incoming.present(event, result, facts)
    return STATUS[outcome], body
