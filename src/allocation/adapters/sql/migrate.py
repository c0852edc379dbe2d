"""Checks the revision of the tables, and migrates them to the one that this program needs."""

from enum import Enum
from typing import Final

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import ProgrammingError

from allocation.adapters.sql.engine.database import Database
from allocation.messaging.database_errors import SchemaError

HEAD: Final = "0019"
"""The revision that this program needs."""

_VERSION_TABLE: Final = "alembic_version"
_REVISION: Final = text("SELECT version_num FROM alembic_version")
ADVISORY_LOCK: Final = 0x616C6C6F63  # "alloc"
_WITHOUT_TIMEOUTS: Final = text(
    "SELECT set_config(name, '0', true) FROM pg_settings"
    " WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout')"
)
"""Migrating large tables may take longer than the timeouts of the role or database allow."""


class _Shape(Enum):
    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"


def prepare(database: Database) -> None:
    """Check the tables, and create them in an empty database.

    Raises:
        SchemaError: the tables are older or newer than this program, or not its own.
        StoreUnavailable: the database cannot be reached or written.
    """
    with database.reading() as connection:
        shape = _shape(connection, database.name)
    if shape is _Shape.EMPTY:
        upgrade(database)
    elif shape is _Shape.BEHIND:
        raise _too_old(database)


def check(database: Database) -> None:
    """Check the tables without changing anything.

    Raises:
        SchemaError: the tables are missing, older or newer than this program, or not its own.
        StoreUnavailable: the database cannot be reached.
    """
    with database.reading() as connection:
        shape = _shape(connection, database.name)
    if shape is _Shape.EMPTY:
        raise SchemaError(
            f"{database.name} has no tables yet: "
            "`allocation serve` and `allocation import` create them."
        )
    if shape is _Shape.BEHIND:
        raise _too_old(database)


def _too_old(database: Database) -> SchemaError:
    return SchemaError(
        f"The tables of {database.name} are older than this program: "
        "run `allocation migrate` to upgrade them."
    )


def upgrade(database: Database) -> None:
    """Migrate the tables to the revision that this program needs, in one transaction.

    If several processes do so at the same time, one migrates and the others wait for it.

    Raises:
        SchemaError: the tables are newer than this program, or not its own, or the database
            refuses the migration.
        StoreUnavailable: the database cannot be reached or written.
    """
    with database.reshaping() as connection:
        if not database.is_sqlite:
            connection.execute(_WITHOUT_TIMEOUTS)
            connection.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
        if _shape(connection, database.name) is _Shape.CURRENT:
            return
        from allocation.adapters.sql import revisions  # noqa: PLC0415 - slow, and rarely needed

        try:
            revisions.upgrade(HEAD, connection)
        except ProgrammingError as error:
            raise SchemaError(f"{database.name} refuses the migration: {error.orig}") from error
        connection.commit()


def revision(database: Database) -> str | None:
    """The revision of the tables; None without tables of this program.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    with database.reading() as connection:
        return _revision(connection, _tables(connection))


def _shape(connection: Connection, name: str) -> _Shape:
    tables = _tables(connection)
    current = _revision(connection, tables)
    if current == HEAD:
        return _Shape.CURRENT
    if current is None and set(tables) <= {_VERSION_TABLE}:
        return _Shape.EMPTY
    if current is None:
        raise SchemaError(
            f"{name} has tables that are not this program's ({', '.join(sorted(tables))}): "
            "use a separate database."
        )
    from allocation.adapters.sql import revisions  # noqa: PLC0415 - slow, and rarely needed

    if current not in revisions.all_revisions():
        raise SchemaError(
            f"The tables of {name} are at revision {current}, which is unknown to this program: "
            "it is older than the database. Run the newer version."
        )
    return _Shape.BEHIND


def _tables(connection: Connection) -> list[str]:
    inspector = inspect(connection)
    return [*inspector.get_table_names(), *inspector.get_view_names()]


def _revision(connection: Connection, tables: list[str]) -> str | None:
    if _VERSION_TABLE not in tables:
        return None
    return connection.execute(_REVISION).scalar_one_or_none()
