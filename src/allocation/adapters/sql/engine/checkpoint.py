"""SQLite's checkpoint; PostgreSQL runs its own in a background process."""

from allocation.adapters.sql.engine.database import Database


def checkpoint(database: Database) -> None:
    """Copy SQLite's write-ahead log into the database file, without blocking readers or writers.

    Writers run a checkpoint themselves once the log has grown long, and then wait for the disk.
    Regular checkpoints in the background leave them little work.

    Raises:
        StoreUnavailable: the file cannot be read or written.
    """
    with database.without_transaction() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
