"""Replies: how the results of incoming messages are presented to clients."""

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from allocation.domain import events
from allocation.domain.moves import Move, MovePage, MoveSummary
from allocation.domain.promises import ChangedPromise, PromisePage
from allocation.messaging.registry import Outcome, Reply


@dataclass(frozen=True, slots=True)
class AddedBatch:
    """The reference of the batch that was added."""

    batchref: str


@dataclass(frozen=True, slots=True)
class AllocatedLine:
    """The batch to which the line is allocated."""

    batchref: str
    status: Literal["allocated"] = "allocated"


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """No batch can hold the line now, so it waits."""

    batchref: None = None
    status: Literal["waiting"] = "waiting"


@dataclass(frozen=True, slots=True)
class LinePart:
    """Units of an order line: on a batch, or waiting or cancelled (`batchref` is null)."""

    status: str
    qty: int
    batchref: str | None


@dataclass(frozen=True, slots=True)
class LineInParts:
    """A line of several parts, or one that has been shipped or cancelled."""

    batchref: str | None
    status: str
    parts: list[LinePart]


@dataclass(frozen=True, slots=True)
class ChangedBatch:
    """The batch's new quantity, and the lines that moved."""

    batchref: str
    qty: int
    moved: list[Move]


@dataclass(frozen=True, slots=True)
class ChangedManyLines:
    """The batch's new quantity, and the first hundred of the lines that moved.

    `deallocated` and `allocated` count the lines that were deallocated and allocated; `next` links
    to the next page of the list.
    """

    batchref: str
    qty: int
    moved: list[Move]
    deallocated: int
    allocated: int
    next: str


@dataclass(frozen=True, slots=True)
class Moves:
    """A page of the lines that a message has moved; `next` links to the next page."""

    moves: list[Move]
    next: str | None


@dataclass(frozen=True, slots=True)
class Promises:
    """A page of the promises that a message has changed; `next` links to the next page."""

    promises: list[ChangedPromise]
    next: str | None


def added_batch(event: events.BatchCreated, _result: object, _moves: object) -> Reply:
    """Present the result of `add_batch`."""
    return Reply(Outcome.CREATED, AddedBatch(event.ref))


def allocated_line(_event: object, result: str | dict[str, Any] | None, _moves: object) -> Reply:
    """Present the result of `allocate`."""
    if result is None:
        return Reply(Outcome.ACCEPTED, WaitingLine())
    if isinstance(result, str):
        return Reply(Outcome.CREATED, AllocatedLine(result))
    parts = [LinePart(**part) for part in result["parts"]]
    outcome = _OUTCOMES.get(result["status"], Outcome.DONE)
    return Reply(outcome, LineInParts(result["batchref"], result["status"], parts))


def changed_batch(event: events.BatchQuantityChanged, _result: object, moves: MoveSummary) -> Reply:
    """Present the result of `change_batch_quantity`."""
    link = link_to_moves(moves.id, moves.page)
    if link is None:
        return Reply(Outcome.DONE, ChangedBatch(event.ref, event.qty, moves.page.moves))
    deallocated, allocated = moves.counts.deallocated, moves.counts.allocated
    many = ChangedManyLines(event.ref, event.qty, moves.page.moves, deallocated, allocated, link)
    return Reply(Outcome.DONE, many)


def link_to_moves(id: str, page: MovePage) -> str | None:
    """The path of the next page of a message's moves; None after the last page."""
    return _next_page("moves", id, page.next_after)


def link_to_promises(id: str, page: PromisePage) -> str | None:
    """The path of the next page of the promises that a message changed; None after the last."""
    return _next_page("promises", id, page.next_after)


def _next_page(of: str, id: str, after: int | None) -> str | None:
    return None if after is None else f"/{of}/{quote(id, safe='')}?after={after}"


_OUTCOMES = {"allocated": Outcome.CREATED, "waiting": Outcome.ACCEPTED}
"""The outcome for a line with each status; a closed line has another one."""
