"""An open SQLite file, with checks that it is still the file at its path."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from allocation.messaging.errors import StoreLost

OWNER_ONLY: Final = 0o600
"""The mode of a new file, which contains customers' orders. SQLite gives the write-ahead log and
its index the same mode."""

_READ: Final = "SELECT count(*) FROM sqlite_master"

Connect = Callable[[str], Any]
"""Opens a connection for a URI, without running a statement."""

Configure = Callable[[Any], None]
"""Applies a connection's settings, including WAL mode."""


class Identity(NamedTuple):
    """Identifies a file independently of its name."""

    device: int
    inode: int


class DatabaseFile:
    """The file of a SQLite database, and its write-ahead log.

    SQLite keeps files open by descriptor, not by name. If one of them is removed, moved or
    replaced, SQLite continues to write to a file that no path leads to; and a new connection
    would apply the log of the old file to the new one, which destroys it (ADR 21).

    One connection stays open until `close`: SQLite removes the log with the last connection, so
    a missing log has been removed by another program.
    """

    def __init__(self, path: str, connect: Connect, configure: Configure, *, create: bool) -> None:
        self._path = str(Path(path).absolute())
        self._main = os.path.realpath(path)  # SQLite follows links once, when it opens the file
        self._connect = connect
        self._configure = configure
        self._create = create
        self._opening = Lock()
        self._first_connection: Any = None
        self._identities: dict[str, Identity | None] = {}
        self._written: tuple[tuple[str, Identity | None], ...] = ()  # the file and its log

    def connect(self) -> Any:
        """Open a new connection to the same file.

        Raises:
            StoreLost: another file is at its path.
        """
        with self._opening:
            if self._first_connection is None:
                self._first_connection = self._connect_first()
        self.check()
        return self._connect_again()

    def check(self, *, index: bool = False) -> None:
        """Check that the open file and log, and with `index` the log's index, are at their paths.

        Raises:
            StoreLost: one is not; recent writes are in a file that no path leads to.
        """
        for path, identity in self._identities.items() if index else self._written:
            try:
                status = os.stat(path)  # noqa: PTH116 - at every commit, and twice as fast
            except OSError:
                status = None
            if (status and (status.st_dev, status.st_ino)) != identity:
                raise StoreLost(_loss_message(path))

    def close(self) -> None:
        """Close the first connection, after all others have been closed.

        If the file was moved, a checkpoint empties its log first: SQLite would leave the log
        beside the file now at the path, and apply it to that one.
        """
        connection, self._first_connection = self._first_connection, None
        if connection is None:
            return
        with suppress(Exception):
            if _identity(self._path) != self._identities[self._path]:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def _connect_first(self) -> Any:
        if self._create:
            # SQLite itself would create the file readable by everybody.
            with suppress(OSError):  # SQLite reports the error better
                os.close(os.open(self._main, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))
        self._identities = {self._path: _identity(self._path)}
        connection = self._connect_again()
        try:
            connection.execute(_READ).fetchall()  # opens the log
            beside = (f"{self._main}-wal", f"{self._main}-shm")
            identities = {path: _identity(path) for path in beside}
            self.check(index=True)  # the log may be that of a file that has replaced ours
        except BaseException:
            connection.close()
            raise
        self._identities |= identities
        self._written = tuple(self._identities.items())[:2]
        return connection

    def _connect_again(self) -> Any:
        connection = self._connect(f"file:{quote(os.fsencode(self._main))}?mode=rw")
        try:
            self.check(index=True)  # before the first statement, which applies the log
            self._configure(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _loss_message(path: str) -> str:
    event = "is gone" if _identity(path) is None else "has been replaced by another file"
    return (
        f"{path} {event} since it was opened, so nothing more is written. Put the right file in "
        "its place (`allocation restore` restores a backup), and start again"
    )


def _identity(path: str) -> Identity | None:
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return Identity(status.st_dev, status.st_ino)
