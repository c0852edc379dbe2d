"""Verified copies of a SQLite database, which may be in use."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from allocation.adapters.sql.engine import urls
from allocation.adapters.sql.engine.read_only_file import ReadOnlyFile
from allocation.adapters.sql.engine.sqlite_library import SQLITE
from allocation.adapters.sql.migrate import HEAD
from allocation.files import os_errors_as
from allocation.messaging.database_errors import (
    DamagedDatabase,
    SchemaError,
    SqliteOnly,
    UnusableCopy,
)
from allocation.messaging.errors import StoreUnavailable

PAGES: Final = 2_048
"""Pages copied between two reports of progress: 8 MB."""

_USE_PG_DUMP: Final = (
    "`allocation backup` and `allocation restore` work on SQLite files only; for PostgreSQL use "
    "pg_dump and pg_restore, see docs/operations.md"
)

Progress = Callable[[int, int], None]
"""Called with the number of copied pages and the number of all pages."""

using: Final = partial(os_errors_as, UnusableCopy)
"""Raises any OSError as an `UnusableCopy` of a file."""

connect: Final = partial(
    SQLITE.dbapi.connect, uri=True, isolation_level=None, check_same_thread=False
)


def path_of(url: str, *, create: bool) -> Path:
    """The path of a SQLite database; with `create`, the file need not exist.

    Raises:
        SqliteOnly: the URL is PostgreSQL's.
        UnsupportedDatabase: the URL is neither SQLite's nor PostgreSQL's.
        NotADatabase: the file is not a SQLite database.
        NoSuchDatabase: the file or its directory does not exist.
    """
    parsed = urls.parse(url)
    if parsed.drivername != urls.SQLITE:
        raise SqliteOnly(_USE_PG_DUMP)
    urls.check_file(parsed, create=create)
    return Path(os.path.realpath(parsed.database or ""))


@contextmanager
def verified_copy(source: Path, folder: Path, progress: Progress) -> Iterator[tuple[Path, str]]:
    """Make a temporary copy in a directory, synced to disk; yield its path and revision.

    The copy is a consistent snapshot, even if the source is written meanwhile, and blocks no
    writer. It is removed afterwards unless the caller has renamed it.

    Raises:
        DamagedDatabase: the source fails the integrity check.
        SchemaError: the source is not a database of this program, or newer than it.
        StoreUnavailable: the source cannot be read, or the copy cannot be written.
    """
    with using(folder):
        number, name = tempfile.mkstemp(prefix=f".{source.name}.", suffix=".part", dir=folder)
    os.close(number)  # mode 0600: the copy contains customers' orders
    target = Path(name)
    try:
        try:
            _copy(source, target, progress)
        except SQLITE.dbapi.Error as error:
            raise StoreUnavailable(str(error), str(source)) from error
        revision = _verify(target, source)
        sync(target)
        yield target, revision
    finally:
        target.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Sync a file, or the entries of a directory, to disk.

    No connection to the file may be open in this process: closing the descriptor would release
    its locks.
    """
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def uri(path: Path, options: str) -> str:
    """The SQLite URI of a file."""
    return f"file:{quote(os.fsencode(path))}?{options}"


def _copy(source: Path, target: Path, progress: Progress) -> None:
    for at_rest in (True, False):
        file = ReadOnlyFile(str(source), connect, at_rest=at_rest)
        try:
            _copy_from(file, target, progress)
        except SQLITE.dbapi.DatabaseError:
            if not file.has_changed:
                raise
        else:
            if not file.has_changed:
                return


def _copy_from(file: ReadOnlyFile, target: Path, progress: Progress) -> None:
    with closing(file.connect()) as reader, closing(connect(uri(target, "mode=rw"))) as writer:
        # One transaction: otherwise the copy would restart whenever the source is written.
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchall()
        writer.execute("PRAGMA synchronous = OFF")  # the complete copy is synced instead

        def report(_status: int, remaining: int, total: int) -> None:
            progress(total - remaining, total)

        reader.backup(writer, pages=PAGES, progress=report)


def _verify(path: Path, source: Path) -> str:
    from allocation.adapters.sql import revisions  # noqa: PLC0415 - slow, and rarely needed

    with closing(connect(uri(path, "mode=ro&immutable=1"))) as connection:
        try:
            report = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
        except SQLITE.dbapi.DatabaseError as error:
            raise DamagedDatabase(source, error) from error
        if report != ["ok"]:
            raise DamagedDatabase(source, report[0])
        revision = _revision(connection)
    if revision is None:
        raise SchemaError(f"{source} has no tables of this program.")
    if revision not in revisions.all_revisions():
        raise SchemaError(
            f"{source} is at revision {revision}, which is unknown to this program, at revision "
            f"{HEAD}: run the newer version."
        )
    return revision


def _revision(connection: Any) -> str | None:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except SQLITE.dbapi.OperationalError:
        return None
    return None if row is None else str(row[0])
