"""Whatever happens, and whoever's turn it is: what is on record is what the design says.

The same machine as in tests/unit/domain/test_model_properties.py, on databases. Every
process keeps the products that it has used, while the others change them.
"""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import STATE
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from tests.support.builders import TODAY
from tests.support.executors import Everybody, Executor
from tests.support.stock_machine import StockMachine
from tests.support.storages import OpenDatabase, sql_store

CI = settings(derandomize=True, max_examples=40, stateful_step_count=40, deadline=None)


def cleared(database: Database) -> Database:
    """Without rows: a database of its own for each example would take longer than the example."""
    with database.writing() as connection:
        for table in reversed(STATE):
            connection.execute(table.delete())
        connection.commit()
    return database


@pytest.mark.slow
def test_a_database_agrees_with_the_oracle_after_any_operations(
    database_url: str, open_database: OpenDatabase
) -> None:
    first, second, onlooker = (open_database(database_url) for _ in range(3))

    def executor() -> Executor:
        uow = SqlAlchemyUnitOfWork(cleared(onlooker), today=TODAY)
        return Everybody((sql_store(first), sql_store(second)), uow)

    run_state_machine_as_test(lambda: StockMachine(executor()), settings=CI)  # type: ignore[arg-type]  # a function will do
