"""Identifies the order lines that account for a difference between the tables and the log."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from allocation.domain.events import BatchCreated, BatchQuantityAdjusted, BatchReceived
from allocation.domain.ledger import Backorders, LedgerEntry, line_of, newly_waiting
from allocation.domain.order_line import LineKey

Units = Mapping[LineKey, int]
"""Units of the lines of one sku; those missing in the tables, if these are compared to the log."""


class LoggedLines:
    """The units of the lines of some skus that began to wait, minus those that ceased to.

    Only messages that are in the log count.
    """

    def __init__(self, skus: Collection[str]) -> None:
        self._units: dict[str, Counter[LineKey]] = {sku: Counter() for sku in skus}

    def enter(self, entries: Iterable[LedgerEntry]) -> None:
        """Enter the units that these entries added to or removed from the waiting ones."""
        for entry in entries:
            match entry.message:
                case BatchCreated() | BatchReceived() | BatchQuantityAdjusted():
                    pass
                case fact if fact.sku in self._units:
                    self._units[fact.sku][line_of(fact)] += newly_waiting(fact)

    def missing(self, sku: str, waiting: Units, explained: Backorders) -> Units | None:
        """The units that wait according to the log, minus those that wait in the tables.

        The lines account for the whole difference between the tables and `explained`; None if the
        log cannot identify them. Of units that waited before the first message of the log, only
        the sum is stored (`opening_backorders`), so a deleted line cannot be identified.
        """
        logged = self._units[sku]
        lines = sorted(logged.keys() | waiting.keys())
        differences = {line: logged[line] - waiting.get(line, 0) for line in lines}
        total = _difference(explained, _sum(waiting))
        if _sum(differences) == total:
            return {line: qty for line, qty in differences.items() if qty}
        # Units that the log does not have may have waited before; those that only the log has
        # are missing in any case. One more line may account for the rest.
        missing = {line: qty for line, qty in differences.items() if qty > 0}
        rest = _difference(total, _sum(missing))
        if rest == Backorders():
            return missing
        one = next((line for line in lines if _sum({line: rest.units}) == rest), None)
        return None if one is None else missing | {one: missing.get(one, 0) + rest.units}


def _sum(units: Units) -> Backorders:
    total = Backorders()
    for line, qty in units.items():
        total.add(line, qty)
    return total


def _difference(one: Backorders, other: Backorders) -> Backorders:
    total = Backorders()
    total.add_all(one)
    total.add_all(other, -1)
    return total
