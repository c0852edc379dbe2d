"""Moves: the order lines that a message and its follow-ups moved."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Move:
    """The move of units of an order line from batch to batch; None stands for the waiting lines.

    `from_eta` and `to_eta` are the days on which the batches are due; None for a batch in the
    warehouse. `line` names one of several lines of the order for the sku.
    """

    orderid: str
    sku: str
    qty: int
    from_batchref: str | None
    to_batchref: str | None
    line: str | None = None
    from_eta: date | None = None
    to_eta: date | None = None


@dataclass(frozen=True, slots=True)
class MovePage:
    """A page of moves: allocated lines in order of allocation, then lines without stock.

    `next_after` is the cursor of the next page, None on the last one.
    """

    moves: list[Move]
    next_after: int | None


@dataclass(frozen=True, slots=True)
class MoveCounts:
    """The number of lines that were deallocated, and of lines that were allocated."""

    deallocated: int
    allocated: int


@dataclass(frozen=True, slots=True)
class MoveSummary:
    """The first page of the moves of a message, and the number of all moves."""

    id: str
    """The message's id."""
    page: MovePage
    counts: MoveCounts
