"""Replies: how the results of messages from outside are presented, whoever asks."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from allocation.domain import events
from allocation.domain.moves import Move, MovePage, MoveSummary
from allocation.messaging.registry import Outcome, Reply


@dataclass(frozen=True, slots=True)
class AddedBatch:
    """The batch is known."""

    batchref: str


@dataclass(frozen=True, slots=True)
class AllocatedLine:
    """The batch that the line is promised from."""

    batchref: str
    status: Literal["allocated"] = "allocated"


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """No batch can hold the line now: it waits."""

    batchref: None = None
    status: Literal["waiting"] = "waiting"


@dataclass(frozen=True, slots=True)
class ChangedBatch:
    """The batch's new quantity, and the lines that moved."""

    batchref: str
    qty: int
    moved: list[Move]


@dataclass(frozen=True, slots=True)
class ChangedManyLines:
    """The batch's new quantity, and the first hundred of very many lines that moved.

    `deallocated` and `allocated` count the lines that were taken off batches and those that were
    allocated; `next` is the address at which the list goes on.
    """

    batchref: str
    qty: int
    moved: list[Move]
    deallocated: int
    allocated: int
    next: str


@dataclass(frozen=True, slots=True)
class Moves:
    """Some of the lines that a message has moved; `next` is where the list goes on."""

    moves: list[Move]
    next: str | None


def added_batch(event: events.BatchCreated, _result: object, _moves: object) -> Reply:
    """Present the result of `add_batch`."""
    return Reply(Outcome.CREATED, AddedBatch(event.ref))


def allocated_line(_event: object, batchref: str | None, _moves: object) -> Reply:
    """Present the result of `allocate`."""
    if batchref is None:
        return Reply(Outcome.ACCEPTED, WaitingLine())
    return Reply(Outcome.CREATED, AllocatedLine(batchref))


def changed_batch(event: events.BatchQuantityChanged, _result: object, moves: MoveSummary) -> Reply:
    """Present the result of `change_batch_quantity`."""
    link = link_to_moves(moves.id, moves.page)
    if link is None:
        return Reply(Outcome.DONE, ChangedBatch(event.ref, event.qty, moves.page.moves))
    deallocated, allocated = moves.counts.deallocated, moves.counts.allocated
    many = ChangedManyLines(event.ref, event.qty, moves.page.moves, deallocated, allocated, link)
    return Reply(Outcome.DONE, many)


def link_to_moves(id: str, page: MovePage) -> str | None:
    """The address of the moves of a message that follow a page, if there are more."""
    if page.next_after is None:
        return None
    return f"/moves/{quote(id, safe='')}?after={page.next_after}"
