"""Replaces a SQLite database that no process has open with a backup."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Final, NamedTuple

from allocation.adapters.sql.backups.copies import (
    Progress,
    connect,
    path_of,
    sync,
    uri,
    using,
    verified_copy,
)
from allocation.adapters.sql.engine.sqlite_library import SQLITE
from allocation.messaging.database_errors import DatabaseInUse, UnusableCopy
from allocation.messaging.errors import StoreUnavailable

TIMEOUT: Final = 1_000
"""Milliseconds to wait for other processes to close the database."""

_SHARED_LOCK: Final = (510, 0x40000000 + 2)
"""The byte range that a process locks while it has a SQLite database open: length and offset."""


class Restored(NamedTuple):
    """The result of a restore: the tables' revision, and the path of the previous database."""

    revision: str
    previous: Path | None


def restore(url: str, source: Path, progress: Progress) -> Restored:
    """Replace the database with a verified copy of a backup; keep the old one beside it.

    The restored log has an identity of its own: it goes on with numbers that the old one may have
    given to other messages, so that a reader's place in the old one is none in the new.

    If the process is killed, either the old or the new database is in place, complete.

    Raises:
        DatabaseInUse: another process has the database open.
        UnusableCopy: the backup does not exist, or is the database itself.
        NoSuchDatabase: the directory of the database does not exist.
        SqliteOnly: the database is PostgreSQL's.
        DamagedDatabase: the backup fails the integrity check.
        SchemaError: the backup is not of this program's database, or newer than the program.
        StoreUnavailable: the backup cannot be read, or the database cannot be written.
    """
    target = path_of(url, create=True)
    if not source.is_file():
        raise UnusableCopy(source, "the file does not exist")
    if target.exists() and target.samefile(source):
        raise UnusableCopy(source, "this is the database itself, not a backup of it")
    with _exclusive(target):  # fail before the long copy, not after it
        pass
    with (
        verified_copy(source, target.parent, progress) as (copy, revision),
        using(target),
        _exclusive(target),
    ):
        _give_identity(copy)
        previous = _free_name_beside(target)
        if target.exists():
            _copy_mode(target, copy)
            os.link(target, previous)
        _remove_journals(target, previous)
        copy.replace(target)
        sync(target.parent)
    return Restored(revision, previous if previous.exists() else None)


def _give_identity(copy: Path) -> None:
    """Give the log in a copy a new identity; one without an identity gets it when it is migrated.

    Raises:
        StoreUnavailable: the copy cannot be written.
    """
    try:
        with closing(connect(uri(copy, "mode=rw"))) as connection:
            tables = "SELECT 1 FROM sqlite_master WHERE name = 'log_state'"
            if connection.execute(tables).fetchone():
                connection.execute("UPDATE log_state SET identity = ?", (token_hex(8),))
    except SQLITE.dbapi.Error as error:
        raise StoreUnavailable(str(error), str(copy)) from error
    sync(copy)


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Lock the database exclusively, after a checkpoint of its write-ahead log."""
    if not path.exists():
        yield
        return
    with closing(connect(uri(path, "mode=rw"), timeout=TIMEOUT / 1000)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except SQLITE.dbapi.DatabaseError as error:
            if "locked" in str(error):
                raise DatabaseInUse(path) from error
        else:
            yield
            return
    with _exclusive_damaged(path):
        yield


@contextmanager
def _exclusive_damaged(path: Path) -> Iterator[None]:
    """Lock a file exclusively that is too damaged for SQLite to lock it."""
    number = os.open(path, os.O_RDWR)
    try:
        fcntl.lockf(number, fcntl.LOCK_EX | fcntl.LOCK_NB, *_SHARED_LOCK)
        yield
    except BlockingIOError as error:
        raise DatabaseInUse(path) from error
    finally:
        os.close(number)


def _remove_journals(target: Path, previous: Path) -> None:
    """Remove the journal files, which SQLite would apply to the new file.

    A log that is not empty belongs to a damaged or missing file, and is kept with it.
    """
    log = target.with_name(f"{target.name}-wal")
    if log.exists() and log.stat().st_size:
        log.rename(previous.with_name(f"{previous.name}-wal"))
    for end in ("-wal", "-shm", "-journal"):
        target.with_name(target.name + end).unlink(missing_ok=True)


def _copy_mode(source: Path, copy: Path) -> None:
    """Give the copy the mode and, if permitted, the owner of the source."""
    status = source.stat()
    copy.chmod(status.st_mode & 0o777)
    with suppress(OSError):  # only root may change the owner
        os.chown(copy, status.st_uid, status.st_gid)


def _free_name_beside(target: Path) -> Path:
    now = datetime.now(UTC)
    return target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%S.%f}")
