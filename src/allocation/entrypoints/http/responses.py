"""Responses: the shapes of their bodies, and the one that a handled event is answered with."""

from dataclasses import dataclass
from typing import Literal

from litestar.concurrency import sync_to_thread

from allocation.bootstrap import Answer
from allocation.domain.events import BatchCreated, BatchQuantityChanged, Event
from allocation.views import MoveView, Views


@dataclass(frozen=True, slots=True)
class AddedBatch:
    """The batch is known."""

    batchref: str


@dataclass(frozen=True, slots=True)
class AllocatedLine:
    """Where the line is promised from; null while it waits."""

    batchref: str | None
    status: Literal["allocated", "waiting"]


@dataclass(frozen=True, slots=True)
class ChangedBatch:
    """The batch's new quantity, and the lines that moved."""

    batchref: str
    qty: int
    moved: list[MoveView]


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many dead letters are tried again."""

    replayed: int


ResponseBody = AddedBatch | AllocatedLine | ChangedBatch


async def response_to(event: Event, answer: Answer, views: Views) -> tuple[int, ResponseBody]:
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
