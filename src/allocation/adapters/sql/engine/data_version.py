"""Detects whether a database has changed since the previous transaction on a connection."""

from typing import NamedTuple


class DataVersion(NamedTuple):
    """The version of a database as seen by a connection: equal as long as nothing is committed."""

    connection: object
    others: int
    """Changes when another connection commits; see SQLite's `PRAGMA data_version`."""
    ours: int
    """The number of commits on this connection."""
