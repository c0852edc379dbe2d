"""The checkpoint of SQLite; PostgreSQL makes its own, in a process of its own."""

from allocation.adapters.sql.database import Database
from allocation.adapters.sql.errors import in_our_words


def checkpoint(database: Database) -> None:
    """Move what is in SQLite's write-ahead log into its file, as far as nobody is kept waiting.

    Writers do so themselves when the log has grown long, and wait for the disk meanwhile; if it
    is done beside them every now and then, little is left for them.

    Raises:
        StoreUnavailable: the file cannot be read or written.
    """
    engine = database.engine
    try:
        connection = engine.raw_connection()  # it cannot be done in a transaction
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            connection.close()
    except Exception as error:
        raise in_our_words(error, engine) or error from error
