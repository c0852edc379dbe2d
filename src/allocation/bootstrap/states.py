"""The whole state of a database, to a file and from it."""

from pathlib import Path
from typing import IO

from allocation.adapters.sql import migrate
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.read_only import query_read_only
from allocation.adapters.sql.state_files import exporting, importing
from allocation.config import Settings


def export_state(settings: Settings, file: IO[bytes], progress: exporting.Progress) -> int:
    """Write the whole state of the database to an open file; return the number of rows.

    The file is written from its beginning, a second time if another process starts to write to the
    SQLite file in the meantime.

    Raises:
        SchemaError: the database does not have the tables of this version.
        Exception: the errors of `adapters.sql.state_files.exporting.export_state`.
    """

    def export(database: Database) -> int:
        migrate.check(database)
        file.seek(0)
        file.truncate()
        return exporting.export_state(database, file, progress)

    return query_read_only(settings.database_url, export)


def import_state(settings: Settings, path: Path, progress: importing.Progress) -> int:
    """Read the whole state of a database from a file into an empty one; return the number of rows.

    Raises:
        Exception: the errors of `adapters.sql.state_files.importing.import_state`.
    """
    return importing.import_state(settings.database_url, path, progress)
