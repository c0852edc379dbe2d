"""The order lines of one product: where each of them stands."""

from collections.abc import Callable, Container, Iterator
from heapq import merge
from operator import attrgetter
from typing import Protocol

from allocation.domain.allocations import Allocations, by_allocation_number
from allocation.domain.errors import AlreadyAllocated, LineConflict
from allocation.domain.order_line import Allocation, OrderLine
from allocation.domain.validation import LARGEST_QUANTITY

LargestRoom = Callable[[], int]
"""Tells, whenever it is asked, the quantity above which no line fits any more."""


class StoredLines(Protocol):
    """The lines of one product that are on record, read on demand, as far as needed."""

    def find(self, orderid: str) -> Allocation | None:
        """The line of this order, if it is known."""

    def newest_on(self, batchref: str) -> Iterator[Allocation]:
        """The lines promised from a batch, the newest promise first."""

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Allocation]:
        """The waiting lines behind a position, oldest first.

        Those over `largest()` may be left out.
        """


class NothingStored:
    """The record of a product that has none."""

    def find(self, orderid: str) -> Allocation | None:  # noqa: ARG002 - the port's signature
        """Know no line."""
        return None

    def newest_on(self, batchref: str) -> Iterator[Allocation]:  # noqa: ARG002
        """Give no line."""
        return iter(())

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Allocation]:  # noqa: ARG002
        """Give no line."""
        return iter(())


class OrderLines:
    """What is on record of a product's lines, with what has changed laid over it.

    The cost of a change does not depend on how many lines are on record: one is looked
    up by key, and the newest and the oldest are read only as far as they are asked for.
    """

    def __init__(
        self,
        stored: StoredLines | None = None,
        *,
        last_number: int = 0,
        changed: dict[str, Allocation] | None = None,
    ) -> None:
        self.last_number = last_number
        """The last number given to a position or a promise."""
        self._stored = stored or NothingStored()
        self._found: dict[str, Allocation | None] = {}
        self._changed = dict(changed or {})
        # Made once somebody asks: most lines are promised, and that is all.
        self._in_order: Allocations | None = None
        self._readings: dict[str, _Reading] = {}
        self._fresh: dict[str, Allocation] = {}

    def read_from(self, stored: StoredLines) -> None:
        """Ask this record from now on."""
        self._stored = stored

    def forget(self) -> None:
        """All that was changed so far is on record, and nothing else is remembered."""
        self._found.clear()
        self._changed.clear()
        self._in_order = None
        self._readings.clear()
        self._fresh.clear()

    def remember(self, orderid: str, allocation: Allocation | None) -> None:
        """Take note of what is on record of an order, so that it is not looked up again."""
        self._found.setdefault(orderid, allocation)

    def find(self, orderid: str) -> Allocation | None:
        """Where the line of this order stands, if it is known."""
        changed = self._changed.get(orderid)
        if changed is not None:
            return changed
        if orderid not in self._found:
            self._found[orderid] = self._stored.find(orderid)
        return self._found[orderid]

    def newest_on(self, batchref: str) -> Allocation | None:
        """The line that was promised last from a batch, if it has any."""
        promised = self._changed_in_order().newest_on(batchref)
        if promised is not None:
            # A promise made since the record was read is newer than every one on it.
            return promised
        reading = self._readings.get(batchref)
        if reading is None:
            newest = self._remembered(self._stored.newest_on(batchref))
            reading = self._readings[batchref] = _Reading(newest)
        return reading.first_not_in(self._changed)

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Allocation]:
        """The waiting lines behind a position that are not over `largest()`, oldest first."""
        changed = (p for p in self._changed_in_order().waiting(largest()) if p.position > after)
        stored = (
            allocation
            for allocation in self._remembered(self._stored.waiting(largest, after))
            if allocation.line.orderid not in self._changed
        )
        for allocation in merge(changed, stored, key=attrgetter("position")):
            if allocation.line.qty <= largest():
                yield allocation

    def allocate(self, line: OrderLine, batchref: str) -> None:
        """Promise the line from a batch; it keeps its position, if it has one."""
        self.last_number = number = self.last_number + 1
        current = self.find(line.orderid)
        position = current.position if current else number
        self.put(Allocation(line, position, batchref, number))

    def backorder(self, line: OrderLine) -> None:
        """Let the line wait, at its position if it has one, else behind all others."""
        current = self.find(line.orderid)
        if current is None:
            self.last_number += 1
        self.put(Allocation(line, current.position if current else self.last_number))

    def include(self, other: "OrderLines") -> None:
        """Record all that another book has changed: it is the same product's.

        A line that waits there and is known here stays where it stands.

        Raises:
            LineConflict: a line is known here with another quantity.
            AlreadyAllocated: a line that is promised there is promised here, too.
        """
        for allocation in other._changed.values():
            self._check_agrees(allocation)
        for promised in sorted(other._changed.values(), key=by_allocation_number):
            if promised.batchref is not None:
                self.allocate(promised.line, promised.batchref)
        for waiting in other.waiting(lambda: LARGEST_QUANTITY):
            if self.find(waiting.line.orderid) is None:
                self.backorder(waiting.line)

    def take_changes(self) -> list[Allocation]:
        """The placements recorded since this was asked last."""
        fresh = list(self._fresh.values())
        self._fresh.clear()
        return fresh

    def _check_agrees(self, other: Allocation) -> None:
        line, current = other.line, self.find(other.line.orderid)
        if current is None:
            return
        if current.line.qty != line.qty:
            raise LineConflict(line.orderid, line.sku, current.line.qty, line.qty)
        if current.batchref is not None and other.batchref is not None:
            raise AlreadyAllocated(line.orderid, line.sku, current.batchref, other.batchref)

    def _remembered(self, stored: Iterator[Allocation]) -> Iterator[Allocation]:
        """What is read in passing need not be looked up again."""
        for allocation in stored:
            self._found[allocation.line.orderid] = allocation
            yield allocation

    def put(self, allocation: Allocation) -> None:
        """Record where a line stands now."""
        orderid = allocation.line.orderid
        if self._in_order is not None:
            self._in_order.move(self._changed.get(orderid), allocation)
        self._changed[orderid] = allocation
        self._fresh[orderid] = allocation

    def _changed_in_order(self) -> Allocations:
        if self._in_order is None:
            self._in_order = Allocations(self._changed.values())
        return self._in_order


class _Reading:
    """How far the record of a batch's lines has been read."""

    def __init__(self, allocations: Iterator[Allocation]) -> None:
        self._rest = allocations
        self._head = next(allocations, None)

    def first_not_in(self, changed: Container[str]) -> Allocation | None:
        while self._head is not None and self._head.line.orderid in changed:
            self._head = next(self._rest, None)
        return self._head
