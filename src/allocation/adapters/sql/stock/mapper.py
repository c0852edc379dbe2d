"""Maps products, batches and order lines to their tables, with bulk statements."""

from collections.abc import Collection
from operator import attrgetter
from typing import Final

from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.statements.bulk import BulkStatements
from allocation.adapters.sql.statements.dialect import Lock
from allocation.adapters.sql.stock import part_row
from allocation.adapters.sql.stock.change_set import BatchRow, ChangeSet, ProductRow
from allocation.adapters.sql.stock.schema import batches, order_lines, products
from allocation.domain.order_line import LineKey, Parts
from allocation.messaging.ports import LockedKey

_BATCHREF: Final = ("reference",)
_SKU: Final = ("sku",)
_ORDER: Final = part_row.KEY[:2]
_ORDERID: Final = ("orderid",)
_PRODUCT_FACTS: Final = ProductRow._fields[1:]
_DESCRIPTION: Final = (
    *("initial_quantity", "eta", "initial_eta", "blocked", "cancelled", "received_from"),
)
_QUANTITIES: Final = ("purchased_quantity", "allocated_quantity", "target_quantity")
"""The columns of a batch that nearly every change is about; no index has them."""

_description_of: Final = attrgetter(*_DESCRIPTION)
_quantities_of: Final = attrgetter(*_QUANTITIES)


class ProductMapper:
    """Reads rows by key, and writes changed rows, in one transaction.

    It remembers the version of each product that it has read. With `locking`, the rows of these
    products are locked until the transaction ends; otherwise `write` detects changes by other
    transactions.
    """

    def __init__(self, driver: TransactionConnection, *, locking: bool) -> None:
        self._bulk_statements = BulkStatements(driver)
        self._locking = locking
        self._versions: dict[str, int] = {}

    def products(self, skus: Collection[str]) -> dict[str, ProductRow]:
        """The rows of these products, without those that do not exist."""
        keys = [(sku,) for sku in sorted(skus)]
        rows = self._bulk_statements.find(
            products, ProductRow._fields, _SKU, keys, lock=Lock.ROWS if self._locking else None
        )
        rows_by_sku = {row[0]: ProductRow._make(row) for row in rows}
        for sku, row in rows_by_sku.items():
            # The version read first counts: a later change by another transaction is a conflict.
            self._versions.setdefault(sku, row.version_number)
        return rows_by_sku

    def held(self, skus: Collection[str]) -> set[LockedKey]:
        """Those of these products that other transactions keep locked, or an open batch of which.

        Each comes with the id of that transaction, or None if it waits for a lock itself. Does
        not wait for locks.
        """
        locked, keys = self._bulk_statements.locked, [(sku,) for sku in sorted(skus)]
        rows = [
            *locked(products, _SKU, _SKU, keys),
            *locked(batches, ("sku", "reference"), _SKU, keys, where="NOT t.exhausted"),
        ]
        return {(sku, holder) for sku, *_, holder in rows}

    def is_at(self, sku: str, version: int) -> None:
        """Set the version of a product that was not read, because it is in the cache."""
        self._versions.setdefault(sku, version)

    def open_batches(self, skus: Collection[str]) -> dict[str, list[BatchRow]]:
        """The batches of these products that have room, by sku."""
        held: dict[str, list[BatchRow]] = {sku: [] for sku in skus}
        for row in self._bulk_statements.find(
            batches, BatchRow._fields, _SKU, [(sku,) for sku in skus], where="NOT t.exhausted"
        ):
            batch = BatchRow._make(row)
            held[batch.sku].append(batch)
        return held

    def skus_of(self, refs: Collection[str]) -> dict[str, str]:
        """The skus of the batches with these references, without those that do not exist."""
        keys = [(ref,) for ref in refs]
        return dict(self._bulk_statements.find(batches, ("reference", "sku"), _BATCHREF, keys))

    def batches(self, refs: Collection[str]) -> dict[str, BatchRow]:
        """The batches with these references, without those that do not exist."""
        keys = [(ref,) for ref in refs]
        rows = self._bulk_statements.find(batches, BatchRow._fields, _BATCHREF, keys)
        return {row[0]: BatchRow._make(row) for row in rows}

    def lines(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Parts]:
        """The parts of all lines with these keys (sku, order id), if there are any."""
        rows = self._bulk_statements.find(order_lines, part_row.COLUMNS, _ORDER, list(keys))
        return part_row.parts_by_order(rows) if rows else {}

    def order(self, orderid: str) -> dict[tuple[str, LineKey], Parts]:
        """The lines of an order, by sku and key."""
        rows = self._bulk_statements.find(order_lines, part_row.COLUMNS, _ORDERID, [(orderid,)])
        return part_row.lines_of(rows)

    def skus_of_orders(self, orderids: Collection[str]) -> dict[str, set[str]]:
        """The products of which these orders have lines, by order id."""
        skus: dict[str, set[str]] = {}
        keys = [(orderid,) for orderid in orderids]
        columns = ("orderid", "sku")
        for orderid, sku in self._bulk_statements.find(order_lines, columns, _ORDERID, keys):
            skus.setdefault(orderid, set()).add(sku)
        return skus

    def version(self, sku: str) -> int | None:
        """The version that was read; None for a product that was not read or does not exist."""
        return self._versions.get(sku)

    def write(self, staged: ChangeSet) -> None:
        """Write the rows, each once.

        Raises:
            Conflict: another transaction has changed a product since it was read.
        """
        # In the order of the skus, so that two processes cannot deadlock.
        self._write_products([staged.products[sku] for sku in sorted(staged.products)])
        self._write_batches(staged)
        self._write_lines(staged)
        self._versions.update({row.sku: row.version_number for row in staged.products.values()})

    def _write_products(self, rows: list[ProductRow]) -> None:
        versions = self._versions
        new = [row for row in rows if row.sku not in versions]
        if new:
            self._bulk_statements.insert(products, ProductRow._fields, new)
        changed = [(*row[1:], row.sku, versions[row.sku]) for row in rows if row.sku in versions]
        by = ("sku", "version_number")
        self._bulk_statements.update(products, _PRODUCT_FACTS, by, changed)

    def _write_batches(self, staged: ChangeSet) -> None:
        rows = [staged.batches[ref] for ref in sorted(staged.batches)]
        new = [row for row in rows if row.reference in staged.added]
        if new:
            self._bulk_statements.insert(batches, BatchRow._fields, new)
        changed = [row for row in rows if row.reference not in staged.added]
        quantities = [(*_quantities_of(row), row.reference) for row in changed]
        self._bulk_statements.update(batches, _QUANTITIES, _BATCHREF, quantities)
        described = [
            (*_description_of(row), row.reference)
            for row in changed
            if row.reference in staged.redescribed
        ]
        self._bulk_statements.update(batches, _DESCRIPTION, _BATCHREF, described)

    def _write_lines(self, staged: ChangeSet) -> None:
        gone = [
            (sku, *key, number)
            for (sku, key), count in staged.shortened.items()
            for number in range(len(staged.lines[sku, key]), count)
        ]
        self._bulk_statements.delete(order_lines, part_row.KEY, gone)
        usual: list[part_row.Row] = []
        others: list[part_row.Row] = []
        for parts in staged.lines.values():
            row = part_row.usual_row(parts)
            if row is None:
                others += part_row.rows_of(parts)
            else:
                usual.append(row)
        for columns, rows in ((part_row.USUAL, usual), (part_row.COLUMNS, others)):
            self._bulk_statements.upsert(order_lines, columns, part_row.KEY, part_row.FACTS, rows)
