"""Where an export goes: a new file, which has its name only when it is complete, or a pipe."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from allocation.entrypoints.cli.raw_output import write_raw
from allocation.entrypoints.files import UnusableFile, using

STANDARD_OUTPUT: Final = Path("-")
_COPIED_AT_ONCE: Final = 2**20
_SQLITE: Final = b"SQLite format 3\0"
"""The first bytes of a SQLite database, such as the one that is exported."""


@contextmanager
def target(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Open a temporary file; when the context ends without an error, its content is at the path.

    Raises:
        UnusableFile: the file exists already, unless `force`; or it cannot be written.
        Exit: the reader of standard output has gone.
    """
    opened = _standard_output() if path == STANDARD_OUTPUT else new_file(path, force=force)
    with opened as file:
        yield file


@contextmanager
def new_file(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Open a temporary file beside the path, readable by its owner only, and rename it at the end.

    It is synced to disk before it gets its name, and removed after an error.

    Raises:
        UnusableFile: the file exists already, unless `force`; or it cannot be written.
    """
    _check(path, force=force)
    with using(path):
        prefix = f".{path.name[:50]}."  # the longest name of a file has 255 bytes
        number, name = tempfile.mkstemp(prefix=prefix, suffix=".part", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(number, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _check(path, force=force)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _check(path: Path, *, force: bool) -> None:
    if not path.parent.is_dir():
        raise UnusableFile(path, "its directory does not exist")
    if not os.path.lexists(path):
        return
    with using(path):
        is_file = stat.S_ISREG(path.lstat().st_mode)
    if not is_file:
        raise UnusableFile(path, "it is not a regular file, and is left unchanged")
    if not force:
        raise UnusableFile(path, "the file exists already; --force replaces it")
    with using(path), path.open("rb") as file:
        is_database = file.read(len(_SQLITE)) == _SQLITE
    if is_database:
        raise UnusableFile(path, "it is a SQLite database, and is left unchanged")


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    """Collect what is written in an unnamed file, and copy it to standard output at the end.

    A read-only query may run twice, and its first result must not have been printed then.

    Raises:
        UnusableFile: standard output is closed, or cannot be written.
        Exit: its reader, such as `head`, has what it wants.
    """
    name = Path("standard output")
    if sys.stdout is None:
        raise UnusableFile(name, "it is closed")
    with using(name), tempfile.TemporaryFile() as file:
        yield file
        file.seek(0)
        while chunk := file.read(_COPIED_AT_ONCE):
            write_raw(chunk)
