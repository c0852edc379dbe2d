"""How each database says that a statement concerns many rows.

The keys of a look-up travel as one JSON text: on SQLite `(a, b) IN (VALUES …)` would scan the
whole table, and to make PostgreSQL's arrays takes longer. SQLite gets new rows many to a
statement, which takes half the time of the driver's own batch, and changed ones as such a
batch, which takes less than a join with their values; PostgreSQL gets them as one JSON text,
which takes a third of the time of arrays.
"""

import abc
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Final

import msgspec
from sqlalchemy import Table

from allocation.adapters.sql.driver import Driver, Rows
from allocation.adapters.sql.questions import DIALECTS

Names = tuple[str, ...]
Values = Sequence[Sequence[Any]]
"""Columns, not rows."""

PORTIONS: Final = (256, 64, 16)
"""Rows in one statement: few sizes, so that SQLite can keep what it has prepared."""


class Words(abc.ABC):
    """What a database is told."""

    def keys(self, keys: Rows) -> dict[str, Any]:
        """The parameters of a look-up."""
        return {"keys": msgspec.json.encode(keys).decode()}

    @abc.abstractmethod
    def select(self, table: Table, columns: Names, by: Names, *, lock: bool) -> str:
        """A look-up of the rows that have one of many keys."""

    @abc.abstractmethod
    def insert(
        self, driver: Driver, table: Table, columns: Names, values: Values, on_conflict: str = ""
    ) -> None:
        """New rows, in their order; `on_conflict` says what to do with those that are there."""

    @abc.abstractmethod
    def update(
        self, driver: Driver, table: Table, columns: Names, by: Names, values: Values
    ) -> None:
        """New values for the rows that have these keys.

        Raises:
            Conflict: there is none for some key.
        """


class _SQLite(Words):
    def select(self, table: Table, columns: Names, by: Names, *, lock: bool) -> str:  # noqa: ARG002 - one writes at a time
        found = ", ".join(f"t.{name}" for name in columns)
        on = " AND ".join(f"t.{name} = k.value ->> {n}" for n, name in enumerate(by))
        # A cross join is done in this order: the keys first, then the index.
        return f"SELECT {found} FROM json_each(:keys) AS k CROSS JOIN {table.name} AS t ON {on}"

    def insert(
        self, driver: Driver, table: Table, columns: Names, values: Values, on_conflict: str = ""
    ) -> None:
        rows, left = zip(*values, strict=True), len(values[0])
        for size in PORTIONS:
            for _ in range(left // size):
                portion = tuple(chain.from_iterable(islice(rows, size)))
                driver.run(_insert(table, columns, size) + on_conflict, portion)
            left %= size
        if left:
            driver.run_for_each(_insert(table, columns, 1) + on_conflict, list(rows))

    def update(
        self, driver: Driver, table: Table, columns: Names, by: Names, values: Values
    ) -> None:
        rows = list(zip(*values, strict=True))
        driver.run_for_each(_update(table, columns, by), rows, rows=len(rows))


@lru_cache
def _insert(table: Table, columns: Names, rows: int) -> str:
    row = f"({', '.join('?' for _ in columns)})"
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}"


@lru_cache
def _update(table: Table, columns: Names, by: Names) -> str:
    new = ", ".join(f"{name} = ?" for name in columns)
    return f"UPDATE {table.name} SET {new} WHERE {' AND '.join(f'{n} = ?' for n in by)}"


class _PostgreSQL(Words):
    def select(self, table: Table, columns: Names, by: Names, *, lock: bool) -> str:
        found = ", ".join(f"t.{name}" for name in columns)
        on = " AND ".join(f"t.{name} = k.value ->> {n}" for n, name in enumerate(by))
        keys = "json_array_elements(%(keys)s::json) AS k(value)"
        told = f"SELECT {found} FROM {keys} JOIN {table.name} AS t ON {on}"
        in_order = ", ".join(f"t.{name}" for name in by)
        return f"{told} ORDER BY {in_order} FOR UPDATE OF t" if lock else told

    def insert(
        self, driver: Driver, table: Table, columns: Names, values: Values, on_conflict: str = ""
    ) -> None:
        driver.run(_insert_records(table, columns) + on_conflict, _records(values))

    def update(
        self, driver: Driver, table: Table, columns: Names, by: Names, values: Values
    ) -> None:
        told = _update_by_records(table, columns, by)
        driver.run(told, _records(values), rows=len(values[0]))


def _records(values: Values) -> tuple[str]:
    names = _names(len(values))
    rows = [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
    return (msgspec.json.encode(rows).decode(),)


@lru_cache
def _names(count: int) -> Names:
    return tuple(f"v{n}" for n in range(count))


@lru_cache
def _insert_records(table: Table, columns: Names) -> str:
    told = f"INSERT INTO {table.name} ({', '.join(columns)})"
    return f"{told} SELECT * FROM {_recordset(table, columns)}"


@lru_cache
def _update_by_records(table: Table, columns: Names, by: Names) -> str:
    names = _names(len(columns + by))
    told = [f"{c} = v.{name}" for c, name in zip(columns + by, names, strict=True)]
    new, where = told[: len(columns)], [f"t.{one}" for one in told[len(columns) :]]
    values = _recordset(table, columns + by)
    return (
        f"UPDATE {table.name} AS t SET {', '.join(new)} FROM {values} WHERE {' AND '.join(where)}"
    )


def _recordset(table: Table, columns: Names) -> str:
    dialect = DIALECTS["postgresql"]
    kinds = [table.c[name].type.compile(dialect) for name in columns]
    names = zip(_names(len(columns)), kinds, strict=True)
    return f"json_to_recordset(%s::json) AS v({', '.join(map(' '.join, names))})"


SQLITE: Final = _SQLite()
POSTGRESQL: Final = _PostgreSQL()
