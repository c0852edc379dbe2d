"""What a database says of its own tables, in plain values that can be compared."""

from typing import Any
from unittest import mock

from sqlalchemy import inspect, text

from allocation.adapters.sql import migrate
from allocation.adapters.sql.engine.database import Database

_ON_SQLITE = {
    "objects": (
        "SELECT type, name, tbl_name, replace(replace(sql, char(10), ' '), char(9), ' ')"
        " FROM sqlite_schema ORDER BY type, name"
    ),
}

_ON_POSTGRESQL = {
    "columns": (  # numbered without gaps: a dropped column leaves one
        "SELECT table_name, column_name,"
        " row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position), udt_name,"
        " character_maximum_length, is_nullable, column_default, is_identity, identity_generation,"
        " collation_name"
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
    """What the catalogue tells, and the names of the tables, without Alembic's own."""
    queries = _ON_SQLITE if database.is_sqlite else _ON_POSTGRESQL
    with database.reading() as connection:
        schema: dict[str, Any] = dict.fromkeys(inspect(connection).get_table_names(), "a table")
        schema.pop("alembic_version", None)
        for what, query in queries.items():
            rows = [_normalized(tuple(row)) for row in connection.execute(text(query))]
            schema[what] = sorted(row for row in rows if "alembic" not in str(row))
    return schema


def _normalized(row: tuple[Any, ...]) -> str:
    # SQLite puts the name of a table that was renamed between quotes.
    row = tuple(str(value).replace(f'TABLE "{row[1]}"', f"TABLE {row[1]}") for value in row)
    return " ".join(" | ".join(str(value) for value in row).replace("( ", "(").split())
