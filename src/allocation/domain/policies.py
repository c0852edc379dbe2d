"""The decisions, as small pure functions with names, and the three that a product is given.

They work on plain facts only: what a batch is, what rooms there are, and where a line stands.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

from allocation.domain.order_line import Allocation


class BatchFacts(Protocol):
    """What a batch is preferred by."""

    @property
    def reference(self) -> str:
        """Its name."""

    @property
    def eta(self) -> date | None:
        """The day on which it is due; None if it is in the warehouse."""


def warehouse_first_then_earliest(batch: BatchFacts) -> tuple[bool, date, str]:
    """Which batch is preferred: in stock, then the earliest ETA, ties by reference."""
    return (batch.eta is not None, batch.eta or date.min, batch.reference)


def allocated_last_loses_first(allocation: Allocation) -> int:
    """Which line a batch that is too small gives up first: the one that was promised last."""
    return -(allocation.allocation_number or 0)


def accepted_first_is_served_first(allocation: Allocation) -> int:
    """Which waiting line is served first: the one that was accepted first."""
    return allocation.position


class Rooms(Protocol):
    """What the batches of a product have room for, as lines take it."""

    @property
    def largest(self) -> int:
        """The quantity above which no line fits."""

    def take(self, qty: int) -> bool:
        """Take the room for a line from the preferred batch that can hold it, if one can."""


def oldest_first_each_that_fits(
    rooms: Rooms, waiting: Callable[[Callable[[], int]], Iterable[Allocation]]
) -> Iterator[Allocation]:
    """Which waiting lines the batches have room for together.

    `waiting` gives the waiting lines, oldest first, that are not larger than what it is
    given says at the moment of reading.
    """
    if rooms.largest <= 0:
        return
    for allocation in waiting(lambda: rooms.largest):
        if rooms.take(allocation.line.qty):
            yield allocation
        if rooms.largest <= 0:
            return


class Policies(NamedTuple):
    """The decisions that a product is given; another one may be given in the place of each.

    `prefer` sorts batches by what never changes of them: the first with room for a line is taken.
    `fill` tells which of the waiting lines the batches have room for. `release` and `serve` sort
    lines: which is taken off first, and which is served first. Where lines are on record, the
    record keeps them in these orders for speed (`StoredLines`); another order needs another
    record.
    """

    prefer: Callable[[BatchFacts], tuple[Any, ...]]
    fill: Callable[
        [Rooms, Callable[[Callable[[], int]], Iterable[Allocation]]],
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
