"""Writes a state file."""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import IO, Final

import msgspec

from allocation.adapters.sql.state_files.columns import Row, encode
from allocation.adapters.sql.state_files.file_format import (
    NAME,
    VERSION,
    Footer,
    Header,
    TableHeader,
)

_LEVEL: Final = 4
"""The level of compression: higher ones take much longer, for files that are hardly smaller."""


class StateWriter:
    """Writes tables to a state file.

    Raises:
        OSError: from its methods, if the file cannot be written.
    """

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file
        self._digest = sha256()
        self._counts: dict[str, int] = {}
        self._table = ""

    @classmethod
    @contextmanager
    def begun(cls, file: IO[bytes], revision: str) -> Iterator["StateWriter"]:
        """Write the header to a file, and the footer when the context ends without an error."""
        with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as compressed:
            writer = cls(compressed)
            writer._write(_line(Header(NAME, VERSION, revision)))
            yield writer
            writer._write(_line(Footer(writer._counts, writer._digest.hexdigest())))

    def begin_table(self, name: str, columns: tuple[str, ...]) -> None:
        """Begin a table, to which the rows that follow belong."""
        self._table, self._counts[name] = name, 0
        self._write(_line(TableHeader(name, columns)))

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows of the current table."""
        self._counts[self._table] += len(rows)
        self._write(encode(rows))

    def _write(self, lines: bytes) -> None:
        self._digest.update(lines)
        self._file.write(lines)


def _line(value: msgspec.Struct) -> bytes:
    return msgspec.json.encode(value) + b"\n"
