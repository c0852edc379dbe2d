"""The open parts of the lines that have changed, sorted for release and for service."""

from collections.abc import Iterable
from itertools import chain
from operator import attrgetter

from allocation.domain.order_line import ALLOCATED, WAITING, LineKey, Part, Parts
from allocation.domain.policies import STANDARD, Policies


class Allocations:
    """The current open parts of each line that has changed, allocated or waiting."""

    def __init__(self, lines: Iterable[Parts], policies: Policies = STANDARD) -> None:
        self._release = policies.release
        self._allocated: dict[str, _OfBatch] = {}
        self._waiting: dict[int, dict[LineKey, Part]] = {}  # by the least room
        parts = sorted(chain.from_iterable(lines), key=by_allocation_number)
        for part in parts:
            self._add(part)

    def replace(self, before: Parts, now: Parts) -> None:
        """Replace the parts of a line."""
        for part in before:
            if part.state == ALLOCATED and part.batchref is not None:
                self._allocated[part.batchref].discard(part, now)
            elif part.state == WAITING:
                self._waiting[part.least_room].pop(part.line.key, None)
        for part in now:
            self._add(part)

    def first_to_release(self, batchref: str) -> Part | None:
        """The part that a batch loses first, if any is allocated to it."""
        allocated = self._allocated.get(batchref)
        if not allocated:
            return None
        if self._release is not STANDARD.release:
            return min(reversed(allocated.in_order()), key=self._release)
        return allocated.newest()

    def oldest_on(self, batchref: str, after: int) -> list[Part]:
        """The parts of a batch above an allocation number, the oldest allocation first."""
        allocated = self._allocated.get(batchref)
        parts = allocated.in_order() if allocated else []
        return [part for part in parts if by_allocation_number(part) > after]

    def waiting(self, largest: int) -> list[Part]:
        """The waiting parts that can use a room of `largest` units, by position."""
        fitting = [parts.values() for room, parts in self._waiting.items() if room <= largest]
        return sorted(chain.from_iterable(fitting), key=attrgetter("position"))

    def allocated(self) -> Iterable[Part]:
        """All allocated parts."""
        return chain.from_iterable(of.in_order() for of in self._allocated.values())

    def _add(self, part: Part) -> None:
        if part.state == WAITING:
            self._waiting.setdefault(part.least_room, {})[part.line.key] = part
        elif part.state == ALLOCATED and part.batchref is not None:
            of_batch = self._allocated.get(part.batchref)
            if of_batch is None:
                of_batch = self._allocated[part.batchref] = _OfBatch()
            of_batch.add(part)


class _OfBatch:
    """The parts of one batch, in the order of their allocation numbers."""

    def __init__(self) -> None:
        self._parts: dict[LineKey, Part] = {}
        self._highest = 0
        self._is_sorted = True

    def __bool__(self) -> bool:
        return bool(self._parts)

    def add(self, part: Part) -> None:
        number = by_allocation_number(part)
        if number > self._highest:
            self._highest = number
        elif part.line.key not in self._parts:
            self._is_sorted = False
        self._parts[part.line.key] = part

    def discard(self, part: Part, now: Parts) -> None:
        """Remove a part, unless it only changes, and keeps its number."""
        number, batchref = part.allocation_number, part.batchref
        for other in now:
            if other.allocation_number == number and other.batchref == batchref:
                return
        self._parts.pop(part.line.key, None)

    def newest(self) -> Part | None:
        """The part that was allocated last."""
        self._sort()
        # `next(reversed(...))` skips the slots of deleted items, so its cost grows with their
        # number; removing the last item and putting it back takes constant time.
        key, newest = self._parts.popitem()
        self._parts[key] = newest
        return newest

    def in_order(self) -> list[Part]:
        """All parts, the oldest allocation first."""
        self._sort()
        return list(self._parts.values())

    def _sort(self) -> None:
        if not self._is_sorted:
            ordered = sorted(self._parts.values(), key=by_allocation_number)
            self._parts = {part.line.key: part for part in ordered}
            self._is_sorted = True


def by_allocation_number(part: Part) -> int:
    """Parts without an allocation first, then the oldest allocation."""
    return part.allocation_number or 0
