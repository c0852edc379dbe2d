"""Portions: the order lines that are released, or requested, by one message."""

from collections.abc import Iterable
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import Final, NamedTuple

from allocation.domain.batch import Batch
from allocation.domain.batches import Batches
from allocation.domain.events import AllocationRequired, Deallocated, ReleaseContinued
from allocation.domain.order_line import Allocation, OrderLine
from allocation.domain.order_lines import OrderLines

PORTION: Final = 128
"""The maximum number of lines that one message releases or requests."""

QUANTITY_CHANGED: Final = "quantity changed"
"""The reason of a deallocation for which the correction of the batch gives none."""


class Release(NamedTuple):
    """A portion of lines deallocated from a batch that is to hold `qty` units."""

    batch: Batch
    qty: int
    lines: list[OrderLine]
    """The lines in the order in which they were released."""
    reason: str | None = None
    """Why the batch is to hold that quantity."""

    @property
    def is_last(self) -> bool:
        """Whether the batch has reached its new quantity."""
        return self.batch.target_quantity is None

    def facts(self) -> list[Deallocated]:
        """The deallocations of this portion."""
        ref, reason = self.batch.reference, self.reason or QUANTITY_CHANGED
        return [Deallocated(line.orderid, line.sku, line.qty, ref, reason) for line in self.lines]

    def continuation(self) -> ReleaseContinued:
        """The message that starts the next portion."""
        return ReleaseContinued(self.batch.reference, self.qty, self.reason)


def release(batch: Batch, qty: int, reason: str | None = None) -> Release:
    """Deallocate lines, a portion at most, until no more than `qty` units are allocated.

    Until the last portion, the batch's quantity equals its allocated quantity: it has no room.
    Its target is the quantity to reach.

    Raises:
        InvalidValue: `qty` is not an integer, or less than zero.
    """
    batch.resize(qty)
    lines: list[OrderLine] = []
    while batch.allocated_quantity > qty and len(lines) < PORTION:
        lines.append(batch.deallocate_one())
    batch.target_quantity = qty if batch.allocated_quantity > qty else None
    batch.resize(max(qty, batch.allocated_quantity))
    return Release(batch, qty, lines, reason)


class Fill(NamedTuple):
    """A portion of the waiting lines for which there is room, in the order of service."""

    allocations: list[Allocation]
    is_last: bool

    def requests(self) -> list[AllocationRequired]:
        """The requests that allocate these lines."""
        return requests(self.allocations)

    def without_room(self, released: Iterable[OrderLine], lines: OrderLines) -> list[Allocation]:
        """The released lines that are not in this portion, by position."""
        requested = {allocation.line.orderid for allocation in self.allocations}
        others = (lines.find(line.orderid) for line in released if line.orderid not in requested)
        return sorted(filter(None, others), key=attrgetter("position"))

    @property
    def continues_after(self) -> int | None:
        """The position behind which the next portion starts; None after the last one."""
        return None if self.is_last else self.allocations[-1].position


def fill(batches: Batches, lines: OrderLines, after: int = 0) -> Fill:
    """Find the next waiting lines behind a position that fit together.

    If lines are not served by position, a position is no cursor, and all lines are one portion.
    """
    fitting = batches.rooms().each_that_fits(partial(lines.waiting, after=after))
    if not lines.is_in_recorded_order:
        return Fill(list(fitting), is_last=True)
    portion = list(islice(fitting, PORTION + 1))
    return Fill(portion[:PORTION], len(portion) <= PORTION)


def requests(allocations: Iterable[Allocation]) -> list[AllocationRequired]:
    """The requests to allocate these lines."""
    return [AllocationRequired(line.orderid, line.sku, line.qty) for line, *_ in allocations]
