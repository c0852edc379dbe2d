"""What is answered when an event has been handled: a status, and a body."""

from litestar.concurrency import sync_to_thread

from allocation.bootstrap import Answer
from allocation.domain.events import BatchCreated, BatchQuantityChanged, Event
from allocation.entrypoints.http.answers import AddedBatch, AllocatedLine, ChangedBatch
from allocation.views import Views

Outcome = AddedBatch | AllocatedLine | ChangedBatch


async def outcome_of(event: Event, answer: Answer, views: Views) -> tuple[int, Outcome]:
    """For the sender of the event.

    Raises:
        Exception: the refusal or the failure, if there was one.
    """
    result = answer.result
    if isinstance(event, BatchCreated):
        return 201, AddedBatch(event.ref)
    if isinstance(event, BatchQuantityChanged):
        moved = await sync_to_thread(views.moves, answer.id)
        return 200, ChangedBatch(event.ref, event.qty, moved)
    if result is None:
        return 202, AllocatedLine(None, "waiting")
    return 201, AllocatedLine(str(result), "allocated")
