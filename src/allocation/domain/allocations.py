"""Placements in the orders in which lines lose their promise, and are served."""

from collections.abc import Iterable
from itertools import chain
from operator import attrgetter

from allocation.domain.order_line import Allocation


class Allocations:
    """Each line once, promised or waiting, as it stands now."""

    def __init__(self, allocations: Iterable[Allocation]) -> None:
        self._promised: dict[str, dict[str, Allocation]] = {}
        self._waiting: dict[int, dict[str, Allocation]] = {}  # by quantity
        for allocation in sorted(allocations, key=by_allocation_number):
            self.move(None, allocation)

    def move(self, before: Allocation | None, now: Allocation) -> None:
        """Put a line where it stands now; its promise is the newest."""
        if before is not None:
            del self._group_of(before)[before.line.orderid]
        self._group_of(now)[now.line.orderid] = now

    def newest_on(self, batchref: str) -> Allocation | None:
        """The line that was promised last from a batch, if it has any."""
        promised = self._promised.get(batchref)
        if not promised:
            return None
        # To look at the last of a dict takes as long as many have been taken off it before;
        # to take it off, and put it back, does not.
        orderid, newest = promised.popitem()
        promised[orderid] = newest
        return newest

    def waiting(self, largest: int) -> list[Allocation]:
        """The waiting lines that are not over `largest`, oldest first."""
        fitting = [lines.values() for qty, lines in self._waiting.items() if qty <= largest]
        return sorted(chain.from_iterable(fitting), key=attrgetter("position"))

    def _group_of(self, allocation: Allocation) -> dict[str, Allocation]:
        if allocation.batchref is None:
            return self._waiting.setdefault(allocation.line.qty, {})
        return self._promised.setdefault(allocation.batchref, {})


def by_allocation_number(allocation: Allocation) -> int:
    """The oldest promise first; before all of them what waits."""
    return allocation.allocation_number or 0
