"""The SQLite file that a process has open, and whether it is still the one at its path."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from allocation.messaging.errors import StoreLost

OWNER_ONLY: Final = 0o600
"""The mode of a new file: it holds what customers have ordered. SQLite makes the write-ahead log
and its index with the mode of the file."""

_READ: Final = "SELECT count(*) FROM sqlite_master"

Connect = Callable[[str], Any]
"""Opens a connection for a URI, and runs no statement on it."""

Configure = Callable[[Any], None]
"""Makes a connection's settings; the file is in WAL mode afterwards."""


class Identity(NamedTuple):
    """What a path leads to, whatever its name."""

    device: int
    inode: int


class DatabaseFile:
    """The file of a SQLite database, and its write-ahead log.

    SQLite holds open files, not names. When somebody removes, moves or replaces one of them, it
    goes on in a file that nobody finds again; and a connection that is opened then joins the log of
    the old file to the new one, which destroys it (ADR 21).

    One connection is kept open as long as this is: SQLite removes the log when the last connection
    is closed, so that a log that is gone has been taken away by somebody else.
    """

    def __init__(self, path: str, connect: Connect, configure: Configure, *, create: bool) -> None:
        self._path = str(Path(path).absolute())
        self._main = os.path.realpath(path)  # SQLite follows links once, when it opens the file
        self._connect = connect
        self._configure = configure
        self._create = create
        self._opening = Lock()
        self._kept: Any = None
        self._identities: dict[str, Identity | None] = {}
        self._written: tuple[tuple[str, Identity | None], ...] = ()  # the file and its log

    def connect(self) -> Any:
        """A new connection to the file that was opened first.

        Raises:
            StoreLost: another file is at its path.
        """
        with self._opening:
            if self._kept is None:
                self._kept = self._connect_first()
        self.check()
        return self._connect_again()

    def check(self, *, index: bool = False) -> None:
        """See whether the path still leads to what is open; with `index`, also of the log's index.

        Raises:
            StoreLost: it does not; what was written meanwhile is in no file that can be found.
        """
        for path, known in self._identities.items() if index else self._written:
            try:
                found = os.stat(path)  # noqa: PTH116 - once a commit, and in half the time
            except OSError:
                found = None
            if (found and (found.st_dev, found.st_ino)) != known:
                raise StoreLost(_told(path))

    def close(self) -> None:
        """Close the connection that was kept; the other ones have to be closed before.

        Where the file was moved away, its log is moved into it before, and is empty then. SQLite
        would leave the log beside the file that has taken its place, and join it to that one.
        """
        connection, self._kept = self._kept, None
        if connection is None:
            return
        with suppress(Exception):
            if _identity(self._path) != self._identities[self._path]:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def _connect_first(self) -> Any:
        if self._create:
            # Made here, SQLite finds it there: it would let anybody read it.
            with suppress(OSError):  # of which SQLite tells more
                os.close(os.open(self._main, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))
        self._identities = {self._path: _identity(self._path)}
        connection = self._connect_again()
        try:
            connection.execute(_READ).fetchall()  # from now on it holds the log
            beside = (f"{self._main}-wal", f"{self._main}-shm")
            identities = {path: _identity(path) for path in beside}
            self.check(index=True)  # else it may hold the log of the file that has taken its place
        except BaseException:
            connection.close()
            raise
        self._identities |= identities
        self._written = tuple(self._identities.items())[:2]
        return connection

    def _connect_again(self) -> Any:
        connection = self._connect(f"file:{quote(os.fsencode(self._main))}?mode=rw")
        try:
            self.check(index=True)  # before the first statement, which joins the log to the file
            self._configure(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _told(path: str) -> str:
    what = "is gone" if _identity(path) is None else "has been replaced by another file"
    return (
        f"{path} {what} since it was opened, so nothing more is written. Put the right file in its "
        "place (`allocation restore` does so from a backup), and start again"
    )


def _identity(path: str) -> Identity | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return Identity(found.st_dev, found.st_ino)
