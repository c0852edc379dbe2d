"""Replies: how the results of messages from outside are presented, whoever asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from allocation.domain import events
from allocation.domain.moves import Move
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


def added_batch(event: events.BatchCreated, _result: object, _moves: object) -> Reply:
    """Present the result of `add_batch`."""
    return Reply(Outcome.CREATED, AddedBatch(event.ref))


def allocated_line(_event: object, batchref: str | None, _moves: object) -> Reply:
    """Present the result of `allocate`."""
    if batchref is None:
        return Reply(Outcome.ACCEPTED, WaitingLine())
    return Reply(Outcome.CREATED, AllocatedLine(batchref))


def changed_batch(
    event: events.BatchQuantityChanged, _result: object, moves: Sequence[Move]
) -> Reply:
    """Present the result of `change_batch_quantity`."""
    return Reply(Outcome.DONE, ChangedBatch(event.ref, event.qty, [*moves]))
