"""The allocations that have changed, sorted for release and for service."""

from collections.abc import Iterable
from itertools import chain
from operator import attrgetter

from allocation.domain.order_line import Allocation
from allocation.domain.policies import STANDARD, Policies


class Allocations:
    """The current allocation of each line that has changed, allocated or waiting."""

    def __init__(self, allocations: Iterable[Allocation], policies: Policies = STANDARD) -> None:
        self._release = policies.release
        self._allocated: dict[str, dict[str, Allocation]] = {}
        self._waiting: dict[int, dict[str, Allocation]] = {}  # by quantity
        for allocation in sorted(allocations, key=by_allocation_number):
            self.move(None, allocation)

    def move(self, before: Allocation | None, now: Allocation) -> None:
        """Replace a line's allocation; the new one is the newest."""
        if before is not None:
            del self._group_of(before)[before.line.orderid]
        self._group_of(now)[now.line.orderid] = now

    def first_to_release(self, batchref: str) -> Allocation | None:
        """The line that a batch loses first, if any is allocated to it."""
        allocated = self._allocated.get(batchref)
        if not allocated:
            return None
        if self._release is not STANDARD.release:
            return min(reversed(allocated.values()), key=self._release)
        # `next(reversed(...))` skips the slots of deleted items, so its cost grows with their
        # number; removing the last item and putting it back takes constant time.
        orderid, newest = allocated.popitem()
        allocated[orderid] = newest
        return newest

    def waiting(self, largest: int) -> list[Allocation]:
        """The waiting lines that are not larger than `largest`, by position."""
        fitting = [lines.values() for qty, lines in self._waiting.items() if qty <= largest]
        return sorted(chain.from_iterable(fitting), key=attrgetter("position"))

    def _group_of(self, allocation: Allocation) -> dict[str, Allocation]:
        if allocation.batchref is None:
            return self._waiting.setdefault(allocation.line.qty, {})
        return self._allocated.setdefault(allocation.batchref, {})


def by_allocation_number(allocation: Allocation) -> int:
    """Waiting lines first, then the oldest allocation."""
    return allocation.allocation_number or 0
