"""A file for the messages that leave the log."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from allocation.entrypoints.cli.files import using

OWNER_ONLY: Final = 0o600
"""The mode of a new file: it holds what customers have ordered."""

_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT


class Archive:
    """Adds messages to the end of a file, a line of JSON each, and sees them to the disk.

    A message may be there twice when it could not leave the log after all; its `seq` tells.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file

    @classmethod
    @contextmanager
    def at(cls, path: Path | None) -> Iterator["Archive | None"]:
        """The archive at this path, if there is to be one.

        Raises:
            UnusableFile: it cannot be written.
        """
        if path is None:
            yield None
            return
        with using(path):
            file = os.fdopen(os.open(path, _APPEND, OWNER_ONLY), "ab")
        try:
            yield cls(path, file)
        finally:
            with using(path):
                file.close()

    def __call__(self, rows: Sequence[Any]) -> None:
        """Keep these rows of the log.

        Raises:
            UnusableFile: it cannot be written.
        """
        lines = msgspec.json.Encoder().encode_lines([row._asdict() for row in rows])
        with using(self._path):
            self._file.write(lines)
            self._file.flush()
            os.fsync(self._file.fileno())
