"""What is written together: what became of each is known before the commit."""

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.messaging.errors import Conflict

ADD = "INSERT INTO products (sku, version_number, last_number, out_of_stock) VALUES "
CHAIR = ADD + "('CHAIR', 1, 0, false)"
LAMP = ADD + "('LAMP', 1, 0, false)"
SELL_OUT = "UPDATE products SET out_of_stock = true WHERE version_number = 1"


def write(driver: TransactionConnection, *statements: tuple[str, int | None]) -> None:
    with driver.pipelined():
        for statement, rows in statements:
            driver.execute(statement, rows=rows)
    driver.commit()


def skus_in(database: Database) -> list[str]:
    with database.reading() as connection:
        return sorted(connection.exec_driver_sql("SELECT sku FROM products").scalars())


def test_all_is_done_in_this_order(database: Database) -> None:
    with database.begin(snapshot=False) as driver:
        write(driver, (CHAIR, None), (LAMP, 1), (SELL_OUT, 2))
    assert skus_in(database) == ["CHAIR", "LAMP"]


@pytest.mark.parametrize(
    "statements",
    [
        [(CHAIR, None), (SELL_OUT, 2)],
        [(SELL_OUT, 1), (CHAIR, None)],
        [(CHAIR, None), (CHAIR, None), (LAMP, None)],
        [(CHAIR, None), (LAMP, None), (CHAIR, None)],
    ],
    ids=["fewer in the end", "fewer at first", "refused in the middle", "refused in the end"],
)
def test_a_conflict_leaves_nothing_and_the_connection_goes_on(
    database: Database, statements: list[tuple[str, int | None]]
) -> None:
    with pytest.raises(Conflict), database.begin(snapshot=False) as driver:
        write(driver, *statements)
    assert skus_in(database) == []

    with database.begin(snapshot=False) as the_same:
        assert the_same is driver
        write(the_same, (LAMP, None), (SELL_OUT, 1))
    assert skus_in(database) == ["LAMP"]


def test_an_error_of_the_program_inside_a_pipeline_is_raised_unchanged(database: Database) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        database.begin(snapshot=False) as driver,
        driver.pipelined(),
    ):
        driver.execute(CHAIR)
        raise ZeroDivisionError
    assert skus_in(database) == []

    with database.begin(snapshot=False) as the_same:
        write(the_same, (LAMP, None))
    assert skus_in(database) == ["LAMP"]
