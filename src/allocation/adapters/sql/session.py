"""A session: the products of one transaction, read once and written once."""

from collections.abc import Iterable

from sqlalchemy import Connection

from allocation.adapters.sql.lines import SqlStoredLines
from allocation.adapters.sql.staged import Staged
from allocation.adapters.sql.tables import ProductTables
from allocation.domain.line_book import LineBook
from allocation.domain.model import Product
from allocation.domain.order_line import Placement


class SqlSession:
    """Gives each product once, and writes each row once, however often it changed.

    Changes are staged in two layers: those of the unit in hand, which can be dropped,
    and those of the units before it in the same transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tables = ProductTables(connection)
        self._products: dict[str, Product] = {}
        self._staged = Staged()
        self._unit = Staged()

    def add(self, product: Product) -> None:
        """Take in a new product."""
        self._products[product.sku] = product

    def product(self, sku: str) -> Product | None:
        """The product of this sku, as this transaction has it so far."""
        known = self._products.get(sku)
        if known is None:
            known = self._load(sku)
            if known is not None:
                self._products[sku] = known
        return known

    def product_by_batchref(self, ref: str) -> Product | None:
        """The product that has this batch, as this transaction has it so far."""
        for staged in (self._unit, self._staged):
            if ref in staged.batches:
                return self.product(staged.batches[ref].sku)
        sku = self._tables.sku_of_batch(ref)
        return None if sku is None else self.product(sku)

    def stage(self, changed: Iterable[Product]) -> None:
        """Take down what has changed in these products, for the unit in hand."""
        for product in changed:
            if product.version_number != self._version(product.sku):
                self._unit.put(product)

    def forget(self, touched: Iterable[Product]) -> None:
        """Read these products anew when they are needed next: what they hold is void."""
        for product in touched:
            self._products.pop(product.sku, None)

    def forget_unstaged(self, touched: Iterable[Product]) -> None:
        """The same for those that have changed since they were staged."""
        self.forget([p for p in touched if p.version_number != self._version(p.sku)])

    def keep_unit(self) -> None:
        """The unit in hand is done; what it staged is the transaction's."""
        self._staged.merge(self._unit)
        self._unit = Staged()

    def drop_unit(self) -> None:
        """The unit in hand has failed; what it staged is void."""
        for sku in self._unit.products:
            self._products.pop(sku, None)
        self._unit = Staged()

    def flush(self) -> None:
        """Write what is staged.

        Raises:
            Conflict: a product has another version than the one that was read.
        """
        self._tables.write(self._staged)
        self._staged = Staged()

    def commit(self) -> None:
        """Write what is staged, and commit the transaction."""
        self.flush()
        self._connection.commit()

    def _version(self, sku: str) -> int | None:
        for staged in (self._unit, self._staged):
            if sku in staged.products:
                return staged.products[sku].version_number
        return self._tables.version(sku)

    def _load(self, sku: str) -> Product | None:
        row, held = self._tables.read(sku)
        changed: dict[str, Placement] = {}
        for staged in (self._staged, self._unit):
            row = staged.products.get(sku, row)
            held |= {ref: b for ref, b in staged.batches.items() if b.sku == sku}
            changed |= staged.lines.get(sku, {})
        if row is None:
            return None
        stored = SqlStoredLines(self._connection, sku)
        return Product.restore(
            sku,
            [batch.batch() for batch in held.values()],
            row.version_number,
            LineBook(stored, last_number=row.last_number, changed=changed),
            out_of_stock=row.out_of_stock,
        )
