"""A backup put in the place of a SQLite database that nobody has open."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
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
from allocation.messaging.copy_errors import DatabaseInUse, UnusableCopy

TIMEOUT: Final = 1_000
"""Milliseconds for which others may take to close the database."""

_SHARED_LOCK: Final = (510, 0x40000000 + 2)
"""The bytes that everybody has locked who has a SQLite database open: how many, and where."""


class Restored(NamedTuple):
    """What a restore has done: the tables' revision, and where the former database is now."""

    revision: str
    kept: Path | None


def restore(url: str, source: Path, progress: Progress) -> Restored:
    """Put a verified copy of a backup in the place of the database, which is kept beside it.

    Whenever the process is killed, either of the two is there, whole.

    Raises:
        DatabaseInUse: somebody has the database open.
        UnusableCopy: there is no such backup, or it is the database itself.
        NoSuchDatabase: there is no folder for the database.
        SqliteOnly: the database is no file.
        DamagedDatabase: the contents of the backup do not fit together.
        SchemaError: it is no database of this program, or newer than it.
        StoreUnavailable: the backup cannot be read, or the database not be written.
    """
    target = path_of(url, create=True)
    if not source.is_file():
        raise UnusableCopy(source, "there is no such file")
    if target.exists() and target.samefile(source):
        raise UnusableCopy(source, "is the database itself, and no backup of it")
    with _alone_with(target):  # before a long copy is made in vain
        pass
    with (
        verified_copy(source, target.parent, progress) as (copy, revision),
        using(target),
        _alone_with(target),
    ):
        kept = _free_name_beside(target)
        if target.exists():
            _take_over_mode(target, copy)
            os.link(target, kept)
        _clear_away(target, kept)
        copy.replace(target)
        sync(target.parent)
    return Restored(revision, kept if kept.exists() else None)


@contextmanager
def _alone_with(path: Path) -> Iterator[None]:
    """Let nobody open the database; what is in its log is in the file, if it is not damaged."""
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
    with _alone_with_damaged(path):
        yield


@contextmanager
def _alone_with_damaged(path: Path) -> Iterator[None]:
    """The same for a file of which SQLite can make nothing, not even to lock it."""
    number = os.open(path, os.O_RDWR)
    try:
        fcntl.lockf(number, fcntl.LOCK_EX | fcntl.LOCK_NB, *_SHARED_LOCK)
        yield
    except BlockingIOError as error:
        raise DatabaseInUse(path) from error
    finally:
        os.close(number)


def _clear_away(target: Path, kept: Path) -> None:
    """Leave nothing that SQLite would join to the new file.

    A log that has something in it is that of a damaged file, or of one that is gone.
    """
    log = target.with_name(f"{target.name}-wal")
    if log.exists() and log.stat().st_size:
        log.rename(kept.with_name(f"{kept.name}-wal"))
    for end in ("-wal", "-shm", "-journal"):
        target.with_name(target.name + end).unlink(missing_ok=True)


def _take_over_mode(former: Path, copy: Path) -> None:
    """Whoever could read and write the database can do so again."""
    found = former.stat()
    copy.chmod(found.st_mode & 0o777)
    with suppress(OSError):  # only root may give a file away
        os.chown(copy, found.st_uid, found.st_gid)


def _free_name_beside(target: Path) -> Path:
    now = datetime.now(UTC)
    return target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%S.%f}")
