"""Identifies the order lines that account for a difference between the tables and the log."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from allocation.domain.events import Allocated, Backordered, Deallocated
from allocation.domain.ledger import Backorders, LedgerEntry

Line = tuple[str, int]
"""The order and the quantity of a line of one sku."""


class Difference(NamedTuple):
    """Lines that wait according to the log but not in the tables, and vice versa."""

    missing: Sequence[Line] = ()
    unexpected: Sequence[Line] = ()

    @property
    def total(self) -> Backorders:
        """The sum of the missing lines, minus that of the unexpected ones."""
        total = Backorders()
        for orderid, qty in self.missing:
            total.add(orderid, qty)
        for orderid, qty in self.unexpected:
            total.add(orderid, qty, -1)
        return total


class LoggedLines:
    """The lines of some skus that began or ceased to wait, according to messages in the log."""

    def __init__(self, skus: Collection[str]) -> None:
        self._balances: dict[str, Counter[Line]] = {sku: Counter() for sku in skus}

    def enter(self, entries: Iterable[LedgerEntry]) -> None:
        """Enter the lines that these entries added to or removed from the waiting lines."""
        for entry in entries:
            match entry.message:
                case Backordered() | Deallocated() as began:
                    self._add(began, 1)
                case Allocated(backordered=True) as served:
                    self._add(served, -1)

    def _add(self, fact: Allocated | Backordered | Deallocated, times: int) -> None:
        if fact.sku in self._balances:
            self._balances[fact.sku][fact.orderid, fact.qty] += times

    def difference(
        self, sku: str, waiting: Collection[Line], explained: Backorders
    ) -> Difference | None:
        """The lines that account for the whole difference; None if the log cannot identify them.

        Of lines that waited before the first message of the log, only the sum is stored
        (`opening_backorders`), so a deleted one cannot be identified.
        """
        missing_in_tables = Backorders()
        missing_in_tables.add_all(explained)
        for orderid, qty in waiting:
            missing_in_tables.add(orderid, qty, -1)
        candidates = _candidates(self._balances[sku], set(waiting), missing_in_tables.units)
        return next((one for one in candidates if one.total == missing_in_tables), None)


def _candidates(
    logged: Counter[Line], waiting: Collection[Line], units: int
) -> Iterator[Difference]:
    missing = sorted(line for line, times in logged.items() if times > 0 and line not in waiting)
    unexpected = sorted(line for line in waiting if logged[line] <= 0)
    yield Difference(missing, unexpected)
    yield Difference(missing)
    for orderid, qty in unexpected:
        yield Difference(unexpected=[(orderid, qty)])
        yield Difference([(orderid, qty + units)], [(orderid, qty)])
