"""The keys that an import has seen, and how often: the latest in memory, the rest on disk."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Final, Self

from allocation.entrypoints.files import UnusableFile

if TYPE_CHECKING:
    import sqlite3

HELD: Final = 100_000
"""The maximum number of keys in memory, some ten megabytes."""

_CACHE: Final = 4_096
"""The page cache of the unnamed temporary database with the other keys, in kilobytes."""


_ADD: Final = (
    "INSERT INTO seen VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET times = times + excluded.times"
)


class Seen:
    """A bag of keys that grows as far as the disk permits.

    Raises:
        UnusableFile: from its methods, if temporary files cannot be written or read.
    """

    def __init__(self, exit_stack: ExitStack) -> None:
        self._open = exit_stack
        self._held: Counter[str] = Counter()
        self._others: sqlite3.Connection | None = None

    @classmethod
    @contextmanager
    def nothing(cls) -> Iterator[Self]:
        """Open an empty bag, which is deleted at the end of the context."""
        with ExitStack() as exit_stack:
            yield cls(exit_stack)

    def add(self, keys: Iterable[str]) -> None:
        """Add keys to the bag.

        Raises:
            UnusableFile: temporary files cannot be written.
        """
        self._held.update(keys)
        if len(self._held) > HELD:
            self._move_to_disk()

    def __contains__(self, key: str) -> bool:
        return key in self._held or self._times_on_disk(key) > 0

    def times(self, key: str) -> int:
        """How often a key was added.

        Raises:
            UnusableFile: temporary files cannot be read.
        """
        return self._held[key] + self._times_on_disk(key)

    def _times_on_disk(self, key: str) -> int:
        if self._others is None:
            return 0
        with _using_disk():
            cursor = self._others.execute("SELECT times FROM seen WHERE key = ?", (_stored(key),))
            row = cursor.fetchone()
        return 0 if row is None else int(row[0])

    def _move_to_disk(self) -> None:
        # Imported here because it is slow to import, and few files are that long.
        import sqlite3  # noqa: PLC0415

        parameters = sorted((_stored(key), times) for key, times in self._held.items())
        with _using_disk():
            if self._others is None:
                self._others = self._open.enter_context(_temporary(sqlite3.connect("")))
            self._others.executemany(_ADD, parameters)
        self._held.clear()


def _stored(key: str) -> bytes:
    # What is not UTF-8 in a file has surrogates in a key, which SQLite does not take as text.
    return key.encode(errors="surrogatepass")


@contextmanager
def _using_disk() -> Iterator[None]:
    import sqlite3  # noqa: PLC0415 - as above

    try:
        yield
    except sqlite3.Error as error:
        reason = f"temporary files for detecting repeated rows cannot be used: {error}"
        raise UnusableFile(Path(gettempdir()), reason) from error


@contextmanager
def _temporary(connection: "sqlite3.Connection") -> Iterator["sqlite3.Connection"]:
    try:
        connection.isolation_level = None
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute(
            "CREATE TABLE seen (key BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID"
        )
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()
