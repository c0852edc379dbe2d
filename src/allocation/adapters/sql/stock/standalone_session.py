"""The session of a standalone unit of work, which writes no log."""

from dataclasses import astuple, replace
from typing import Any as Allocation
from typing import Final

from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.statements.bulk import BulkStatements
from allocation.adapters.sql.stock.change_set import BatchRow
from allocation.adapters.sql.stock.schema import opening_backorders, opening_balances
from allocation.adapters.sql.stock.session import SqlSession
from allocation.domain.ledger import Backorders, Balance
from allocation.domain.policies import STANDARD, Policies

_KEY: Final = ("reference",)
_BALANCE: Final = (
    *("announced_quantity", "announced_by"),
    *("adjusted_quantity", "allocated_quantity"),
)
_SKU: Final = ("sku",)
_BACKORDERS: Final = ("lines", "units", "fingerprint")


class StandaloneSqlSession(SqlSession):
    """Adds its changes to the opening balances, in the same transaction.

    The check of the log can therefore explain the quantities and the waiting lines (ADR 26).
    """

    def __init__(self, driver: TransactionConnection, policies: Policies = STANDARD) -> None:
        super().__init__(driver, policies=policies)
        self._bulk_statements = BulkStatements(driver)

    def commit(self) -> None:
        """Write the staged changes and the opening balances, and commit the transaction."""
        after = dict(self._changes.batches)
        before = self._tables.batches(list(after))
        lines = dict(self._changes.lines)
        lines_before = self._tables.lines(lines)
        self.flush()
        self._explain(before, after)
        self._explain_backorders(_newly_waiting(lines_before, lines))
        super().commit()

    def _explain(self, before: dict[str, BatchRow], after: dict[str, BatchRow]) -> None:
        keys = [(ref,) for ref in after]
        rows = self._bulk_statements.find(opening_balances, (*_KEY, *_BALANCE), _KEY, keys)
        balances = {ref: balance for ref, *balance in rows}
        rows = []
        for ref, batch in after.items():
            stored = Balance(*balances.get(ref, ()))
            balance = replace(stored)
            if ref in before:
                recorded, allocated = _quantities(before[ref])
            else:
                balance.announced = recorded = batch.initial_quantity
                allocated = 0
            recorded_now, allocated_now = _quantities(batch)
            balance.adjusted += recorded_now - recorded
            balance.allocated += allocated_now - allocated
            if balance != stored:
                rows.append((ref, *astuple(balance)))
        self._bulk_statements.upsert(opening_balances, (*_KEY, *_BALANCE), _KEY, _BALANCE, rows)

    def _explain_backorders(self, changes: dict[str, Backorders]) -> None:
        keys = [(sku,) for sku in changes]
        table, columns = opening_backorders, (*_SKU, *_BACKORDERS)
        rows = self._bulk_statements.find(table, columns, _SKU, keys)
        balances = {sku: Backorders(*rest) for sku, *rest in rows}
        for sku, change in changes.items():
            balances.setdefault(sku, Backorders()).add_all(change)
        changed = [(sku, b.lines, b.units, b.fingerprint) for sku, b in balances.items()]
        self._bulk_statements.upsert(table, columns, _SKU, _BACKORDERS, changed)


def _quantities(row: BatchRow) -> tuple[int, int]:
    """Recorded and allocated units."""
    batch = row.batch()
    return batch.recorded_quantity, batch.allocated_quantity


def _newly_waiting(
    before: dict[tuple[str, str], Allocation], after: dict[tuple[str, str], Allocation]
) -> dict[str, Backorders]:
    """By sku, the lines that begin to wait, minus those that no longer wait."""
    changes: dict[str, Backorders] = {}
    for (sku, orderid), now in after.items():
        then = before.get((sku, orderid))
        times = (now.batchref is None) - (then is not None and then.batchref is None)
        if times:
            changes.setdefault(sku, Backorders()).add(orderid, now.line.qty, times)
    return changes
