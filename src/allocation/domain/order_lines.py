"""The order lines of one product, each in one or several parts."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import date
from heapq import merge
from itertools import groupby
from operator import attrgetter

from allocation.domain.allocations import Allocations, by_allocation_number
from allocation.domain.errors import AlreadyAllocated, LineConflict
from allocation.domain.order_line import ALLOCATED, WAITING, LineKey, OrderLine, Part, Parts
from allocation.domain.parts import allocated_parts, part_on, waiting_part
from allocation.domain.policies import STANDARD, Policies
from allocation.domain.stored_lines import NO_DATES, LargestRoom, NothingStored, StoredLines

IsLate = Callable[[Part], bool]
"""Whether an allocated part is late."""


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
        changed: Mapping[LineKey, Parts] | None = None,
    ) -> None:
        self.last_number = last_number
        """The last number given to a position or an allocation."""
        self.policies = STANDARD
        self._stored = stored or NothingStored()
        self._stored_number = last_number if stored else 0
        self._orders: dict[str, Parts] = {}
        self._cached: dict[LineKey, Parts] = {}
        self._changed = dict(changed or {})
        if changed:
            self._stored_number = 0
        # Created when needed: most of the time, a line is allocated and nothing else happens.
        self._in_order: Allocations | None = None
        self._readings: dict[str, _Reading] = {}
        self._useless_room = 0
        """A room that no stored waiting part can use."""
        self.unsaved: dict[LineKey, Parts] = {}
        """The lines that have changed since the last call of `take_changes`."""
        self._shortened: dict[LineKey, int] = {}

    def decide_by(self, policies: Policies) -> None:
        """Release and serve lines in the orders of these policies from now on."""
        self.policies = policies
        self._in_order = None
        self._readings.clear()

    @property
    def is_in_recorded_order(self) -> bool:
        """Whether waiting lines are served by position, so that a position can be a cursor."""
        return self.policies.fill is STANDARD.fill

    def read_from(self, stored: StoredLines) -> None:
        """Read stored lines from here from now on."""
        self._stored = stored

    def forget(self) -> None:
        """Drop all lines from memory, once all changes are stored."""
        self._stored_number = self.last_number
        self._orders.clear()
        self._cached.clear()
        self._changed.clear()
        self._in_order = None
        self._readings.clear()
        self._useless_room = 0
        self.unsaved.clear()

    def remember(self, orderid: str, parts: Parts) -> None:
        """Cache the stored lines of an order, so that they are not read again."""
        self._orders.setdefault(orderid, parts)

    def find(self, orderid: str, line: str = "") -> Parts:
        """The current parts of a line; none if there is no such line."""
        key = orderid, line
        changed = self._changed.get(key)
        if changed is not None:
            return changed
        cached = self._cached.get(key)
        if cached is not None:
            return cached
        stored = self._stored_order(orderid)
        return tuple(part for part in stored if part.line.line == line) if stored else ()

    def of_order(self, orderid: str) -> dict[str, Parts]:
        """The current parts of each line of an order, by the name of the line."""
        names = {part.line.line for part in self._stored_order(orderid)}
        names.update(line for order, line in self._changed if order == orderid)
        return {name: parts for name in sorted(names) if (parts := self.find(orderid, name))}

    def first_to_release(self, batchref: str) -> Part | None:
        """The part that a batch loses first, if any is allocated to it."""
        changed = self._changed_in_order().first_to_release(batchref)
        release = self.policies.release
        is_standard = release is STANDARD.release
        if changed and is_standard and by_allocation_number(changed) > self._stored_number:
            return changed  # newer than every stored allocation
        reading = self._readings.get(batchref)
        if reading is None:
            reading = self._readings[batchref] = _Reading(self._recorded_on(batchref))
        recorded = reading.first_not_in(self._changed)
        if changed is None or recorded is None:
            return changed or recorded
        return min(changed, recorded, key=release)

    def oldest_on(self, batchref: str, after: int = 0) -> Iterator[Part]:
        """The parts allocated to a batch above an allocation number, the oldest first."""
        changed = self._changed_in_order().oldest_on(batchref, after)
        recorded = (
            part
            for parts in self._cache_read(self._stored.oldest_on(batchref, after))
            if (part := part_on(parts, batchref)) and part.line.key not in self._changed
        )
        return merge(changed, recorded, key=by_allocation_number)

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Part]:
        """The waiting parts that can use a room of `largest()` units, in the order of service.

        With `is_in_recorded_order`, only those behind the position `after`.
        """
        parts: Iterable[Part]
        if self.is_in_recorded_order:
            parts = self._waiting_by_position(largest, after)
        else:
            parts = sorted(self._waiting_by_position(largest), key=self.policies.fill)
        for part in parts:
            if part.least_room <= largest():
                yield part

    def late(
        self,
        today: date,
        largest: int,
        is_late: IsLate,
        after: int = 0,
        rescheduled: Mapping[str, date | None] = NO_DATES,
    ) -> Iterator[Part]:
        """The late parts behind a position, by position; see `StoredLines.late`."""

        def can_gain(part: Part) -> bool:
            return part.least_room <= largest and is_late(part)

        changed = sorted(
            (p for p in self._changed_in_order().allocated() if p.position > after and can_gain(p)),
            key=attrgetter("position"),
        )
        stored = self._stored.late(today, largest, after, rescheduled)
        recorded = (
            part
            for parts in _without_repeats(self._cache_read(stored))
            for part in parts
            if part.state == ALLOCATED and part.line.key not in self._changed and can_gain(part)
        )
        return merge(changed, recorded, key=attrgetter("position"))

    def unreported(self, after: int) -> Iterator[Part]:
        """The open parts behind a position of which something is to be told, by position."""
        changed = (parts for parts in self._changed.values() if parts[0].position > after)
        stored = self._cache_read(self._stored.unreported(after))
        recorded = (parts for parts in stored if parts[0].line.key not in self._changed)
        lines = _without_repeats(
            merge(
                sorted(changed, key=lambda parts: parts[0].position),
                recorded,
                key=lambda parts: parts[0].position,
            )
        )
        return (part for parts in lines for part in parts if part.stale_promise is not None)

    def next_number(self) -> int:
        """A number for a position or an allocation, higher than all before it."""
        self.last_number += 1
        return self.last_number

    def include(self, other: "OrderLines") -> None:
        """Add all changed lines of another collection for the same product.

        A waiting line of the other collection is ignored if it exists in this one.

        Raises:
            LineConflict: a line exists in both, with different quantities.
            AlreadyAllocated: a line is allocated in both.
        """
        lines = [part for parts in other._changed.values() for part in parts]
        for part in lines:
            self._check_agrees(part)
        for part in sorted(lines, key=lambda p: (p.state == WAITING, by_allocation_number(p))):
            if part.state == ALLOCATED and part.batchref is not None:
                self.allocate(part.line, part.batchref)
            elif not self.find(*part.line.key):
                self.put((part._replace(position=self.next_number()),))

    def allocate(self, line: OrderLine, batchref: str) -> None:
        """Allocate a whole line to a batch; it keeps its position, if it has one."""
        number = self.next_number()
        current = self.find(*line.key)
        position = current[0].position if current else number
        part = Part(line, line.qty, position, ALLOCATED, batchref, number)
        self.put((part._replace(first_promised=current[0].first_promised) if current else part,))

    def take_changes(self) -> tuple[dict[LineKey, Parts], dict[LineKey, int]]:
        """The lines that have changed since the last call, and how many parts some had before."""
        lines, shortened = self.unsaved, self._shortened
        self.unsaved, self._shortened = {}, {}
        return lines, shortened

    def put(self, parts: Parts) -> None:
        """Replace the parts of a line, or add a line."""
        key = parts[0].line.key
        before = self._changed.get(key)
        if self._in_order is not None:
            self._in_order.replace(before or (), parts)
        if before is None:
            before = self.find(*key)
        if len(before) > len(parts):
            self._shortened[key] = max(len(before), self._shortened.get(key, 0))
        self._changed[key] = parts
        self.unsaved[key] = parts

    def _stored_order(self, orderid: str) -> Parts:
        if orderid not in self._orders:
            self._orders[orderid] = self._stored.find(orderid)
        return self._orders[orderid]

    def _check_agrees(self, other: Part) -> None:
        line, current = other.line, self.find(*other.line.key)
        if not current:
            return
        if current[0].line.qty != line.qty:
            raise LineConflict(line.orderid, line.sku, current[0].line.qty, line.qty)
        allocated = allocated_parts(current)
        if allocated and other.batchref is not None:
            batchref = allocated[0].batchref or ""
            raise AlreadyAllocated(line.orderid, line.sku, batchref, other.batchref)

    def _recorded_on(self, batchref: str) -> Iterator[Part]:
        """The stored parts of a batch, in the order of release."""
        stored = self._cache_read(self._stored.newest_on(batchref))
        newest_first = filter(None, (part_on(parts, batchref) for parts in stored))
        if self.policies.release is STANDARD.release:
            return newest_first
        return iter(sorted(newest_first, key=self.policies.release))

    def _waiting_by_position(self, largest: LargestRoom, after: int = 0) -> Iterator[Part]:
        changed = (p for p in self._changed_in_order().waiting(largest()) if p.position > after)
        recorded = (
            part
            for parts in self._cache_read(self._stored_waiting(largest, after))
            if (part := waiting_part(parts)) and part.line.key not in self._changed
        )
        return merge(changed, recorded, key=attrgetter("position"))

    def _stored_waiting(self, largest: LargestRoom, after: int) -> Iterator[Parts]:
        """The stored waiting lines; that none can use a room is remembered in a transaction."""
        if largest() <= self._useless_room:
            return
        any_waits = False
        for parts in self._stored.waiting(largest, after):
            any_waits = True
            yield parts
        if not any_waits and after == 0:
            self._useless_room = largest()

    def _cache_read(self, stored: Iterator[Parts]) -> Iterator[Parts]:
        """Cache stored lines as they are read."""
        for parts in stored:
            self._cached[parts[0].line.key] = parts
            yield parts

    def _changed_in_order(self) -> Allocations:
        if self._in_order is None:
            self._in_order = Allocations(self._changed.values(), self.policies)
        return self._in_order


def _without_repeats(lines: Iterator[Parts]) -> Iterator[Parts]:
    """Lines by position, each once, although each of its late parts may yield it."""
    return (next(group) for _, group in groupby(lines, key=lambda parts: parts[0].position))


class _Reading:
    """The stored parts of a batch that have not been read yet, with a look-ahead of one."""

    def __init__(self, parts: Iterator[Part]) -> None:
        self._remaining = parts
        self._next = next(parts, None)

    def first_not_in(self, changed: Container[LineKey]) -> Part | None:
        while self._next is not None and self._next.line.key in changed:
            self._next = next(self._remaining, None)
        return self._next
