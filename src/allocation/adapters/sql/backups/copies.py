"""Whole, verified copies of a SQLite database, also of one that is in use."""

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
from allocation.messaging.copy_errors import DamagedDatabase, SqliteOnly, UnusableCopy
from allocation.messaging.errors import SchemaError, StoreUnavailable

PAGES: Final = 2_048
"""Pages that are copied between two reports of progress: 8 MB."""

Progress = Callable[[int, int], None]
"""Told how many pages have been copied, and how many there are."""

connect: Final = partial(
    SQLITE.dbapi.connect, uri=True, isolation_level=None, check_same_thread=False
)


def path_of(url: str, *, create: bool) -> Path:
    """The file of a SQLite database; with `create`, it need not be there.

    Raises:
        SqliteOnly: it is PostgreSQL's.
        UnsupportedDatabase: it is neither SQLite's nor PostgreSQL's.
        NotADatabase: the file holds something else.
        NoSuchDatabase: there is no such file, or no folder for it.
    """
    parsed = urls.parse(url)
    if parsed.drivername != urls.SQLITE:
        raise SqliteOnly()
    urls.check_file(parsed, create=create)
    return Path(os.path.realpath(parsed.database or ""))


@contextmanager
def verified_copy(source: Path, folder: Path, progress: Progress) -> Iterator[tuple[Path, str]]:
    """A copy in this folder that is on disk, and its revision; it is gone afterwards.

    It has one state of the source throughout, whoever writes there meanwhile, and keeps no writer
    waiting. To keep it, give it another name.

    Raises:
        DamagedDatabase: the contents of the source do not fit together.
        SchemaError: the source is no database of this program, or newer than it.
        StoreUnavailable: the source cannot be read, or the copy not be written.
    """
    with using(folder):
        number, name = tempfile.mkstemp(prefix=f".{source.name}.", suffix=".part", dir=folder)
    os.close(number)  # mode 0600: it holds what customers have ordered
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


@contextmanager
def using(path: Path) -> Iterator[None]:
    """Files are made and moved here, for this one.

    Raises:
        UnusableCopy: the system does not let them.
    """
    try:
        yield
    except OSError as error:
        raise UnusableCopy(error.filename or path, error.strerror or str(error)) from error


def sync(path: Path) -> None:
    """See a file to the disk, or the names in a folder.

    No connection to the file may be open in this process: that would lose its locks.
    """
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def uri(path: Path, options: str) -> str:
    """A file's URI, as SQLite takes it."""
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
        # In one transaction: else each report of progress would be of another state.
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchall()
        writer.execute("PRAGMA synchronous = OFF")  # it is seen to the disk when it is whole

        def tell(_status: int, remaining: int, total: int) -> None:
            progress(total - remaining, total)

        reader.backup(writer, pages=PAGES, progress=tell)


def _verify(path: Path, source: Path) -> str:
    from allocation.adapters.sql import revisions  # noqa: PLC0415 - seldom needed, and slow

    with closing(connect(uri(path, "mode=ro&immutable=1"))) as connection:
        try:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
        except SQLITE.dbapi.DatabaseError as error:
            raise DamagedDatabase(source, error) from error
        if found != ["ok"]:
            raise DamagedDatabase(source, found[0])
        revision = _revision(connection)
    if revision is None:
        raise SchemaError(f"{source} holds no tables of this program.")
    if revision not in revisions.known():
        raise SchemaError(
            f"{source} is at revision {revision}, of which this program does not know, which is at "
            f"{HEAD}: run the newer version."
        )
    return revision


def _revision(connection: Any) -> str | None:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except SQLITE.dbapi.OperationalError:
        return None
    return None if row is None else str(row[0])
