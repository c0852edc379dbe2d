"""Lines on record that count how often and how far they are read."""

from collections.abc import Iterable, Iterator

from allocation.domain.order_line import Allocation
from allocation.domain.stored_lines import LargestRoom


class RecordedLines:
    """A record in memory; `read` is the number of lines that were asked of it."""

    def __init__(self, allocations: Iterable[Allocation] = ()) -> None:
        self._by_order = {allocation.line.orderid: allocation for allocation in allocations}
        self.read = 0

    def find(self, orderid: str) -> Allocation | None:
        """The line of this order, if it is on record."""
        self.read += 1
        return self._by_order.get(orderid)

    def newest_on(self, batchref: str) -> Iterator[Allocation]:
        """The lines promised from a batch, the newest promise first."""
        on_batch = [p for p in self._by_order.values() if p.batchref == batchref]
        return self._reading(sorted(on_batch, key=lambda p: p.allocation_number or 0, reverse=True))

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Allocation]:
        """The waiting lines behind a position, oldest first, without those that are too large."""
        lines = self._by_order.values()
        behind = (p for p in lines if p.batchref is None and p.position > after)
        waiting = sorted(behind, key=lambda p: p.position)
        return self._reading(p for p in waiting if p.line.qty <= largest())

    def _reading(self, allocations: Iterable[Allocation]) -> Iterator[Allocation]:
        for allocation in allocations:
            self.read += 1
            yield allocation
