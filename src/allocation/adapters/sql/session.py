"""A session: the products of one transaction, read once and written once."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_in_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_in_sqlite
from sqlalchemy.sql import Executable

from allocation.adapters.sql.lines import SqlStoredLines
from allocation.adapters.sql.schema import batches, order_lines, products
from allocation.adapters.sql.staged import BatchRow, ProductRow, Staged
from allocation.domain.line_book import LineBook
from allocation.domain.model import Product
from allocation.domain.order_line import Placement
from allocation.messaging.errors import Conflict

_PRODUCT = (
    select(
        products.c.sku,
        products.c.version_number,
        products.c.last_number,
        products.c.out_of_stock,
        batches.c.reference,
        batches.c.sku,
        batches.c.initial_quantity,
        batches.c.purchased_quantity,
        batches.c.allocated_quantity,
        batches.c.eta,
    )
    .select_from(products.outerjoin(batches))
    .where(products.c.sku == bindparam("key"))
    .order_by(batches.c.reference)
)
_SKU_OF_BATCH = select(batches.c.sku).where(batches.c.reference == bindparam("key"))
_NEW_VERSION = (
    update(products)
    .where(products.c.sku == bindparam("key"), products.c.version_number == bindparam("read"))
    .values({c: bindparam(c) for c in ("version_number", "last_number", "out_of_stock")})
)
_NEW_QUANTITIES = (
    update(batches)
    .where(batches.c.reference == bindparam("key"))
    .values({c: bindparam(c) for c in ("purchased_quantity", "allocated_quantity")})
)


class SqlSession:
    """Gives each product once, and writes each row once, however often it changed.

    Changes are staged in two layers: those of the unit in hand, which can be dropped,
    and those of the units before it in the same transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._products: dict[str, Product] = {}
        self._read: dict[str, int] = {}
        self._known_batches: set[str] = set()
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
        sku = self._connection.execute(_SKU_OF_BATCH, {"key": ref}).scalar_one_or_none()
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
        staged = self._staged
        # In the order of the skus, so that two processes never wait for each other.
        self._write_products([staged.products[sku] for sku in sorted(staged.products)])
        self._write_batches(list(staged.batches.values()))
        self._write_lines([p for lines in staged.lines.values() for p in lines.values()])
        self._read.update({row.sku: row.version_number for row in staged.products.values()})
        self._known_batches.update(staged.batches)
        self._staged = Staged()

    def commit(self) -> None:
        """Write what is staged, and commit the transaction."""
        self.flush()
        self._connection.commit()

    def _version(self, sku: str) -> int | None:
        for staged in (self._unit, self._staged):
            if sku in staged.products:
                return staged.products[sku].version_number
        return self._read.get(sku)

    def _load(self, sku: str) -> Product | None:
        rows = self._connection.execute(_PRODUCT, {"key": sku}).all()
        row: ProductRow | None = None
        on_record: dict[str, BatchRow] = {}
        if rows:
            row, on_record = self._recorded(rows)
        changed: dict[str, Placement] = {}
        for staged in (self._staged, self._unit):
            row = staged.products.get(sku, row)
            on_record |= {ref: b for ref, b in staged.batches.items() if b.sku == sku}
            changed |= staged.lines.get(sku, {})
        if row is None:
            return None
        stored = SqlStoredLines(self._connection, sku)
        return Product.restore(
            sku,
            [batch.batch() for batch in on_record.values()],
            row.version_number,
            LineBook(stored, last_number=row.last_number, changed=changed),
            out_of_stock=row.out_of_stock,
        )

    def _recorded(
        self, rows: Sequence[Row[Any, *tuple[Any, ...]]]
    ) -> tuple[ProductRow, dict[str, BatchRow]]:
        """A product as it is in the tables, and its batches by reference."""
        width = len(ProductRow._fields)
        product = ProductRow._make(rows[0][:width])
        held = [BatchRow._make(row[width:]) for row in rows if row[width] is not None]
        # The first one counts: what was changed by somebody else since then is a conflict.
        self._read.setdefault(product.sku, product.version_number)
        self._known_batches.update(batch.reference for batch in held)
        return product, {batch.reference: batch for batch in held}

    def _write_products(self, rows: list[ProductRow]) -> None:
        new = [row._asdict() for row in rows if row.sku not in self._read]
        changed = [
            {**row._asdict(), "key": row.sku, "read": self._read[row.sku]}
            for row in rows
            if row.sku in self._read
        ]
        if new:
            self._connection.execute(insert(products), new)
        if changed:
            result = self._connection.execute(_NEW_VERSION, changed)
            if result.rowcount != len(changed):
                raise Conflict("a product has been changed by somebody else")

    def _write_batches(self, rows: list[BatchRow]) -> None:
        new = [row._asdict() for row in rows if row.reference not in self._known_batches]
        changed = [
            {**row._asdict(), "key": row.reference}
            for row in rows
            if row.reference in self._known_batches
        ]
        if new:
            self._connection.execute(insert(batches), new)
        if changed:
            self._connection.execute(_NEW_QUANTITIES, changed)

    def _write_lines(self, placements: list[Placement]) -> None:
        if placements:
            statement = _WRITE_LINE[self._connection.dialect.name]
            self._connection.execute(statement, [_line_row(p) for p in placements])


def _line_row(placement: Placement) -> dict[str, object]:
    return {
        "sku": placement.line.sku,
        "orderid": placement.line.orderid,
        "qty": placement.line.qty,
        "batchref": placement.batchref,
        "position": placement.position,
        "promise": placement.promise,
    }


def _written_line(dialect: str) -> Executable:
    upsert = (upsert_in_sqlite if dialect == "sqlite" else upsert_in_postgresql)(order_lines)
    moved = {"batchref": upsert.excluded.batchref, "promise": upsert.excluded.promise}
    return upsert.on_conflict_do_update(index_elements=["sku", "orderid"], set_=moved)


_WRITE_LINE = {dialect: _written_line(dialect) for dialect in ("sqlite", "postgresql")}
