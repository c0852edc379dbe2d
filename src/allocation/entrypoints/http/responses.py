"""Responses: the shapes of their bodies, and the one that a handled event is answered with."""

from dataclasses import dataclass
from functools import partial
from typing import Literal
from urllib.parse import quote

from litestar.concurrency import sync_to_thread
from msgspec import Struct

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


class ChangedBatch(Struct, frozen=True, omit_defaults=True):
    """The batch's new quantity, and the lines that moved, the first hundred.

    Where there are more, `deallocated` and `allocated` count the lines that were taken off the
    batch and those that were allocated, and `next` is where the list goes on.
    """

    batchref: str
    qty: int
    moved: list[MoveView]
    deallocated: int | None = None
    allocated: int | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Moves:
    """Some of the lines that a message has moved; `next` is where the list goes on."""

    moves: list[MoveView]
    next: str | None


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
        return 200, await sync_to_thread(partial(_changed_batch, event, answer.id, views))
    if result is None:
        return 202, AllocatedLine(None, "waiting")
    return 201, AllocatedLine(str(result), "allocated")


def moves_after(id: str, cursor: int, views: Views) -> Moves:
    """What the message of this id has moved, from a cursor on."""
    page = views.moves.page(id, cursor)
    return Moves(page.moves, None if page.next is None else _link(id, page.next))


def _changed_batch(event: BatchQuantityChanged, id: str, views: Views) -> ChangedBatch:
    page = views.moves.page(id)
    if page.next is None:
        return ChangedBatch(event.ref, event.qty, page.moves)
    counts, link = views.moves.counts(id), _link(id, page.next)
    return ChangedBatch(
        event.ref, event.qty, page.moves, counts.deallocated, counts.allocated, link
    )


def _link(id: str, cursor: int) -> str:
    return f"/moves/{quote(id, safe='')}?after={cursor}"
