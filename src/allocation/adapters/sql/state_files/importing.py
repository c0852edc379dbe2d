"""Reads the whole state of a database from a file, into an empty database."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, func, insert, literal_column, select, text
from sqlalchemy.exc import DBAPIError

from allocation.adapters.sql import migrate
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.errors import translate_error
from allocation.adapters.sql.schema import STATE
from allocation.adapters.sql.state_files.columns import Row, format_of
from allocation.adapters.sql.state_files.reading import StateReader
from allocation.messaging.database_errors import DatabaseNotEmpty, UnusableState
from allocation.messaging.errors import Conflict

_BEGIN_FEED: Final = text(
    "UPDATE log_state SET pruned_through = (SELECT coalesce(max(seq), 0) FROM messages)"
    " WHERE EXISTS (SELECT 1 FROM opening_balances)"
)
"""A log that was pruned has gaps, also after its first message: the feed begins at its end."""

Progress = Callable[[int, int, int], None]
"""Called with the number of rows, the bytes read of the file, and all its bytes (0 for a pipe)."""


def import_state(url: str, path: Path, progress: Progress) -> int:
    """Read a state file into an empty database, in one transaction; return the number of rows.

    A missing SQLite file is created, and so are the tables of an empty database.

    Raises:
        UnusableState: the file is no state file, damaged, incomplete, of another revision, or not
            to be stored in this database.
        DatabaseNotEmpty: the database has data already.
        SchemaError: the database has tables, but not those of this version.
        StoreUnavailable: the database cannot be reached or written.
        Exception: the other errors of `Database`.
    """
    with StateReader.of(path) as reader:
        _check_revision(path, reader.revision)
        with closing(Database(url)) as database:
            migrate.prepare(database)
            # Not in a snapshot: what another process has committed before its locks were released
            # must be seen.
            with database.writing(snapshot=False, patient=True) as connection:
                _lock_empty(connection, database.name)
                done = _load_all(connection, reader, path, progress)
                reader.finish()
                _set_sequences(connection)
                connection.execute(_BEGIN_FEED)
                connection.commit()
    return done


def _check_revision(path: Path, revision: str) -> None:
    if revision != migrate.HEAD:
        raise UnusableState(
            path,
            f"its tables are at revision {revision}, those of this program at {migrate.HEAD}: "
            "run `allocation migrate` on the database that it comes from, and export it again, "
            "with the same version of the program on both sides",
        )


def _lock_empty(connection: Connection, name: str) -> None:
    """Keep other writers out, and check that they have left nothing."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in STATE)
        connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
    for table in STATE:
        query: Select[Any] = select(literal_column("1")).select_from(table).limit(1)
        if connection.execute(query).first():
            raise DatabaseNotEmpty(name)


def _load_all(connection: Connection, reader: StateReader, path: Path, progress: Progress) -> int:
    load = _copy if connection.dialect.name == "postgresql" else _insert
    done = 0
    for table in STATE:
        table_format = format_of(table)
        for lines in reader.portions(str(table.name), table_format.names):
            with _refusals_of(path, table):
                load(connection, table, table_format.names, table_format.decode(lines))
            done += len(lines)
            progress(done, *reader.progress)
    return done


@contextmanager
def _refusals_of(path: Path, table: Table) -> Iterator[None]:
    """Report rows that are no rows of the table, or that the database refuses."""
    try:
        yield
    except (ValueError, Conflict, DBAPIError) as error:
        reason = " ".join(str(getattr(error, "orig", error)).split())
        raise UnusableState(
            path, f"a row of the table {table.name} is refused: {reason}"
        ) from error


def _insert(connection: Connection, table: Table, names: tuple[str, ...], rows: list[Row]) -> None:
    connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def _copy(connection: Connection, table: Table, names: tuple[str, ...], rows: list[Row]) -> None:
    """Copy rows in, in a fraction of the time of INSERT; identity columns take any number."""
    cursor: Any = connection.connection.cursor()
    driver_errors: Any = connection.dialect.dbapi
    try:
        with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except driver_errors.Error as error:
        raise translate_error(error, connection.engine) or ValueError(error) from error
    finally:
        cursor.close()


def _set_sequences(connection: Connection) -> None:
    """Let PostgreSQL number the next rows after those that have come."""
    if connection.dialect.name != "postgresql":
        return
    for column in (column for table in STATE for column in table.columns if column.identity):
        sequence = func.pg_get_serial_sequence(column.table.name, column.name)
        connection.execute(
            select(func.setval(sequence, select(func.max(column)).scalar_subquery()))
        )
