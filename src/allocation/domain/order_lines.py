"""The order lines of one product, each allocated or waiting."""

from collections.abc import Container, Iterable, Iterator
from heapq import merge
from operator import attrgetter

from allocation.domain.allocations import Allocations, by_allocation_number
from allocation.domain.errors import AlreadyAllocated, LineConflict
from allocation.domain.order_line import Allocation, OrderLine
from allocation.domain.policies import STANDARD, Policies
from allocation.domain.stored_lines import LargestRoom, NothingStored, StoredLines
from allocation.domain.validation import LARGEST_QUANTITY


class OrderLines:
    """The stored lines, overlaid with the changed ones.

    The cost of a change does not depend on the number of stored lines: a line is looked up by
    key, and the lines to release or to serve are read only as far as needed. (With policies
    other than the standard ones, all candidates are read and sorted.)
    """

    def __init__(
        self,
        stored: StoredLines | None = None,
        *,
        last_number: int = 0,
        changed: dict[str, Allocation] | None = None,
    ) -> None:
        self.last_number = last_number
        """The last number given to a position or an allocation."""
        self._policies = STANDARD
        self._stored = stored or NothingStored()
        self._cached: dict[str, Allocation | None] = {}
        self._changed = dict(changed or {})
        # Created when needed: most of the time, a line is allocated and nothing else happens.
        self._in_order: Allocations | None = None
        self._readings: dict[str, _Reading] = {}
        self.unsaved: dict[str, Allocation] = {}
        """The allocations that have changed since the last call of `take_changes`, by order."""

    def decide_by(self, policies: Policies) -> None:
        """Release and serve lines in the orders of these policies from now on."""
        self._policies = policies
        self._in_order = None
        self._readings.clear()

    @property
    def is_in_recorded_order(self) -> bool:
        """Whether waiting lines are served by position, so that a position can be a cursor."""
        return self._policies.fill is STANDARD.fill

    def read_from(self, stored: StoredLines) -> None:
        """Read stored lines from here from now on."""
        self._stored = stored

    def forget(self) -> None:
        """Drop all lines from memory, once all changes are stored."""
        self._cached.clear()
        self._changed.clear()
        self._in_order = None
        self._readings.clear()
        self.unsaved.clear()

    def remember(self, orderid: str, allocation: Allocation | None) -> None:
        """Cache the stored allocation of an order, so that it is not read again."""
        self._cached.setdefault(orderid, allocation)

    def find(self, orderid: str) -> Allocation | None:
        """The current allocation of an order's line, if there is such a line."""
        changed = self._changed.get(orderid)
        if changed is not None:
            return changed
        if orderid not in self._cached:
            self._cached[orderid] = self._stored.find(orderid)
        return self._cached[orderid]

    def first_to_release(self, batchref: str) -> Allocation | None:
        """The line that a batch loses first, if any is allocated to it."""
        changed = self._changed_in_order().first_to_release(batchref)
        release = self._policies.release
        if changed is not None and release is STANDARD.release:
            return changed  # newer than every stored allocation
        reading = self._readings.get(batchref)
        if reading is None:
            reading = self._readings[batchref] = _Reading(self._recorded_on(batchref))
        recorded = reading.first_not_in(self._changed)
        if changed is None or recorded is None:
            return changed or recorded
        return min(changed, recorded, key=release)

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Allocation]:
        """The waiting lines that are not larger than `largest()`, in the order of service.

        With `is_in_recorded_order`, only those behind the position `after`.
        """
        lines: Iterable[Allocation]
        if self.is_in_recorded_order:
            lines = self._waiting_by_position(largest, after)
        else:
            lines = sorted(self._waiting_by_position(largest), key=self._policies.fill)
        for allocation in lines:
            if allocation.line.qty <= largest():
                yield allocation

    def allocate(self, line: OrderLine, batchref: str) -> None:
        """Allocate the line to a batch; it keeps its position, if it has one."""
        self.last_number = number = self.last_number + 1
        current = self.find(line.orderid)
        position = current.position if current else number
        self.put(Allocation(line, position, batchref, number))

    def backorder(self, line: OrderLine) -> None:
        """Let the line wait at its position; a new line waits behind all others."""
        current = self.find(line.orderid)
        if current is None:
            self.last_number += 1
        self.put(Allocation(line, current.position if current else self.last_number))

    def include(self, other: "OrderLines") -> None:
        """Add all changed lines of another collection for the same product.

        A waiting line of the other collection is ignored if it exists in this one.

        Raises:
            LineConflict: a line exists in both, with different quantities.
            AlreadyAllocated: a line is allocated in both.
        """
        for allocation in other._changed.values():
            self._check_agrees(allocation)
        for allocated in sorted(other._changed.values(), key=by_allocation_number):
            if allocated.batchref is not None:
                self.allocate(allocated.line, allocated.batchref)
        for waiting in other.waiting(lambda: LARGEST_QUANTITY):
            if self.find(waiting.line.orderid) is None:
                self.backorder(waiting.line)

    def take_changes(self) -> list[Allocation]:
        """The allocations that have changed since the last call."""
        changes = list(self.unsaved.values())
        self.unsaved.clear()
        return changes

    def put(self, allocation: Allocation) -> None:
        """Replace a line's allocation."""
        orderid = allocation.line.orderid
        if self._in_order is not None:
            self._in_order.move(self._changed.get(orderid), allocation)
        self._changed[orderid] = allocation
        self.unsaved[orderid] = allocation

    def _check_agrees(self, other: Allocation) -> None:
        line, current = other.line, self.find(other.line.orderid)
        if current is None:
            return
        if current.line.qty != line.qty:
            raise LineConflict(line.orderid, line.sku, current.line.qty, line.qty)
        if current.batchref is not None and other.batchref is not None:
            raise AlreadyAllocated(line.orderid, line.sku, current.batchref, other.batchref)

    def _recorded_on(self, batchref: str) -> Iterator[Allocation]:
        """The stored lines of a batch, in the order of release."""
        newest_first = self._cache_read(self._stored.newest_on(batchref))
        if self._policies.release is STANDARD.release:
            return newest_first
        return iter(sorted(newest_first, key=self._policies.release))

    def _waiting_by_position(self, largest: LargestRoom, after: int = 0) -> Iterator[Allocation]:
        changed = (a for a in self._changed_in_order().waiting(largest()) if a.position > after)
        recorded = (
            allocation
            for allocation in self._cache_read(self._stored.waiting(largest, after))
            if allocation.line.orderid not in self._changed
        )
        return merge(changed, recorded, key=attrgetter("position"))

    def _cache_read(self, stored: Iterator[Allocation]) -> Iterator[Allocation]:
        """Cache stored lines as they are read."""
        for allocation in stored:
            self._cached[allocation.line.orderid] = allocation
            yield allocation

    def _changed_in_order(self) -> Allocations:
        if self._in_order is None:
            self._in_order = Allocations(self._changed.values(), self._policies)
        return self._in_order


class _Reading:
    """The stored lines of a batch that have not been read yet, with a look-ahead of one."""

    def __init__(self, allocations: Iterator[Allocation]) -> None:
        self._remaining = allocations
        self._next = next(allocations, None)

    def first_not_in(self, changed: Container[str]) -> Allocation | None:
        while self._next is not None and self._next.line.orderid in changed:
            self._next = next(self._remaining, None)
        return self._next
