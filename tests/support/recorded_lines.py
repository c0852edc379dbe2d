"""Lines on record that count how often and how far they are read."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from allocation.domain.order_line import ALLOCATED, WAITING, Part, Parts
from allocation.domain.stored_lines import NO_DATES, LargestRoom


class RecordedLines:
    """A record in memory; `read` is the number of lines that were asked of it."""

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        self._by_order: dict[str, Parts] = {}
        for part in parts:
            orderid = part.line.orderid
            self._by_order[orderid] = (*self._by_order.get(orderid, ()), part)
        self.read = 0

    def find(self, orderid: str) -> Parts:
        """The parts of all lines of this order."""
        self.read += 1
        return self._by_order.get(orderid, ())

    def newest_on(self, batchref: str) -> Iterator[Parts]:
        """The lines with a part on a batch, the newest allocation first."""
        return self._reading(reversed(self._on(batchref)))

    def oldest_on(self, batchref: str, after: int = 0) -> Iterator[Parts]:
        """The lines with a part on a batch, the oldest allocation first."""
        return self._reading(p for p in self._on(batchref) if (p.allocation_number or 0) > after)

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Parts]:
        """The lines with a waiting part behind a position, without those that are too large."""
        behind = (p for p in self._parts() if p.state == WAITING and p.position > after)
        waiting = sorted(behind, key=lambda p: p.position)
        return self._reading(p for p in waiting if p.least_room <= largest())

    def late(
        self,
        today: date,
        largest: int,
        after: int = 0,
        rescheduled: Mapping[str, date | None] = NO_DATES,
    ) -> Iterator[Parts]:
        """The lines with a part that can be late: whether it is, is for the caller to say."""
        fitting = (p for p in self._parts() if p.due and p.least_room <= largest)
        behind = (p for p in fitting if p.position > after)
        return self._reading(sorted(behind, key=lambda p: p.position))

    def unreported(self, after: int = 0) -> Iterator[Parts]:
        """Nothing: it is not asked for."""
        return iter(())

    def _on(self, batchref: str) -> list[Part]:
        on_batch = [p for p in self._parts() if (p.state, p.batchref) == (ALLOCATED, batchref)]
        return sorted(on_batch, key=lambda p: p.allocation_number or 0)

    def _parts(self) -> Iterator[Part]:
        for parts in self._by_order.values():
            yield from parts

    def _reading(self, parts: Iterable[Part]) -> Iterator[Parts]:
        for part in parts:
            self.read += 1
            key = part.line.key
            yield tuple(p for p in self._by_order[part.line.orderid] if p.line.key == key)
