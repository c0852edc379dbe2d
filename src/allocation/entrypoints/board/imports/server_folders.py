"""The temporary folders of servers: each is locked by its server, and removed with or after it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Final

PREFIX: Final = "allocation-import-"


@contextmanager
def server_folder() -> Iterator[Path]:
    """A new folder for the files of this server; no other one removes it while this one lives."""
    folder, lock = _locked_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_abandoned_folders() -> None:
    """Remove the folders of servers that were killed: those that nobody has locked."""
    with suppress(OSError):
        for folder in Path(gettempdir()).glob(f"{PREFIX}*"):
            _remove_abandoned(folder)


def _locked_folder() -> tuple[Path, int]:
    while True:
        folder = Path(mkdtemp(prefix=PREFIX))
        # Another server may take it for an abandoned one until it is locked.
        with suppress(FileNotFoundError):
            lock = _opened(folder)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return folder, lock
            os.close(lock)


def _remove_abandoned(folder: Path) -> None:
    with suppress(OSError):  # such as that it belongs to another user
        lock = _opened(folder)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
