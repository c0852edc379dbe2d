"""Lines on record that count how often and how far they are read."""

from collections.abc import Iterable, Iterator

from allocation.domain.line_book import LargestRoom
from allocation.domain.order_line import Placement


class RecordedLines:
    """A record in memory; `read` is the number of lines that were asked of it."""

    def __init__(self, placements: Iterable[Placement] = ()) -> None:
        self._by_order = {placement.line.orderid: placement for placement in placements}
        self.read = 0

    def find(self, orderid: str) -> Placement | None:
        """The line of this order, if it is on record."""
        self.read += 1
        return self._by_order.get(orderid)

    def newest_on(self, batchref: str) -> Iterator[Placement]:
        """The lines promised from a batch, the newest promise first."""
        on_batch = [p for p in self._by_order.values() if p.batchref == batchref]
        return self._reading(sorted(on_batch, key=lambda p: p.promise or 0, reverse=True))

    def waiting(self, largest: LargestRoom) -> Iterator[Placement]:
        """The waiting lines, oldest first, without those that are too large."""
        waiting = sorted(
            (p for p in self._by_order.values() if p.batchref is None), key=lambda p: p.position
        )
        return self._reading(p for p in waiting if p.line.qty <= largest())

    def _reading(self, placements: Iterable[Placement]) -> Iterator[Placement]:
        for placement in placements:
            self.read += 1
            yield placement
