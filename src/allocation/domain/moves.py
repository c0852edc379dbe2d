"""Moves: what a message and its follow-ups did to order lines."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """What a message did to an order line; None is the queue of the waiting lines."""

    orderid: str
    sku: str
    qty: int
    from_batchref: str | None
    to_batchref: str | None


@dataclass(frozen=True, slots=True)
class MovePage:
    """The lines that were allocated, in that order, and then those that were left without stock.

    `next_after` is the cursor of the next page, None on the last one.
    """

    moves: list[Move]
    next_after: int | None


@dataclass(frozen=True, slots=True)
class MoveCounts:
    """How many lines were taken off batches, and how many were allocated."""

    deallocated: int
    allocated: int


@dataclass(frozen=True, slots=True)
class MoveSummary:
    """The first page of the moves of a message, and how many there are in all."""

    id: str
    """The message's."""
    page: MovePage
    counts: MoveCounts
