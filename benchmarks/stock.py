"""Products with stock for every load, and with lines from before, straight into the tables."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from allocation.adapters.sql.engine.database import Database
from allocation.domain.validation import LARGEST_QUANTITY

_PRODUCTS = text(
    "INSERT INTO products (sku, version_number, last_number, out_of_stock)"
    " VALUES (:sku, :version, :history, false)"
)
_BATCHES = text(
    "INSERT INTO batches"
    " (reference, sku, initial_quantity, purchased_quantity, allocated_quantity)"
    " VALUES (:ref, :sku, :qty, :qty, :history)"
)
# As if order after order had come in: each for one unit, promised at once.
_LINES = text(
    "WITH RECURSIVE numbers(n) AS"
    " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :history)"
    " INSERT INTO order_lines (sku, orderid, qty, batchref, position, promise)"
    " SELECT sku, 'old-' || (100000000 + n), 1, reference, n, n"
    " FROM batches CROSS JOIN numbers"
)


_QUEUE = text(
    "WITH RECURSIVE numbers(n) AS"
    " (SELECT :after + 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"
    " INSERT INTO order_lines (sku, orderid, qty, position, state, least_room)"
    " SELECT sku, 'old-' || (100000000 + n), 1, n, 'waiting', 1"
    " FROM batches CROSS JOIN numbers"
)


def names(count: int) -> list[str]:
    """So many skus."""
    return [f"SKU-{number:05d}" for number in range(count)]


def batch_of(sku: str) -> str:
    """The reference of the sku's one batch."""
    return f"batch-of-{sku}"


def fill(url: str, skus: Sequence[str], history: int = 0) -> None:
    """Give each sku one batch with room for all, and this many lines promised from it.

    The tables must be empty. The log is not filled: nothing is read from it but ids.
    """
    database = Database(url)
    facts = [
        {
            "sku": sku,
            "ref": batch_of(sku),
            "qty": LARGEST_QUANTITY,
            "version": 1 + history,
            "history": history,
        }
        for sku in skus
    ]
    with database.writing(patient=True) as connection:
        connection.execute(_PRODUCTS, facts)
        connection.execute(_BATCHES, facts)
        if history:
            connection.execute(_LINES, {"history": history})
        connection.commit()
    settle(database, "products, batches" + (", order_lines" if history else ""))
    database.close()


def sell_out(database: Database, sku: str, *, promised: int, waiting: int) -> None:
    """Give a sku one batch, sold out to lines of one unit, and a queue of such lines.

    The tables must be empty.
    """
    facts = {
        "sku": sku,
        "ref": batch_of(sku),
        "qty": promised,
        "version": 1,
        "history": promised + waiting,
    }
    with database.writing(patient=True) as connection:
        connection.execute(_PRODUCTS, facts)
        connection.execute(_BATCHES, {**facts, "history": promised})
        connection.execute(_LINES, {"history": promised})
        if waiting:
            connection.execute(_QUEUE, {"after": promised, "last": promised + waiting})
        connection.commit()
    settle(database, "products, batches, order_lines")


def settle(database: Database, filled: str) -> None:
    """Have done now what the database would else do some time during the measurement.

    Only what is filled: of a table that it has found empty PostgreSQL believes that it
    stays so, and keeps plans that read all of it for as long as the connection lives.
    """
    upkeep = (
        ["PRAGMA wal_checkpoint(TRUNCATE)"]
        if database.is_sqlite
        else [f"VACUUM ANALYZE {filled}", "CHECKPOINT"]
    )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not database.is_sqlite:
            driver: Any = connection.connection.driver_connection
            driver.answer_timeout = None
            connection.detach()
            connection.exec_driver_sql("SET statement_timeout TO DEFAULT")
        for statement in upkeep:
            connection.exec_driver_sql(statement)
