"""The decisions, as small pure functions with names."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from allocation.domain.order_line import Allocation, OrderLine

if TYPE_CHECKING:
    from allocation.domain.batch import Batch
    from allocation.domain.order_lines import OrderLines


def warehouse_first_then_earliest(batch: "Batch") -> tuple[bool, date, str]:
    """Which batch is preferred: in stock, then the earliest ETA, ties by reference."""
    return (batch.eta is not None, batch.eta or date.min, batch.reference)


def choose_batch(line: OrderLine, preferred: Iterable["Batch"]) -> "Batch | None":
    """The first that can hold the whole line; `preferred` are the batches in that order."""
    for batch in preferred:
        if batch.can_allocate(line):
            return batch
    return None


def allocated_last_loses_first(batchref: str, lines: "OrderLines") -> Allocation | None:
    """Which line a batch that is too small gives up: the one that was promised last."""
    return lines.newest_on(batchref)


def oldest_first_each_that_fits(
    preferred: Sequence["Batch"], waiting: Callable[[Callable[[], int]], Iterable[Allocation]]
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
