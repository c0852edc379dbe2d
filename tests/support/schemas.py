"""What a database says of its own tables, in plain values that can be compared."""

from typing import Any
from unittest import mock

from sqlalchemy import Connection, inspect, text

from allocation.adapters.sql import migrate
from allocation.adapters.sql.engine.database import Database

_ON_SQLITE = {
    "objects": (
        "SELECT type, name, tbl_name, replace(replace(sql, char(10), ' '), char(9), ' ')"
        " FROM sqlite_schema ORDER BY type, name"
    ),
}

_ON_POSTGRESQL = {
    "columns": (
        "SELECT table_name, column_name, ordinal_position, udt_name, character_maximum_length,"
        " is_nullable, column_default, is_identity, identity_generation, collation_name"
        " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 3"
    ),
    "constraints": (
        "SELECT conrelid::regclass::text, conname, contype, condeferrable, convalidated,"
        " pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
    ),
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes"
    " WHERE schemaname = 'public' ORDER BY 2",
    "sequences": "SELECT sequencename, data_type::text, start_value, increment_by, cycle"
    " FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1",
    "relations": "SELECT relname, relkind, relpersistence, reloptions FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
}


def upgrade_to(revision: str, database: Database) -> None:
    """Make the tables those of an older version."""
    with mock.patch.object(migrate, "HEAD", revision):
        migrate.upgrade(database)


def schema_of(database: Database) -> dict[str, Any]:
    """Everything that can be told, but for Alembic's own table."""
    with database.reading() as connection:
        return _told_by_inspector(connection) | _told_by_catalogue(connection, database.is_sqlite)


def _told_by_catalogue(connection: Connection, is_sqlite: bool) -> dict[str, Any]:
    queries = _ON_SQLITE if is_sqlite else _ON_POSTGRESQL
    catalogue: dict[str, Any] = {}
    for what, query in queries.items():
        rows = [_tidy(tuple(row)) for row in connection.execute(text(query))]
        catalogue[what] = sorted(row for row in rows if "alembic" not in str(row))
    return catalogue


def _tidy(row: tuple[Any, ...]) -> str:
    # SQLite puts the name of a table that was renamed between quotes.
    row = tuple(str(value).replace(f'TABLE "{row[1]}"', f"TABLE {row[1]}") for value in row)
    return " ".join(" | ".join(str(value) for value in row).replace("( ", "(").split())


def _told_by_inspector(connection: Connection) -> dict[str, Any]:
    inspector = inspect(connection)
    tables = sorted(set(inspector.get_table_names()) - {"alembic_version"})
    return {table: _table(inspector, table) for table in tables}


def _table(inspector: Any, table: str) -> dict[str, Any]:
    return {
        "columns": [{**c, "type": repr(c["type"])} for c in inspector.get_columns(table)],
        "primary key": inspector.get_pk_constraint(table),
        "foreign keys": _by_name(inspector.get_foreign_keys(table)),
        "unique": _by_name(inspector.get_unique_constraints(table)),
        "checks": _by_name(inspector.get_check_constraints(table)),
        "indexes": [
            {**index, "dialect_options": {k: str(v) for k, v in index["dialect_options"].items()}}
            for index in _by_name(inspector.get_indexes(table))
        ],
    }


def _by_name(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda one: one["name"] or "")
