"""Bulk statements: each selects or writes many rows in one round trip; see `dialect`."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Table

from allocation.adapters.sql.engine.compiled_query import (
    CompiledQuery,
    conversion_of,
    conversions_of,
    is_converted,
)
from allocation.adapters.sql.engine.transaction_connection import Rows, TransactionConnection
from allocation.adapters.sql.statements.dialect import Dialect, Lock, LookUp, Names, Numbered
from allocation.adapters.sql.statements.postgresql import PostgreSQL
from allocation.adapters.sql.statements.sqlite import SQLite

_DIALECTS: Final[dict[str, Dialect]] = {"sqlite": SQLite(), "postgresql": PostgreSQL()}

Column = Sequence[Any]
"""The values of one column."""


class BulkStatements:
    """Runs bulk statements on a connection. Values are given in the order of the column names."""

    def __init__(self, driver: TransactionConnection) -> None:
        self._driver = driver
        self._dialect = _DIALECTS[driver.name]

    def find(
        self,
        table: Table,
        columns: Names,
        by: Names,
        keys: Rows,
        *,
        where: str = "",
        lock: Lock | None = None,
    ) -> list[tuple[Any, ...]]:
        """Select the rows with these keys, which are strings, that also satisfy `where`.

        `where` is an SQL condition that calls the table `t`. With `lock`, rows are locked until
        the end of the transaction, in key order.
        """
        if not keys:
            return []
        look_up = LookUp(columns, by, where, lock)
        compiled = _select(self._dialect, self._driver.name, table, look_up)
        return self._driver.fetch_all(compiled, {"keys": msgspec.json.encode(keys).decode()})

    def locked(
        self, table: Table, columns: Names, by: Names, keys: Rows, *, where: str = ""
    ) -> list[tuple[Any, ...]]:
        """Select those of the rows that other transactions keep locked, without waiting.

        The last value of each row is the id of the transaction that has locked it, or None if
        that transaction waits for a lock itself. The other rows are locked until the end of this
        transaction.
        """
        if not keys or not self._dialect.locks_rows:
            return []
        look_up = LookUp(columns, by, where, with_locker=True)
        compiled = _select(self._dialect, self._driver.name, table, look_up)
        names = {"keys": msgspec.json.encode(keys).decode()}
        stored = self._driver.fetch_all(compiled, names)
        free = set(self.find(table, columns, by, keys, where=where, lock=Lock.FREE_ROWS))
        return [row for row in stored if row[:-1] not in free]

    def insert(self, table: Table, columns: Names, rows: Rows) -> None:
        """Insert the rows in order."""
        if not rows:
            return
        names, values = _without_empty_columns(columns, list(zip(*rows, strict=True)))
        self._dialect.insert(self._driver, table, names, self._converted(table, names, values))

    def append(self, table: Table, columns: Names, rows: Rows, numbered: Numbered) -> None:
        """Insert the rows; the database numbers them in order."""
        if not rows:
            return
        names, values = _without_empty_columns(columns, list(zip(*rows, strict=True)))
        values = self._converted(table, names, values)
        self._dialect.append(self._driver, table, names, values, numbered)

    def upsert(self, table: Table, columns: Names, by: Names, changing: Names, rows: Rows) -> None:
        """Insert the rows; if the key `by` exists, update the columns `changing` instead."""
        if not rows:
            return
        # A column that is left out gets its default, also when the row exists.
        names, values = _without_defaults(table, columns, list(zip(*rows, strict=True)))
        values = self._converted(table, names, values)
        self._dialect.insert(self._driver, table, names, values, _changing(by, changing))

    def delete(self, table: Table, by: Names, rows: Rows) -> None:
        """Delete the rows with the given keys, if they exist."""
        if rows:
            values = self._converted(table, by, list(zip(*rows, strict=True)))
            self._dialect.delete(self._driver, table, by, values)

    def update(self, table: Table, columns: Names, by: Names, rows: Rows) -> None:
        """Update these columns of the rows with the given keys.

        Each of `rows` has the new values first, then the values of the key.

        Raises:
            Conflict: another writer has changed a row, so that its key no longer exists.
        """
        if not rows:
            return
        values = self._converted(table, columns + by, list(zip(*rows, strict=True)))
        self._dialect.update(self._driver, table, columns, by, values)

    def _converted(self, table: Table, columns: Names, values: list[Column]) -> list[Column]:
        for index, convert in _conversions(self._driver.name, table, columns):
            values[index] = [convert(value) for value in values[index]]
        return values


def _without_empty_columns(columns: Names, values: list[Column]) -> tuple[Names, list[Column]]:
    """Drop columns in which every value is None, since binding None takes time, too."""
    filled = [
        (name, column)
        for name, column in zip(columns, values, strict=True)
        if column[0] is not None or column.count(None) != len(column)
    ]
    return tuple(name for name, _ in filled), [column for _, column in filled]


def _without_defaults(
    table: Table, columns: Names, values: list[Column]
) -> tuple[Names, list[Column]]:
    """Drop columns in which every value is the column's default."""
    defaults = _defaults(table, columns)
    filled = [
        (name, column)
        for name, column, default in zip(columns, values, defaults, strict=True)
        if column[0] != default or column.count(default) != len(column)
    ]
    return tuple(name for name, _ in filled), [column for _, column in filled]


@lru_cache
def _defaults(table: Table, columns: Names) -> list[Any]:
    """The default of each column; a value that no row has, if it must be given."""
    return [_default(table.c[name]) for name in columns]


def _default(column: SqlColumn[Any]) -> Any:
    if column.server_default is None:
        return None if column.nullable else _NO_DEFAULT
    default: Any = column.server_default
    return column.type.python_type(default.arg)


_NO_DEFAULT: Final = object()


@lru_cache
def _select(dialect: Dialect, name: str, table: Table, look_up: LookUp) -> CompiledQuery:
    conversions = conversions_of(table, look_up.columns, name)
    return CompiledQuery(dialect.select(table, look_up), conversions)


@lru_cache
def _changing(by: Names, changing: Names) -> str:
    new = ", ".join(f"{name} = excluded.{name}" for name in changing)
    return f" ON CONFLICT ({', '.join(by)}) DO UPDATE SET {new}"


@lru_cache
def _conversions(name: str, table: Table, columns: Names) -> list[tuple[int, Callable[[Any], Any]]]:
    """The conversions for the driver, by index, of the columns that need one."""
    return [
        (index, conversion_of(table.c[column].type, name))
        for index, column in enumerate(columns)
        if is_converted(table.c[column].type, name)
    ]
