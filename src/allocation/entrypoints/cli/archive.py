"""The archive file for messages pruned from the log."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from allocation.entrypoints.files import using

OWNER_ONLY: Final = 0o600
"""The mode of a new archive, which contains customers' orders."""

_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT


class Archive:
    """Appends messages to a file, one JSON object per line, and syncs it to disk.

    A message may appear twice if pruning it failed after it was archived; duplicates have the
    same `seq`.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file

    @classmethod
    @contextmanager
    def at(cls, path: Path | None) -> Iterator["Archive | None"]:
        """Open the archive at a path; None without a path.

        Raises:
            UnusableFile: the file cannot be written.
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
        """Archive rows of the log.

        Raises:
            UnusableFile: the file cannot be written.
        """
        encoded = msgspec.json.Encoder().encode_lines([row._asdict() for row in rows])
        with using(self._path):
            self._file.write(encoded)
            self._file.flush()
            os.fsync(self._file.fileno())
