"""Which shape the tables have, and taking them to the one that this program needs."""

from enum import Enum
from typing import Final

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import ProgrammingError

from allocation.adapters.sql.engine.database import Database
from allocation.messaging.errors import SchemaError

HEAD: Final = "0007"
"""The revision that this program needs."""

_VERSION_TABLE: Final = "alembic_version"
_REVISION: Final = text("SELECT version_num FROM alembic_version")
ADVISORY_LOCK: Final = 0x616C6C6F63  # "alloc"
_WITHOUT_TIMEOUTS: Final = text(
    "SELECT set_config(name, '0', true) FROM pg_settings"
    " WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout')"
)
"""A change of large tables may take longer than the role's or the database's timeouts allow."""


class _Shape(Enum):
    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"


def prepare(database: Database) -> None:
    """See to it that the tables are there: an empty database is given them.

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
    """See whether the tables are as they must be, and change nothing.

    Raises:
        SchemaError: there are none, or they are older or newer than this program, or not its own.
        StoreUnavailable: the database cannot be reached.
    """
    with database.reading() as connection:
        shape = _shape(connection, database.name)
    if shape is _Shape.EMPTY:
        raise SchemaError(
            f"{database.name} has no tables yet: "
            "`allocation serve` and `allocation import` make them."
        )
    if shape is _Shape.BEHIND:
        raise _too_old(database)


def _too_old(database: Database) -> SchemaError:
    return SchemaError(
        f"The tables of {database.name} are older than this program: "
        "run `allocation migrate` to bring them up to date."
    )


def upgrade(database: Database) -> None:
    """Take the tables to the shape that this program needs, in one transaction.

    Several processes may do so at the same moment: one does it, the others wait and
    find it done.

    Raises:
        SchemaError: the tables are newer than this program, or not its own, or the
            database does not let them be changed.
        StoreUnavailable: the database cannot be reached or written.
    """
    with database.reshaping() as connection:
        if not database.is_sqlite:
            connection.execute(_WITHOUT_TIMEOUTS)
            connection.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
        if _shape(connection, database.name) is _Shape.CURRENT:
            return
        from allocation.adapters.sql import revisions  # noqa: PLC0415 - seldom needed, and slow

        try:
            revisions.take_to(HEAD, connection)
        except ProgrammingError as error:
            raise SchemaError(f"{database.name} refuses its tables: {error.orig}") from error
        connection.commit()


def revision(database: Database) -> str | None:
    """The revision of the tables; None where there are none of this program's.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    with database.reading() as connection:
        return _revision(connection, _tables(connection))


def _shape(connection: Connection, name: str) -> _Shape:
    tables = _tables(connection)
    found = _revision(connection, tables)
    if found == HEAD:
        return _Shape.CURRENT
    if found is None and set(tables) <= {_VERSION_TABLE}:
        return _Shape.EMPTY
    if found is None:
        raise SchemaError(
            f"{name} holds tables that are not this program's ({', '.join(sorted(tables))}): "
            "give it a database of its own."
        )
    from allocation.adapters.sql import revisions  # noqa: PLC0415 - seldom needed, and slow

    if found not in revisions.known():
        raise SchemaError(
            f"The tables of {name} are at revision {found}, of which this program does not know: "
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
