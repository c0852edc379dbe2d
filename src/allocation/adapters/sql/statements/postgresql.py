"""Bulk SQL of PostgreSQL."""

from functools import lru_cache
from typing import Final

import msgspec
from sqlalchemy import Table

from allocation.adapters.sql.engine.compiled_query import DIALECTS
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.statements.dialect import (
    Dialect,
    Lock,
    LookUp,
    Names,
    Numbered,
    Values,
)

_LOCKS: Final = {
    Lock.ROWS: "FOR UPDATE OF t",
    Lock.FREE_ROWS: "FOR UPDATE OF t SKIP LOCKED",
}


# A transaction that waits for a lock itself holds up others only as long as it waits.
_LOCKER: Final = """CASE WHEN EXISTS (
    SELECT FROM pg_locks AS held WHERE held.locktype = 'transactionid' AND held.granted
    AND held.transactionid = t.xmax AND cardinality(pg_blocking_pids(held.pid)) > 0
) THEN NULL ELSE t.xmax END"""


class PostgreSQL(Dialect):
    """PostgreSQL has concurrent writers; all lock rows and keys in the same order."""

    locks_rows = True

    def select(self, table: Table, look_up: LookUp) -> str:
        """The SQL that selects the rows with any of the given keys."""
        selected = ", ".join(f"t.{name}" for name in look_up.columns)
        selected += f", {_LOCKER}" if look_up.with_locker else ""
        on = " AND ".join(f"t.{name} = k.value ->> {n}" for n, name in enumerate(look_up.by))
        on += f" AND {look_up.where}" if look_up.where else ""
        source = "json_array_elements(%(keys)s::json) AS k(value)"
        query = f"SELECT {selected} FROM {source} JOIN {table.name} AS t ON {on}"
        if look_up.lock is None:
            return query
        order = ", ".join(f"t.{name}" for name in look_up.by)
        return f"{query} ORDER BY {order} {_LOCKS[look_up.lock]}"

    def insert(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        on_conflict: str = "",
    ) -> None:
        """Insert rows in order."""
        driver.execute(_insert_records(table, columns) + on_conflict, _records(values))

    def append(
        self,
        driver: TransactionConnection,
        table: Table,
        columns: Names,
        values: Values,
        numbered: Numbered,
    ) -> None:
        """Insert rows that the database numbers in order."""
        driver.execute(_append_records(table, columns, numbered), _records(values))

    def update(
        self, driver: TransactionConnection, table: Table, columns: Names, by: Names, values: Values
    ) -> None:
        """Update the rows with these keys."""
        statement = _update_by_records(table, columns, by)
        driver.execute(statement, _records(values), rows=len(values[0]))

    def delete(
        self, driver: TransactionConnection, table: Table, by: Names, values: Values
    ) -> None:
        """Delete the rows with these keys, if they exist."""
        driver.execute(_delete_by_records(table, by), _records(values))


def _records(values: Values) -> tuple[str]:
    names = _names(len(values))
    rows = [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
    return (msgspec.json.encode(rows).decode(),)


@lru_cache
def _names(count: int) -> Names:
    return tuple(f"v{n}" for n in range(count))


@lru_cache
def _insert_records(table: Table, columns: Names) -> str:
    insert = f"INSERT INTO {table.name} ({', '.join(columns)})"
    return f"{insert} SELECT * FROM {_recordset(table, columns)}"


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
    names = [f"v.{name}" for name in _names(len(columns + by))]
    new = [f"{c} = {value}" for c, value in zip(columns, names, strict=False)]
    where = [
        f"t.{c} {'IS NOT DISTINCT FROM' if table.c[c].nullable else '='} {value}"
        for c, value in zip(by, names[len(columns) :], strict=True)
    ]
    values = _recordset(table, columns + by)
    return (
        f"UPDATE {table.name} AS t SET {', '.join(new)} FROM {values} WHERE {' AND '.join(where)}"
    )


@lru_cache
def _delete_by_records(table: Table, by: Names) -> str:
    where = [f"t.{c} = v.{value}" for c, value in zip(by, _names(len(by)), strict=True)]
    values = _recordset(table, by)
    return f"DELETE FROM {table.name} AS t USING {values} WHERE {' AND '.join(where)}"


def _recordset(table: Table, columns: Names) -> str:
    dialect = DIALECTS["postgresql"]
    kinds = [table.c[name].type.compile(dialect) for name in columns]
    names = zip(_names(len(columns)), kinds, strict=True)
    return f"json_to_recordset(%s::json) AS v({', '.join(map(' '.join, names))})"
