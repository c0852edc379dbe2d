"""The session of a standalone unit of work, which writes no log."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, replace
from typing import Final

from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.statements.bulk import BulkStatements
from allocation.adapters.sql.stock.change_set import BatchRow
from allocation.adapters.sql.stock.schema import opening_backorders, opening_balances
from allocation.adapters.sql.stock.session import SqlSession
from allocation.domain.ledger import Backorders, Balance
from allocation.domain.order_line import SHIPPED, WAITING, Parts
from allocation.domain.policies import STANDARD, Policies

_KEY: Final = ("reference",)
_BALANCE: Final = (
    *("announced_quantity", "announced_by"),
    *("adjusted_quantity", "allocated_quantity", "shipped_quantity"),
)
_SKU: Final = ("sku",)
_BACKORDERS: Final = ("units", "fingerprint")

Change = tuple[Parts, Parts]
"""The parts of a line before and after a change."""


class StandaloneSqlSession(SqlSession):
    """Adds its changes to the opening balances, in the same transaction.

    The check of the log can therefore explain the quantities and the waiting units (ADR 26).
    """

    def __init__(self, driver: TransactionConnection, policies: Policies = STANDARD) -> None:
        super().__init__(driver, policies=policies)
        self._bulk_statements = BulkStatements(driver)

    def commit(self) -> None:
        """Write the staged changes and the opening balances, and commit the transaction."""
        after = dict(self._changes.batches)
        before = self._tables.batches(list(after))
        lines = self._changed_lines()
        self.flush()
        self._explain(before, after, _newly_shipped(lines))
        self._explain_backorders(_newly_waiting(lines))
        super().commit()

    def _changed_lines(self) -> list[Change]:
        after = self._changes.lines
        before = self._tables.lines({(sku, orderid) for sku, (orderid, _) in after})
        return [
            (tuple(p for p in before.get((sku, key[0]), ()) if p.line.key == key), parts)
            for (sku, key), parts in after.items()
        ]

    def _explain(
        self, before: Mapping[str, BatchRow], after: Mapping[str, BatchRow], shipped: Counter[str]
    ) -> None:
        keys = [(ref,) for ref in after]
        rows = self._bulk_statements.find(opening_balances, (*_KEY, *_BALANCE), _KEY, keys)
        balances = {ref: Balance(*balance) for ref, *balance in rows}
        changed = []
        for ref, batch in after.items():
            stored = balances.get(ref, Balance())
            balance = _explained(stored, before.get(ref), batch, shipped[ref])
            if balance != stored:
                changed.append((ref, *astuple(balance)))
        self._bulk_statements.upsert(opening_balances, (*_KEY, *_BALANCE), _KEY, _BALANCE, changed)

    def _explain_backorders(self, changes: dict[str, Backorders]) -> None:
        keys = [(sku,) for sku in changes]
        table, columns = opening_backorders, (*_SKU, *_BACKORDERS)
        rows = self._bulk_statements.find(table, columns, _SKU, keys)
        balances = {sku: Backorders(*rest) for sku, *rest in rows}
        for sku, change in changes.items():
            balances.setdefault(sku, Backorders()).add_all(change)
        changed = [(sku, *astuple(balance)) for sku, balance in balances.items()]
        self._bulk_statements.upsert(table, columns, _SKU, _BACKORDERS, changed)


def _explained(stored: Balance, before: BatchRow | None, after: BatchRow, shipped: int) -> Balance:
    """The balance that explains a changed or a new batch."""
    balance = replace(stored)
    if before is not None:
        recorded, allocated = _quantities(before)
    else:
        balance.announced = recorded = after.initial_quantity
        allocated = 0
    recorded_now, allocated_now = _quantities(after)
    balance.shipped += shipped
    balance.adjusted += recorded_now - recorded + shipped
    balance.allocated += allocated_now - allocated
    return balance


def _quantities(row: BatchRow) -> tuple[int, int]:
    """Recorded and allocated units."""
    batch = row.batch()
    return batch.recorded_quantity, batch.allocated_quantity


def _newly_shipped(changes: Iterable[Change]) -> Counter[str]:
    """By batch, the units that have left it, minus those that have come back."""
    units = Counter[str]()
    for before, after in changes:
        for ref, qty in _shipped(after):
            units[ref] += qty
        for ref, qty in _shipped(before):
            units[ref] -= qty
    return units


def _shipped(parts: Parts) -> Iterator[tuple[str, int]]:
    return ((p.batchref, p.qty) for p in parts if p.state == SHIPPED and p.batchref is not None)


def _newly_waiting(changes: Iterable[Change]) -> dict[str, Backorders]:
    """By sku, the units that begin to wait, minus those that no longer wait."""
    backorders: dict[str, Backorders] = {}
    for before, after in changes:
        line = after[0].line
        if units := _waiting(after) - _waiting(before):
            backorders.setdefault(line.sku, Backorders()).add(line.key, units)
    return backorders


def _waiting(parts: Parts) -> int:
    return sum(part.qty for part in parts if part.state == WAITING)
