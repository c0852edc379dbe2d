"""How SQLite is told what concerns many rows."""

from functools import lru_cache
from itertools import chain, islice
from typing import Final

from sqlalchemy import Table

from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.statements.dialect import Dialect, Lock, Names, Numbered, Values

PORTIONS: Final = (256, 64, 16)
"""Rows in one statement: few sizes, so that SQLite can keep what it has prepared."""


class SQLite(Dialect):
    """One writes at a time: nothing is locked, and no two wait for each other."""

    def select(self, table: Table, columns: Names, by: Names, *, lock: Lock | None) -> str:  # noqa: ARG002 - one writes at a time
        """A look-up of the rows that have one of many keys."""
        found = ", ".join(f"t.{name}" for name in columns)
        on = " AND ".join(f"t.{name} = k.value ->> {n}" for n, name in enumerate(by))
        # A cross join is done in this order: the keys first, then the index.
        return f"SELECT {found} FROM json_each(:keys) AS k CROSS JOIN {table.name} AS t ON {on}"

    def insert(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        on_conflict: str = "",
    ) -> None:
        """New rows, in their order."""
        rows, left = zip(*values, strict=True), len(values[0])
        for size in PORTIONS:
            for _ in range(left // size):
                portion = tuple(chain.from_iterable(islice(rows, size)))
                driver.execute(_insert(table, columns, size) + on_conflict, portion)
            left %= size
        if left:
            driver.execute_many(_insert(table, columns, 1) + on_conflict, list(rows))

    def append(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        numbered: Numbered,  # noqa: ARG002 - one writes at a time
    ) -> None:
        """New rows that the database numbers in their order."""
        self.insert(driver, table, columns, values)

    def update(
        self, driver: TransactionConnection, table: Table, columns: Names, by: Names, values: Values
    ) -> None:
        """New values for the rows that have these keys."""
        rows = list(zip(*values, strict=True))
        driver.execute_many(_update(table, columns, by), rows, rows=len(rows))


@lru_cache
def _insert(table: Table, columns: Names, rows: int) -> str:
    row = f"({', '.join('?' for _ in columns)})"
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}"


@lru_cache
def _update(table: Table, columns: Names, by: Names) -> str:
    new = ", ".join(f"{name} = ?" for name in columns)
    return f"UPDATE {table.name} SET {new} WHERE {' AND '.join(f'{n} = ?' for n in by)}"
