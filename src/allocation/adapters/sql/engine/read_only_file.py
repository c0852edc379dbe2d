"""A SQLite file that is only read: nothing is made or changed, and nobody is kept waiting."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from allocation.messaging.errors import StoreUnavailable

TIMEOUT: Final = 1_000
"""Milliseconds for which a reader waits where SQLite has to put the log in order, or a restore
is under way; it waits for no writer."""

Connect = Callable[[str], Any]
"""Opens a connection for a URI, and runs no statement on it."""


class ReadOnlyFile:
    """The file of a SQLite database, opened to read it.

    Of a database in WAL mode SQLite wants to make the files beside it, also for a reader, and
    leaves them there. With `at_rest`, one that nobody has open is therefore read as a file that
    does not change (`immutable`), which takes no locks; whether it did change after all has to be
    asked afterwards, and then it is to be read again, otherwise.
    """

    def __init__(self, path: str, connect: Connect, *, at_rest: bool) -> None:
        self._path = os.path.realpath(path)
        self._connect = connect
        found = self._state()
        self._at_rest = found if at_rest and self._is_at_rest() else None

    @property
    def has_changed(self) -> bool:
        """Whether it was read as one that does not change, and has changed since."""
        return self._at_rest is not None and self._at_rest != self._state()

    def connect(self) -> Any:
        """A new connection.

        Raises:
            StoreUnavailable: the log cannot be read without a file that cannot be made.
        """
        options = "mode=ro" if self._at_rest is None else "mode=ro&immutable=1"
        connection = self._connect(f"file:{quote(os.fsencode(self._path))}?{options}")
        connection.isolation_level = None
        try:
            connection.execute(f"PRAGMA busy_timeout = {TIMEOUT}")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        except Exception as error:
            connection.close()
            if "unable to open" in str(error) and _size(f"{self._path}-wal"):
                raise self._log_needs_index() from error
            raise
        return connection

    def check(self, *, index: bool = False) -> None:
        """A reader holds what it has read for true until it asks whether it has changed."""

    def close(self) -> None:
        """There is nothing to be closed but the connections."""

    def _is_at_rest(self) -> bool:
        """Whether nobody has it open: whoever has makes a log, and its index."""
        log, index, journal = (_size(self._path + end) for end in ("-wal", "-shm", "-journal"))
        return not journal and (log is None or (log == 0 and index is None))

    def _state(self) -> tuple[object, ...]:
        try:
            found = Path(self._path).stat()
        except OSError:
            return ()
        log = _size(f"{self._path}-wal")
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, log

    def _log_needs_index(self) -> StoreUnavailable:
        log = f"{Path(self._path).name}-wal"
        return StoreUnavailable(
            f"{log} holds changes that are not in the file yet, and no file can be made beside it, "
            "which SQLite needs to read them: copy both to a folder that can be written",
            self._path,
        )


def _size(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except OSError:
        return None
