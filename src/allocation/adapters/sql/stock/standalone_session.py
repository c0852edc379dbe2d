"""The session of a standalone unit of work, which writes no log."""

from typing import Final

from sqlalchemy import func, select

from allocation.adapters.sql.engine.compiled_query import compiled
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.message_log.schema import messages
from allocation.adapters.sql.statements.bulk import BulkStatements
from allocation.adapters.sql.stock.change_set import BatchRow
from allocation.adapters.sql.stock.schema import opening_backorders, opening_balances
from allocation.adapters.sql.stock.session import SqlSession
from allocation.domain.ledger import Backorders
from allocation.domain.order_line import Allocation
from allocation.domain.policies import STANDARD, Policies

_KEY: Final = ("reference",)
_QUANTITIES: Final = ("purchased_quantity", "allocated_quantity")
_BALANCE: Final = (*_QUANTITIES, "as_of")
_SKU: Final = ("sku",)
_BACKORDERS: Final = ("lines", "units", "fingerprint")
_LAST: Final = select(func.max(messages.c.seq))

Quantities = tuple[int | None, int]
"""Purchased and allocated units."""

NOTHING: Final[Quantities] = (None, 0)


class StandaloneSqlSession(SqlSession):
    """Adds its changes to the opening balances, in the same transaction.

    The check of the log can therefore explain the quantities and the waiting lines (ADR 26).
    """

    def __init__(self, driver: TransactionConnection, policies: Policies = STANDARD) -> None:
        super().__init__(driver, policies=policies)
        self._connection = driver
        self._bulk_statements = BulkStatements(driver)

    def commit(self) -> None:
        """Write the staged changes and the opening balances, and commit the transaction."""
        after = dict(self._changes.batches)
        before = self._quantities_of(list(after))
        lines = dict(self._changes.lines)
        lines_before = self._tables.lines(lines)
        self.flush()
        self._explain(before, after)
        self._explain_backorders(_newly_waiting(lines_before, lines))
        super().commit()

    def _quantities_of(self, refs: list[str]) -> dict[str, Quantities]:
        rows = self._tables.batches(refs)
        return {ref: (row.purchased_quantity, row.allocated_quantity) for ref, row in rows.items()}

    def _explain(self, before: dict[str, Quantities], after: dict[str, BatchRow]) -> None:
        keys = [(ref,) for ref in after]
        rows = self._bulk_statements.find(opening_balances, (*_KEY, *_BALANCE), _KEY, keys)
        balances = {ref: balance for ref, *balance in rows}
        rows = []
        for ref, batch in after.items():
            purchased, allocated = before.get(ref, NOTHING)
            balance = list(balances.get(ref, (None, 0, 0)))
            if batch.purchased_quantity != purchased:
                # All corrections in the log are older than this one.
                balance[0], balance[2] = batch.purchased_quantity, self._last_in_log()
            balance[1] += batch.allocated_quantity - allocated
            if (purchased, allocated) != (batch.purchased_quantity, batch.allocated_quantity):
                rows.append((ref, *balance))
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

    def _last_in_log(self) -> int:
        [(last,)] = self._connection.fetch_all(compiled(_LAST, self._connection.name), {})
        return last or 0


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
