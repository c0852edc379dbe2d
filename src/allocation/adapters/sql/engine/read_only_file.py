"""A SQLite file opened for reading: nothing is created or changed, and no writer waits."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from allocation.messaging.errors import StoreUnavailable

TIMEOUT: Final = 1_000
"""Milliseconds for which a reader waits for a recovery of the log, or for a restore; it never
waits for a writer."""

Connect = Callable[[str], Any]
"""Opens a connection for a URI, without running a statement."""


class ReadOnlyFile:
    """The file of a SQLite database, opened for reading.

    In WAL mode, SQLite creates the log and its index even for a reader, and leaves them behind.
    With `at_rest`, a file that no process has open is therefore opened as `immutable`, which
    takes no locks. The caller must check `has_changed` afterwards and, if so, read again without
    `at_rest`.
    """

    def __init__(self, path: str, connect: Connect, *, at_rest: bool) -> None:
        self._path = os.path.realpath(path)
        self._connect = connect
        fingerprint = self._fingerprint()
        self._at_rest = fingerprint if at_rest and self._is_at_rest() else None

    @property
    def has_changed(self) -> bool:
        """Whether a file opened as immutable has changed since."""
        return self._at_rest is not None and self._at_rest != self._fingerprint()

    def connect(self) -> Any:
        """Open a connection.

        Raises:
            StoreUnavailable: the log needs an index, which cannot be created.
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
        """Do nothing: the caller checks `has_changed` afterwards."""

    def close(self) -> None:
        """Do nothing: only the connections need closing."""

    def _is_at_rest(self) -> bool:
        """Whether no process has the file open: an open database has a log and an index."""
        log, index, journal = (_size(self._path + end) for end in ("-wal", "-shm", "-journal"))
        return not journal and (log is None or (log == 0 and index is None))

    def _fingerprint(self) -> tuple[object, ...]:
        try:
            status = Path(self._path).stat()
        except OSError:
            return ()
        log = _size(f"{self._path}-wal")
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, log

    def _log_needs_index(self) -> StoreUnavailable:
        log = f"{Path(self._path).name}-wal"
        return StoreUnavailable(
            f"{log} holds changes that are not in the file yet. To read them, SQLite must create "
            "a file beside it, which it cannot: copy both to a writable directory",
            self._path,
        )


def _size(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except OSError:
        return None
