"""How a transaction tells whether the database is as the one before it has left it."""

from typing import NamedTuple


class DataVersion(NamedTuple):
    """What a transaction finds in a database: the same, as long as nobody commits a change."""

    connection: object
    others: int
    """Changes when another connection has committed; see SQLite's `PRAGMA data_version`."""
    ours: int
    """Commits on this connection."""
