"""How PostgreSQL is told what concerns many rows."""

from functools import lru_cache
from typing import Final

import msgspec
from sqlalchemy import Table

from allocation.adapters.sql.engine.compiled_query import DIALECTS
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.statements.dialect import Dialect, Lock, Names, Numbered, Values

_LOCKS: Final = {
    Lock.ROWS: "FOR UPDATE OF t",
    Lock.FREE_ROWS: "FOR UPDATE OF t SKIP LOCKED",
}


class PostgreSQL(Dialect):
    """Several write at once, each of them rows and keys in the same order."""

    def select(self, table: Table, columns: Names, by: Names, *, lock: Lock | None) -> str:
        """A look-up of the rows that have one of many keys."""
        found = ", ".join(f"t.{name}" for name in columns)
        on = " AND ".join(f"t.{name} = k.value ->> {n}" for n, name in enumerate(by))
        keys = "json_array_elements(%(keys)s::json) AS k(value)"
        told = f"SELECT {found} FROM {keys} JOIN {table.name} AS t ON {on}"
        if lock is None:
            return told
        in_order = ", ".join(f"t.{name}" for name in by)
        return f"{told} ORDER BY {in_order} {_LOCKS[lock]}"

    def insert(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        on_conflict: str = "",
    ) -> None:
        """New rows, in their order."""
        driver.execute(_insert_records(table, columns) + on_conflict, _records(values))

    def append(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        numbered: Numbered,
    ) -> None:
        """New rows that the database numbers in their order."""
        driver.execute(_append_records(table, columns, numbered), _records(values))

    def update(
        self, driver: TransactionConnection, table: Table, columns: Names, by: Names, values: Values
    ) -> None:
        """New values for the rows that have these keys."""
        told = _update_by_records(table, columns, by)
        driver.execute(told, _records(values), rows=len(values[0]))


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
def _append_records(table: Table, columns: Names, numbered: Numbered) -> str:
    key = _names(len(columns))[columns.index(numbered.key)]
    return (
        f"INSERT INTO {table.name} ({', '.join((numbered.number, *columns))})"
        " OVERRIDING SYSTEM VALUE SELECT n.* FROM ("
        f"SELECT nextval('{table.name}_{numbered.number}_seq'), v.*"
        f" FROM {_recordset(table, columns)}) AS n ORDER BY n.{key}"
    )


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
