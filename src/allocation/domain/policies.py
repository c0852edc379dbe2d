"""The decisions, as small pure functions with names."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Protocol

from allocation.domain.order_line import Allocation

if TYPE_CHECKING:
    from allocation.domain.batch import Batch
    from allocation.domain.order_lines import OrderLines


def warehouse_first_then_earliest(batch: "Batch") -> tuple[bool, date, str]:
    """Which batch is preferred: in stock, then the earliest ETA, ties by reference."""
    return (batch.eta is not None, batch.eta or date.min, batch.reference)


def allocated_last_loses_first(batchref: str, lines: "OrderLines") -> Allocation | None:
    """Which line a batch that is too small gives up: the one that was promised last."""
    return lines.newest_on(batchref)


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
