"""The tables of the products: read by key, written once in a transaction."""

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_in_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_in_sqlite
from sqlalchemy.sql import Executable

from allocation.adapters.sql.schema import batches, order_lines, products
from allocation.adapters.sql.staged import BatchRow, ProductRow, Staged
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


class ProductTables:
    """Remembers what it has read: what to add, what to change, who was faster."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._versions: dict[str, int] = {}
        self._known_batches: set[str] = set()

    def read(self, sku: str) -> tuple[ProductRow | None, dict[str, BatchRow]]:
        """A product and its batches by reference, as they are in the tables."""
        rows = self._connection.execute(_PRODUCT, {"key": sku}).all()
        if not rows:
            return None, {}
        width = len(ProductRow._fields)
        product = ProductRow._make(rows[0][:width])
        held = [BatchRow._make(row[width:]) for row in rows if row[width] is not None]
        # The first one counts: what was changed by somebody else since then is a conflict.
        self._versions.setdefault(sku, product.version_number)
        self._known_batches.update(batch.reference for batch in held)
        return product, {batch.reference: batch for batch in held}

    def version(self, sku: str) -> int | None:
        """The version that was read; None for a product that was not, or is not there."""
        return self._versions.get(sku)

    def sku_of_batch(self, ref: str) -> str | None:
        """The sku of the batch of this reference, if there is one."""
        sku: str | None = self._connection.execute(_SKU_OF_BATCH, {"key": ref}).scalar_one_or_none()
        return sku

    def write(self, staged: Staged) -> None:
        """Write the rows, each once.

        Raises:
            Conflict: a product has another version than the one that was read.
        """
        # In the order of the skus, so that two processes never wait for each other.
        self._write_products([staged.products[sku] for sku in sorted(staged.products)])
        self._write_batches(list(staged.batches.values()))
        self._write_lines([p for lines in staged.lines.values() for p in lines.values()])
        self._versions.update({row.sku: row.version_number for row in staged.products.values()})
        self._known_batches.update(staged.batches)

    def _write_products(self, rows: list[ProductRow]) -> None:
        new = [row._asdict() for row in rows if row.sku not in self._versions]
        changed = [
            {**row._asdict(), "key": row.sku, "read": self._versions[row.sku]}
            for row in rows
            if row.sku in self._versions
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
