"""Writes the whole state of a database to a file."""

from collections.abc import Callable
from typing import IO, Any, Final

from sqlalchemy import Connection, func, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.pages import pages
from allocation.adapters.sql.migrate import HEAD
from allocation.adapters.sql.schema import STATE
from allocation.adapters.sql.state_files.columns import format_of, stored_columns
from allocation.adapters.sql.state_files.writing import StateWriter

PAGE: Final = 1_000

Progress = Callable[[int, int], None]
"""Called with the number of rows written, and the number of all rows."""


def export_state(database: Database, file: IO[bytes], progress: Progress) -> int:
    """Write all rows of all tables, in one snapshot of the database; return their number.

    Raises:
        StoreUnavailable: the database cannot be reached.
        OSError: the file cannot be written.
    """
    with (
        database.reading(patient=True) as connection,
        StateWriter.begun(file, HEAD) as writer,
    ):
        total, done = sum(_count(connection, table) for table in STATE), 0
        for table in STATE:
            writer.begin_table(str(table.name), format_of(table).names)
            query = select(*stored_columns(table))
            for page in pages(connection, query, tuple(table.primary_key), size=PAGE):
                writer.add([tuple(row) for row in page])
                done += len(page)
                progress(done, total)
    return done


def _count(connection: Connection, table: Any) -> int:
    count: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return count
