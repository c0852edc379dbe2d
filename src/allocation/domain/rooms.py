"""The rooms of a product's batches, for planning."""

from collections.abc import Callable, Iterable, Iterator

from allocation.domain.batch import Batch
from allocation.domain.max_tree import MaxTree
from allocation.domain.order_line import Allocation
from allocation.domain.stored_lines import LargestRoom


class Rooms:
    """A copy of the rooms of all batches, for planning which lines fit without allocating them."""

    def __init__(self, by_preference: MaxTree[Batch]) -> None:
        self._by_preference = by_preference.copy()

    @property
    def largest(self) -> int:
        """The quantity above which no line fits."""
        return self._by_preference.largest

    def take(self, qty: int) -> bool:
        """Take room from the preferred batch that can hold the quantity; False if none can."""
        first = self._by_preference.first(qty)
        if first is None:
            return False
        key, batch, room = first
        if room > qty:
            self._by_preference.put(key, batch, room - qty)
        else:
            self._by_preference.discard(key)
        return True

    def each_that_fits(
        self, waiting: Callable[[LargestRoom], Iterable[Allocation]]
    ) -> Iterator[Allocation]:
        """Yield the waiting lines that fit together, and take the room of each.

        `waiting` yields the waiting lines in the order of service, without the lines that exceed
        the largest room at that moment.
        """
        if self.largest <= 0:
            return
        for allocation in waiting(lambda: self.largest):
            if self.take(allocation.line.qty):
                yield allocation
            if self.largest <= 0:
                return
