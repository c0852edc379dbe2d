"""What an import has met so far: the last of it in memory, the rest on disk."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Final, Self

from allocation.entrypoints.cli.files import UnusableFile

if TYPE_CHECKING:
    import sqlite3

HELD: Final = 100_000
"""Keys that are held in memory: some ten megabytes."""

_CACHE: Final = 4_096
"""Kilobytes that are held of the others, which are in a temporary file without a name."""


class Seen:
    """A set of keys, of which as many may be added as there is room on the disk.

    Raises:
        UnusableFile: from its methods: there is no room for temporary files, or they are broken.
    """

    def __init__(self, open_at_end: ExitStack) -> None:
        self._open = open_at_end
        self._held: set[str] = set()
        self._others: sqlite3.Connection | None = None

    @classmethod
    @contextmanager
    def nothing(cls) -> Iterator[Self]:
        """Begin; all is forgotten at the end."""
        with ExitStack() as open_at_end:
            yield cls(open_at_end)

    def add(self, keys: Iterable[str]) -> None:
        """Take them down.

        Raises:
            UnusableFile: there is no room for temporary files.
        """
        self._held.update(keys)
        if len(self._held) > HELD:
            self._put_away()

    def __contains__(self, key: str) -> bool:
        if key in self._held:
            return True
        if self._others is None:
            return False
        with _using_disk():
            found = self._others.execute("SELECT 1 FROM seen WHERE key = ?", (key,))
            return found.fetchone() is not None

    def _put_away(self) -> None:
        # Few files are that long, and it takes its time to import.
        import sqlite3  # noqa: PLC0415

        rows = ((key,) for key in sorted(self._held))
        with _using_disk():
            if self._others is None:
                self._others = self._open.enter_context(_temporary(sqlite3.connect("")))
            self._others.executemany("INSERT OR IGNORE INTO seen VALUES (?)", rows)
        self._held.clear()


@contextmanager
def _using_disk() -> Iterator[None]:
    import sqlite3  # noqa: PLC0415 - as above

    try:
        yield
    except sqlite3.Error as error:
        told = f"no room to tell repeated rows apart: {error}"
        raise UnusableFile(Path(gettempdir()), told) from error


@contextmanager
def _temporary(connection: "sqlite3.Connection") -> Iterator["sqlite3.Connection"]:
    try:
        connection.isolation_level = None
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("CREATE TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()
