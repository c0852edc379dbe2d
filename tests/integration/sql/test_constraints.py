"""What the database itself refuses, whatever the program does."""

from typing import Any

import pytest
from sqlalchemy import Table, insert, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.sql import Executable

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, messages, order_lines, products
from allocation.messaging.errors import Conflict
from tests.support.groups import NOW
from tests.support.storages import OpenDatabase

CHAIR = {"sku": "CHAIR", "version_number": 1, "last_number": 1, "out_of_stock": False}
BATCH = {
    "reference": "b1",
    "sku": "CHAIR",
    "initial_quantity": 10,
    "purchased_quantity": 10,
    "allocated_quantity": 4,
    "eta": None,
}
PROMISED = {
    "sku": "CHAIR",
    "orderid": "o1",
    "qty": 4,
    "batchref": "b1",
    "position": 1,
    "promise": 1,
}
WAITING = PROMISED | {"orderid": "o2", "batchref": None, "position": 2, "promise": None}
MESSAGE = {
    "id": "m1",
    "type": "OutOfStock",
    "body": "{}",
    "correlation_id": "m1",
    "causation_id": None,
    "at": NOW,
    "status": "pending",
    "results": None,
    "refusal": None,
    "attempts": 0,
    "due": None,
    "error": None,
}

ROWS: list[tuple[Table, dict[str, Any]]] = [
    (products, CHAIR),
    (batches, BATCH),
    (order_lines, WAITING),
    (messages, MESSAGE),
]
OPTIONAL = {"eta", "batchref", "promise", "causation_id", "results", "refusal", "due", "error"}


def execute(database: Database, statement: Executable, **values: Any) -> None:
    with database.writing() as connection:
        connection.execute(statement, values)
        connection.commit()


@pytest.fixture
def stock(database: Database) -> Database:
    """One of everything, to which nobody objects."""
    execute(database, insert(products), **CHAIR)
    execute(database, insert(batches), **BATCH)
    execute(database, insert(order_lines), **PROMISED)
    execute(database, insert(order_lines), **WAITING)
    execute(database, insert(messages), **MESSAGE)
    return database


@pytest.mark.parametrize(
    ("purchased", "allocated"), [(3, 4), (10, 11), (10, -1), (-1, -1), (-1, 0)]
)
def test_a_batch_cannot_be_oversold(stock: Database, purchased: int, allocated: int) -> None:
    changed = update(batches).values(purchased_quantity=purchased, allocated_quantity=allocated)
    with pytest.raises(Conflict, match="not_oversold"):
        execute(stock, changed)
    with pytest.raises(Conflict, match="not_oversold"):
        row = BATCH | {"purchased_quantity": purchased, "allocated_quantity": allocated}
        execute(stock, insert(batches), **row | {"reference": "b2"})


@pytest.mark.parametrize(("purchased", "allocated"), [(4, 4), (0, 0), (10, 0)])
def test_a_batch_can_be_sold_out(stock: Database, purchased: int, allocated: int) -> None:
    execute(
        stock, update(batches).values(purchased_quantity=purchased, allocated_quantity=allocated)
    )


@pytest.mark.parametrize("qty", [0, -1])
def test_a_line_must_be_for_something(stock: Database, qty: int) -> None:
    with pytest.raises(Conflict, match="qty_positive"):
        execute(stock, insert(order_lines), **WAITING | {"orderid": "o3", "qty": qty})


@pytest.mark.parametrize("half", [{"batchref": None}, {"promise": None}])
def test_a_promise_is_from_a_batch(stock: Database, half: dict[str, None]) -> None:
    with pytest.raises(Conflict, match="promised_from_a_batch"):
        execute(stock, insert(order_lines), **PROMISED | {"orderid": "o3"} | half)


def test_a_fate_must_be_known(stock: Database) -> None:
    with pytest.raises(Conflict, match="status_is_known"):
        execute(stock, insert(messages), **MESSAGE | {"id": "m2", "status": "lost"})


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (products, CHAIR),
        (batches, BATCH),
        (batches, BATCH | {"purchased_quantity": 99}),
        (order_lines, WAITING),
        (order_lines, PROMISED | {"qty": 1}),
        (messages, MESSAGE),
        (messages, MESSAGE | {"status": "handled"}),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_key_cannot_be_doubled(stock: Database, table: Any, row: dict[str, Any]) -> None:
    with pytest.raises(Conflict, match=r"(?i)unique"):
        execute(stock, insert(table), **row)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (batches, BATCH | {"reference": "b2", "sku": "TABLE"}),
        (order_lines, WAITING | {"sku": "TABLE"}),
        (order_lines, PROMISED | {"orderid": "o3", "batchref": "b2"}),
    ],
    ids=["batch of no product", "line of no product", "line of no batch"],
)
def test_a_key_must_lead_somewhere(stock: Database, table: Any, row: dict[str, Any]) -> None:
    with pytest.raises(Conflict, match=r"(?i)foreign key"):
        execute(stock, insert(table), **row)


@pytest.mark.parametrize("table", ["products", "batches"])
def test_referenced_rows_cannot_be_deleted(stock: Database, table: str) -> None:
    with pytest.raises(Conflict, match=r"(?i)foreign key"):
        execute(stock, text(f"DELETE FROM {table}"))


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [(table, row, column) for table, row in ROWS for column in row if column not in OPTIONAL],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "name", ""),
)
def test_required_columns_cannot_be_null(
    database: Database, table: Any, row: dict[str, Any], column: str
) -> None:
    with pytest.raises(Conflict, match=r"(?i)not.null"):
        execute(database, insert(table), **row | {column: None})


def test_the_order_of_the_log_cannot_be_chosen(
    postgresql_url: str, open_database: OpenDatabase
) -> None:
    """On PostgreSQL; SQLite numbers the rows itself unless it is told otherwise."""
    with pytest.raises(ProgrammingError, match="GENERATED ALWAYS"):
        execute(open_database(postgresql_url), insert(messages), **MESSAGE, seq=7)


@pytest.mark.parametrize(("allocated", "exhausted"), [(4, False), (9, False), (10, True)])
def test_a_batch_is_exhausted_as_soon_as_all_of_it_is_promised(
    database: Database, allocated: int, exhausted: bool
) -> None:
    execute(database, insert(products), **CHAIR)
    execute(database, insert(batches), **BATCH)
    execute(database, update(batches), allocated_quantity=allocated)
    with database.reading() as connection:
        assert connection.execute(select(batches.c.exhausted)).scalar_one() is exhausted


def test_promises_leave_the_indexes_of_batches_alone_on_postgresql(
    postgresql_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(postgresql_url)
    execute(database, insert(products), **CHAIR)
    execute(database, insert(batches), **BATCH)
    in_place = text("SELECT pg_stat_get_xact_tuples_hot_updated('batches'::regclass)")
    with database.writing() as connection:
        promised = []
        for allocated in (5, 9, 10, 9):
            before = connection.execute(in_place).scalar_one()
            connection.execute(update(batches), {"allocated_quantity": allocated})
            promised.append(connection.execute(in_place).scalar_one() - before)
    assert promised == [1, 1, 0, 0], "but for the last unit, and for the first that is free again"
