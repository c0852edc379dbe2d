"""What an import has met so far, on disk: a file may be longer than memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Final, Self

from allocation.entrypoints.cli.files import UnusableFile

_CACHE: Final = 8_192
"""Kilobytes that are held; what is more goes to a temporary file, which has no name."""


class Seen:
    """A set of keys, of which as many may be added as there is room on the disk."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def nothing(cls) -> Iterator[Self]:
        """Begin; all is forgotten at the end.

        Raises:
            UnusableFile: from `add`: there is no room for temporary files.
        """
        with closing(sqlite3.connect("", isolation_level=None)) as connection:
            connection.execute(f"PRAGMA cache_size = -{_CACHE}")
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("CREATE TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID")
            connection.execute("BEGIN")
            yield cls(connection)

    def add(self, key: str) -> bool:
        """Take it down; whether it was not there before."""
        try:
            added = self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,))
        except sqlite3.Error as error:
            told = f"no room to tell repeated rows apart: {error}"
            raise UnusableFile(Path(gettempdir()), told) from error
        return added.rowcount > 0
