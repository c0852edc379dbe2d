"""The file of an import, opened; what comes through a pipe is copied first."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Final

from rich.progress import DownloadColumn, TextColumn, TransferSpeedColumn

from allocation.entrypoints.cli.console import progress
from allocation.entrypoints.files import UnusableFile, using

STANDARD_INPUT: Final = Path("-")
_NAME: Final = Path("standard-input")
_DEVICES: Final = ("/dev/stdin", "/dev/fd/", "/proc/")
_COPIED_AT_ONCE: Final = 2**20


@contextmanager
def source_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, from any position.

    Standard input (`-`) and pipes are copied to an unnamed temporary file: the whole is read before
    the first row is imported.

    Raises:
        UnusableFile: it cannot be read, or copied.
    """
    if path == STANDARD_INPUT:
        if sys.stdin is None:
            raise UnusableFile(shown_path(path), "it is closed")
        with _copy_of(sys.stdin.buffer, path) as copy:
            yield copy
        return
    with using(path):
        file = path.open("rb")
    with file:
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISCHR(mode) and not file.isatty():
            raise UnusableFile(path, "it is a device, which may never end")
        if stat.S_ISREG(mode):
            yield file
        else:
            with _copy_of(file, path) as copy:
                yield copy


def shown_path(path: Path) -> Path:
    """The name of the file in messages."""
    return Path("standard input") if path == STANDARD_INPUT else path


def path_beside(path: Path) -> Path:
    """A path for files that belong to it: of its name, or in the working directory for a pipe.

    A name in /dev is no place for files, also if a shell has put a regular file there.
    """
    is_device = str(path.absolute()).startswith(_DEVICES)
    if path == STANDARD_INPUT or is_device or (path.exists() and not path.is_file()):
        return _NAME
    return path


@contextmanager
def _copy_of(file: BinaryIO, path: Path) -> Iterator[BinaryIO]:
    with ExitStack() as stack:
        with using(path):
            copy = stack.enter_context(TemporaryFile())
            _copy(file, copy)
        yield copy


def _copy(file: BinaryIO, copy: IO[bytes]) -> None:
    columns = TextColumn("reading"), DownloadColumn(), TransferSpeedColumn()
    with progress(*columns) as bar:
        task = bar.add_task("", total=None)
        while chunk := file.read(_COPIED_AT_ONCE):
            copy.write(chunk)
            bar.update(task, advance=len(chunk))
    copy.flush()
