"""The session of a unit of work that is not in the log."""

from typing import Final

from sqlalchemy import func, select

from allocation.adapters.sql.engine.compiled_query import compiled
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.message_log.schema import messages
from allocation.adapters.sql.statements.bulk import BulkStatements
from allocation.adapters.sql.stock.change_set import BatchRow
from allocation.adapters.sql.stock.schema import batches, opening_balances
from allocation.adapters.sql.stock.session import SqlSession

_KEY: Final = ("reference",)
_QUANTITIES: Final = ("purchased_quantity", "allocated_quantity")
_BALANCE: Final = (*_QUANTITIES, "as_of")
_LAST: Final = select(func.max(messages.c.seq))

Quantities = tuple[int | None, int]
"""Purchased and allocated units."""

NOTHING: Final[Quantities] = (None, 0)


class SqlSessionAlone(SqlSession):
    """Takes what it changes into the opening balances of the batches, in the same transaction.

    The log does not tell of it; so the quantities can be explained all the same (ADR 26).
    """

    def __init__(self, driver: TransactionConnection) -> None:
        super().__init__(driver)
        self._alone = driver
        self._bulk_statements = BulkStatements(driver)

    def commit(self) -> None:
        """Write what is staged and what explains it, and commit the transaction."""
        after = dict(self._staged.batches)
        before = self._quantities_of(list(after))
        self.flush()
        self._explain(before, after)
        super().commit()

    def _quantities_of(self, refs: list[str]) -> dict[str, Quantities]:
        rows = self._bulk_statements.find(
            batches, (*_KEY, *_QUANTITIES), _KEY, [(ref,) for ref in refs]
        )
        return {ref: quantities for ref, *quantities in rows}  # type: ignore[misc]  # two each

    def _explain(self, before: dict[str, Quantities], after: dict[str, BatchRow]) -> None:
        keys = [(ref,) for ref in after]
        rows = self._bulk_statements.find(opening_balances, (*_KEY, *_BALANCE), _KEY, keys)
        balances = {ref: balance for ref, *balance in rows}
        rows = []
        for ref, batch in after.items():
            purchased, allocated = before.get(ref, NOTHING)
            balance = list(balances.get(ref, (None, 0, 0)))
            if batch.purchased_quantity != purchased:
                # Corrections that are in the log by now are older than this one.
                balance[0], balance[2] = batch.purchased_quantity, self._last_in_log()
            balance[1] += batch.allocated_quantity - allocated
            if (purchased, allocated) != (batch.purchased_quantity, batch.allocated_quantity):
                rows.append((ref, *balance))
        self._bulk_statements.upsert(opening_balances, (*_KEY, *_BALANCE), _KEY, _BALANCE, rows)

    def _last_in_log(self) -> int:
        [(last,)] = self._alone.fetch_all(compiled(_LAST, self._alone.name), {})
        return last or 0
