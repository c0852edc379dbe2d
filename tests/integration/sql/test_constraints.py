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
    "state": "allocated",
    "least_room": None,
}
IN_NO_BATCH = PROMISED | {"orderid": "o2", "batchref": None, "position": 2, "promise": None}
WAITING = IN_NO_BATCH | {"state": "waiting", "least_room": 4}
SHIPPED = PROMISED | {"orderid": "o3", "promise": None, "state": "shipped"}
CANCELLED = IN_NO_BATCH | {"orderid": "o4", "state": "cancelled"}
NOT_PROMISED = WAITING, SHIPPED, CANCELLED
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

Row = dict[str, Any]
Rows = list[tuple[Table, Row]]

KEYS_THAT_LEAD_NOWHERE: Rows = [
    (batches, BATCH | {"reference": "b2", "sku": "TABLE"}),
    (order_lines, WAITING | {"orderid": "o9", "sku": "TABLE"}),
    (order_lines, PROMISED | {"orderid": "o9", "batchref": "b2"}),
]
KEYS_THAT_ARE_TAKEN: Rows = [
    (products, CHAIR),
    (batches, BATCH | {"purchased_quantity": 99}),
    (order_lines, WAITING | {"qty": 1}),
    (messages, MESSAGE | {"status": "handled"}),
]
OPTIONAL = {
    *("eta", "batchref", "promise", "least_room"),
    *("causation_id", "results", "refusal", "due", "error"),
}
ALL: Rows = [(products, CHAIR), (batches, BATCH), (order_lines, WAITING), (messages, MESSAGE)]


def execute(database: Database, statement: Executable, **values: Any) -> None:
    with database.writing() as connection:
        connection.execute(statement, values)
        connection.commit()


@pytest.fixture
def stock(database: Database) -> Database:
    """One of everything, to which nobody objects."""
    execute(database, insert(products), **CHAIR)
    execute(database, insert(batches), **BATCH)
    for row in (PROMISED, WAITING, SHIPPED, CANCELLED):
        execute(database, insert(order_lines), **row)
    execute(database, insert(messages), **MESSAGE)
    return database


@pytest.mark.parametrize(
    ("purchased", "allocated"), [(3, 4), (10, 11), (10, -1), (-1, -1), (-1, 0)]
)
def test_a_batch_cannot_be_oversold(stock: Database, purchased: int, allocated: int) -> None:
    with pytest.raises(Conflict, match="not_oversold"):
        execute(stock, update(batches), purchased_quantity=purchased, allocated_quantity=allocated)


@pytest.mark.parametrize(("purchased", "allocated"), [(4, 4), (0, 0), (10, 0)])
def test_a_batch_can_be_sold_out(stock: Database, purchased: int, allocated: int) -> None:
    execute(stock, update(batches), purchased_quantity=purchased, allocated_quantity=allocated)


@pytest.mark.parametrize(
    ("table", "row", "broken"),
    [
        (batches, BATCH | {"reference": "b2", "allocated_quantity": 11}, "not_oversold"),
        *((order_lines, WAITING | {"orderid": "o9", "qty": n}, "qty_positive") for n in (0, -1)),
        *(
            (order_lines, row | {"orderid": "o9"} | {column: value}, rule)
            for row, column, value, rule in (
                (PROMISED, "batchref", None, "batch_by_state"),
                (SHIPPED, "batchref", None, "batch_by_state"),
                (WAITING, "batchref", "b1", "batch_by_state"),
                (CANCELLED, "batchref", "b1", "batch_by_state"),
                (PROMISED, "promise", None, "promised_if_allocated"),
                *((row, "promise", 3, "promised_if_allocated") for row in NOT_PROMISED),
                (WAITING, "least_room", None, "room_if_waiting"),
                *((row, "least_room", 1, "room_if_waiting") for row in (PROMISED, CANCELLED)),
            )
        ),
        (messages, MESSAGE | {"id": "m2", "status": "lost"}, "status_is_known"),
        *((table, row, "(?i)unique") for table, row in KEYS_THAT_ARE_TAKEN),
        *((table, row, "(?i)foreign key") for table, row in KEYS_THAT_LEAD_NOWHERE),
        *(
            (table, row | {column: None}, "(?i)not.null")
            for table, row in ALL
            for column in row
            if column not in OPTIONAL
        ),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_row_that_breaks_a_rule_is_refused(
    stock: Database, table: Table, row: Row, broken: str
) -> None:
    with pytest.raises(Conflict, match=broken):
        execute(stock, insert(table), **row)


@pytest.mark.parametrize("table", ["products", "batches"])
def test_referenced_rows_cannot_be_deleted(stock: Database, table: str) -> None:
    with pytest.raises(Conflict, match=r"(?i)foreign key"):
        execute(stock, text(f"DELETE FROM {table}"))


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


def test_a_blocked_batch_counts_as_exhausted(database: Database) -> None:
    execute(database, insert(products), **CHAIR)
    execute(database, insert(batches), **BATCH)
    execute(database, update(batches), blocked=True)
    with database.reading() as connection:
        assert connection.execute(select(batches.c.exhausted)).scalar_one() is True


def test_a_line_has_several_parts_and_an_order_several_lines(stock: Database) -> None:
    for other in ({"part": 1}, {"line": "second"}, {"line": "second", "part": 1}):
        execute(stock, insert(order_lines), **PROMISED | other)
        with pytest.raises(Conflict, match=r"(?i)unique"):
            execute(stock, insert(order_lines), **WAITING | {"orderid": "o1"} | other)


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
