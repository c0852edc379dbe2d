"""The decisions, as small pure functions with names, and the three that a product is given.

They know plain facts only: what a batch is and has room for, and where a line stands.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from allocation.domain.order_line import Allocation, OrderLine


class BatchFacts(Protocol):
    """What a decision is made by: the facts of a batch, and the room that it has."""

    @property
    def reference(self) -> str:
        """Its name."""

    @property
    def eta(self) -> date | None:
        """The day on which it is due; None if it is in the warehouse."""

    @property
    def available_quantity(self) -> int:
        """Units that can still be promised."""


Chosen = TypeVar("Chosen", bound=BatchFacts)


def warehouse_first_then_earliest(batch: BatchFacts) -> tuple[bool, date, str]:
    """Which batch is preferred: in stock, then the earliest ETA, ties by reference."""
    return (batch.eta is not None, batch.eta or date.min, batch.reference)


def choose_batch(line: OrderLine, preferred: Iterable[Chosen]) -> Chosen | None:
    """The first that can hold the whole line; `preferred` are batches of its sku, in that order."""
    qty = line.qty
    for batch in preferred:
        if batch.available_quantity >= qty:
            return batch
    return None


def allocated_last_loses_first(allocation: Allocation) -> int:
    """Which line a batch that is too small gives up first: the one that was promised last."""
    return -(allocation.allocation_number or 0)


def accepted_first_is_served_first(allocation: Allocation) -> int:
    """Which waiting line is served first: the one that was accepted first."""
    return allocation.position


def oldest_first_each_that_fits(
    preferred: Sequence[BatchFacts], waiting: Callable[[Callable[[], int]], Iterable[Allocation]]
) -> Iterator[Allocation]:
    """Which waiting lines the batches, in order of preference, have room for together.

    `waiting` gives the waiting lines, oldest first, that are not larger than what it is
    given says at the moment of reading.
    """
    rooms = [batch.available_quantity for batch in preferred]

    def largest_room() -> int:
        return max(rooms, default=0)

    if largest_room() <= 0:
        return
    for allocation in waiting(largest_room):
        qty = allocation.line.qty
        fitting = next((i for i, room in enumerate(rooms) if room >= qty), None)
        if fitting is not None:
            rooms[fitting] -= qty
            yield allocation
        if largest_room() <= 0:
            return


class Policies(NamedTuple):
    """The decisions that a product is given; another one may be given in the place of each.

    `prefer` sorts batches: the first that has room is taken. `fill` tells which of the waiting
    lines the batches have room for. `release` and `serve` sort lines: which is taken off first,
    and which is served first. Where lines are on record, the record keeps them in these orders
    for speed (`StoredLines`); another order needs another record.
    """

    prefer: Callable[[BatchFacts], Any]
    fill: Callable[
        [Sequence[BatchFacts], Callable[[Callable[[], int]], Iterable[Allocation]]],
        Iterable[Allocation],
    ]
    release: Callable[[Allocation], Any]
    serve: Callable[[Allocation], Any]


STANDARD: Final = Policies(
    prefer=warehouse_first_then_earliest,
    fill=oldest_first_each_that_fits,
    release=allocated_last_loses_first,
    serve=accepted_first_is_served_first,
)
"""The shop's own."""
