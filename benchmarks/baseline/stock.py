"""Products with stock and lines from before, in the baseline's tables."""

from collections.abc import Sequence

from sqlalchemy import insert, text

from allocation.domain.validation import LARGEST_QUANTITY
from benchmarks.baseline import tables
from benchmarks.stock import batch_of

# Lines of one product have one number between them and the next product's.
_LINES = text(
    "WITH RECURSIVE numbers(n) AS"
    " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :history)"
    " INSERT INTO order_lines (id, sku, qty, orderid)"
    " SELECT (b.id - 1) * :history + n, b.sku, 1, 'old-' || (100000000 + n)"
    " FROM batches b CROSS JOIN numbers"
)
_ALLOCATIONS = text(
    "INSERT INTO allocations (orderline_id, batch_id)"
    " SELECT l.id, b.id FROM order_lines l JOIN batches b ON b.sku = l.sku"
)


def fill(url: str, skus: Sequence[str], history: int) -> None:
    """Give each sku one batch with room for all, and this many lines allocated to it."""
    engine = tables.engine(url)
    tables.mapper.metadata.create_all(engine)
    with engine.begin() as connection:
        rows = [{"sku": sku, "version_number": 1 + history} for sku in skus]
        connection.execute(insert(tables.products), rows)
        batches = [
            {"reference": batch_of(sku), "sku": sku, "purchased_quantity": LARGEST_QUANTITY}
            for sku in skus
        ]
        connection.execute(insert(tables.batches), batches)
        if history:
            connection.execute(_LINES, {"history": history})
            connection.execute(_ALLOCATIONS)
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(
                    "SELECT setval('order_lines_id_seq', (SELECT max(id) FROM order_lines))"
                )
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            filled = "products, batches" + (", order_lines, allocations" if history else "")
            connection.exec_driver_sql(f"VACUUM ANALYZE {filled}")
            connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()
