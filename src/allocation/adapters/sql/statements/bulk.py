"""Statements that concern many rows at once: one round trip each.

The keys of a look-up, and the values of rows, travel together; see `words`.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Table

from allocation.adapters.sql.engine.compiled_query import (
    CompiledQuery,
    conversion_of,
    conversions_of,
    is_converted,
)
from allocation.adapters.sql.engine.transaction_connection import Rows, TransactionConnection
from allocation.adapters.sql.statements.dialect import Dialect, Lock, Names, Numbered
from allocation.adapters.sql.statements.postgresql import PostgreSQL
from allocation.adapters.sql.statements.sqlite import SQLite

_DIALECTS: Final[dict[str, Dialect]] = {"sqlite": SQLite(), "postgresql": PostgreSQL()}

Column = Sequence[Any]
"""The values of one."""


class BulkStatements:
    """The batches of one connection. Columns are named, and values stand in that order."""

    def __init__(self, driver: TransactionConnection) -> None:
        self._driver = driver
        self._dialect = _DIALECTS[driver.name]

    def find(
        self, table: Table, columns: Names, by: Names, keys: Rows, *, lock: Lock | None = None
    ) -> list[tuple[Any, ...]]:
        """The rows that have one of these keys, which are texts.

        With `lock` nobody else can change them as long as the transaction goes on; they
        are locked in the order of the keys.
        """
        if not keys:
            return []
        compiled = _select(self._dialect, self._driver.name, table, columns, by, lock)
        return self._driver.fetch_all(compiled, self._dialect.keys(keys))

    def insert(self, table: Table, columns: Names, rows: Rows) -> None:
        """Add the rows, in this order."""
        if not rows:
            return
        told, values = _without_empty_columns(columns, list(zip(*rows, strict=True)))
        self._dialect.insert(self._driver, table, told, self._converted(table, told, values))

    def append(self, table: Table, columns: Names, rows: Rows, numbered: Numbered) -> None:
        """Add the rows, which the database numbers in this order."""
        if not rows:
            return
        told, values = _without_empty_columns(columns, list(zip(*rows, strict=True)))
        values = self._converted(table, told, values)
        self._dialect.append(self._driver, table, told, values, numbered)

    def upsert(self, table: Table, columns: Names, by: Names, changing: Names, rows: Rows) -> None:
        """Add the rows; where the key is there, change these columns."""
        if not rows:
            return
        values = self._converted(table, columns, list(zip(*rows, strict=True)))
        self._dialect.insert(self._driver, table, columns, values, _changing(by, changing))

    def update(self, table: Table, columns: Names, by: Names, rows: Rows) -> None:
        """Change these columns of the rows that have a key.

        What is given has the new values first, and then the values of the key.

        Raises:
            Conflict: somebody else has changed a row, so that none has its key.
        """
        if not rows:
            return
        values = self._converted(table, columns + by, list(zip(*rows, strict=True)))
        self._dialect.update(self._driver, table, columns, by, values)

    def _converted(self, table: Table, columns: Names, values: list[Column]) -> list[Column]:
        for place, convert in _conversions(self._driver.name, table, columns):
            values[place] = [convert(value) for value in values[place]]
        return values


def _without_empty_columns(columns: Names, values: list[Column]) -> tuple[Names, list[Column]]:
    """Without the columns in which no row has a value: to hand over None takes its time too."""
    there = [
        (name, column)
        for name, column in zip(columns, values, strict=True)
        if not _is_empty(column)
    ]
    return tuple(name for name, _ in there), [column for _, column in there]


def _is_empty(column: Column) -> bool:
    return column[0] is None and column.count(None) == len(column)


@lru_cache
def _select(
    words: Dialect, name: str, table: Table, columns: Names, by: Names, lock: Lock | None
) -> CompiledQuery:
    statement = words.select(table, columns, by, lock=lock)
    return CompiledQuery(statement, conversions_of(table, columns, name))


@lru_cache
def _changing(by: Names, changing: Names) -> str:
    new = ", ".join(f"{name} = excluded.{name}" for name in changing)
    return f" ON CONFLICT ({', '.join(by)}) DO UPDATE SET {new}"


@lru_cache
def _conversions(name: str, table: Table, columns: Names) -> list[tuple[int, Callable[[Any], Any]]]:
    """How values become what the driver takes, for the columns where they do not as they are."""
    return [
        (place, conversion_of(table.c[column].type, name))
        for place, column in enumerate(columns)
        if is_converted(table.c[column].type, name)
    ]
