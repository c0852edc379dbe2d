"""The checkpoint of SQLite; PostgreSQL makes its own, in a process of its own."""

from allocation.adapters.sql.engine.database import Database


def checkpoint(database: Database) -> None:
    """Move what is in SQLite's write-ahead log into its file, as far as nobody is kept waiting.

    Writers do so themselves when the log has grown long, and wait for the disk meanwhile; if it
    is done beside them every now and then, little is left for them.

    Raises:
        StoreUnavailable: the file cannot be read or written.
    """
    with database.without_transaction() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
