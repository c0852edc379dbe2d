"""A file that is not read any further once the work on it is to stop."""

from collections.abc import Callable
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any

Check = Callable[[], None]
"""Raises `CancelledError` (of `concurrent.futures`) if the work on a file is to stop."""


def stoppable_file(path: Path, check: Check) -> BufferedReader:
    """Open a file for reading; each look at the disk is checked before."""
    return BufferedReader(_CheckedFile(path, check))


class _CheckedFile(FileIO):
    def __init__(self, path: Path, check: Check) -> None:
        super().__init__(path)
        self._check = check

    def readinto(self, buffer: Any) -> int | None:
        self._check()
        return super().readinto(buffer)

    def readall(self) -> bytes:
        self._check()
        return super().readall()
