"""Bulk SQL of SQLite."""

from functools import lru_cache
from itertools import chain, islice
from typing import Final

from sqlalchemy import Table

from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.statements.dialect import Dialect, LookUp, Names, Numbered, Values

PORTIONS: Final = (256, 64, 16)
"""Rows per statement: a few fixed sizes, so that prepared statements are reused."""


class SQLite(Dialect):
    """SQLite has one writer at a time, so rows need no locks and writers cannot deadlock."""

    locks_rows = False

    def select(self, table: Table, look_up: LookUp) -> str:
        """The SQL that selects the rows with any of the given keys."""
        selected = ", ".join(f"t.{name}" for name in look_up.columns)
        on = " AND ".join(f"t.{name} = k.value ->> {n}" for n, name in enumerate(look_up.by))
        on += f" AND {look_up.where}" if look_up.where else ""
        # CROSS JOIN fixes the join order: one index search per key.
        return f"SELECT {selected} FROM json_each(:keys) AS k CROSS JOIN {table.name} AS t ON {on}"

    def insert(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        on_conflict: str = "",
    ) -> None:
        """Insert rows in order."""
        rows, remaining = zip(*values, strict=True), len(values[0])
        for size in PORTIONS:
            for _ in range(remaining // size):
                portion = tuple(chain.from_iterable(islice(rows, size)))
                driver.execute(_insert(table, columns, size) + on_conflict, portion)
            remaining %= size
        if remaining:
            driver.execute_many(_insert(table, columns, 1) + on_conflict, list(rows))

    def append(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        numbered: Numbered,  # noqa: ARG002 - one writes at a time
    ) -> None:
        """Insert rows that the database numbers in order."""
        self.insert(driver, table, columns, values)

    def update(
        self, driver: TransactionConnection, table: Table, columns: Names, by: Names, values: Values
    ) -> None:
        """Update the rows with these keys."""
        rows = list(zip(*values, strict=True))
        driver.execute_many(_update(table, columns, by), rows, rows=len(rows))

    def delete(
        self, driver: TransactionConnection, table: Table, by: Names, values: Values
    ) -> None:
        """Delete the rows with these keys, if they exist."""
        driver.execute_many(_delete(table, by), list(zip(*values, strict=True)))


@lru_cache
def _insert(table: Table, columns: Names, rows: int) -> str:
    row = f"({', '.join('?' for _ in columns)})"
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}"


@lru_cache
def _update(table: Table, columns: Names, by: Names) -> str:
    new = ", ".join(f"{name} = ?" for name in columns)
    # IS also compares with NULL.
    where = " AND ".join(f"{n} {'IS' if table.c[n].nullable else '='} ?" for n in by)
    return f"UPDATE {table.name} SET {new} WHERE {where}"


@lru_cache
def _delete(table: Table, by: Names) -> str:
    return f"DELETE FROM {table.name} WHERE {' AND '.join(f'{name} = ?' for name in by)}"
