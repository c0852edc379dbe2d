"""Reads and checks a state file."""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import msgspec

from allocation.adapters.sql.state_files.file_format import (
    NAME,
    VERSION,
    Footer,
    Header,
    TableHeader,
)
from allocation.files import os_errors_as
from allocation.messaging.database_errors import UnusableState

T = TypeVar("T", bound=msgspec.Struct)

PORTION: Final = 2_000
"""The maximum number of rows that are read at once."""

BYTES: Final = 4_000_000
"""The approximate maximum size of a portion in bytes."""

LONGEST_LINE: Final = 1 << 28

_UNDECODABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""The errors of decoding a line; the last one is that of values nested too deeply."""

_NOT_OURS: Final = "this is not a file of `allocation export all`"
_DAMAGED: Final = "the file is damaged or incomplete"


class StateReader:
    """Reads the tables of a state file in their order; `finish` checks that the file was complete.

    Raises:
        UnusableState: from its methods, if the file is damaged, incomplete or cannot be read.
    """

    def __init__(self, path: Path, file: BufferedReader) -> None:
        self._path = path
        self._raw = file
        self._lines = gzip.GzipFile(fileobj=file, mode="rb")
        self._digest = sha256()
        self._counts: dict[str, int] = {}
        self._next = b""
        self._size = os.fstat(file.fileno()).st_size
        self.revision = self._read_header()

    @classmethod
    @contextmanager
    def of(cls, path: Path) -> Iterator["StateReader"]:
        """Open a state file.

        Raises:
            UnusableState: it cannot be read, is no state file, or has a newer format.
        """
        with os_errors_as(UnusableState, path), path.open("rb") as file:
            yield cls(path, file)

    @property
    def progress(self) -> tuple[int, int]:
        """The number of bytes read, and of all bytes; both are 0 if the file is a pipe."""
        return (self._raw.tell(), self._size) if self._size else (0, 0)

    def portions(self, table: str, columns: tuple[str, ...]) -> Iterator[list[bytes]]:
        """The rows of the next table, in portions of lines.

        Raises:
            UnusableState: the next table is another one, or has other columns.
        """
        header = self._decoded(self._next, TableHeader)
        if header != TableHeader(table, columns):
            self._refuse(f"it has the table {header.table} where {table} is expected")
        self._counts[table] = 0
        self._advance()
        while portion := self._portion():
            self._counts[table] += len(portion)
            yield portion

    def finish(self) -> None:
        """Check the number of rows, the checksum, and that nothing follows.

        Raises:
            UnusableState: the file is damaged or incomplete.
        """
        footer = self._decoded(self._next, Footer)
        if footer != Footer(self._counts, self._digest.hexdigest()) or self._read_line():
            self._refuse(_DAMAGED)

    def _portion(self) -> list[bytes]:
        portion, size = list[bytes](), 0
        while self._next.startswith(b"[") and len(portion) < PORTION and size < BYTES:
            portion.append(self._next)
            size += len(self._next)
            self._advance()
        return portion

    def _advance(self) -> None:
        """Count the current line as read, and read the next."""
        self._digest.update(self._next)
        self._next = self._read_line()

    def _read_header(self) -> str:
        try:
            self._next = self._lines.readline(LONGEST_LINE)
            header = msgspec.json.decode(self._next, type=Header)
        except (gzip.BadGzipFile, *_UNDECODABLE):
            self._refuse(_NOT_OURS)
        except (EOFError, zlib.error):
            self._refuse(_DAMAGED)
        if header.format != NAME:
            self._refuse(_NOT_OURS)
        if header.version != VERSION:
            self._refuse(
                f"its format is version {header.version}, but this program reads version {VERSION}:"
                " use the version of the program that wrote it"
            )
        self._advance()
        return header.revision

    def _read_line(self) -> bytes:
        try:
            return self._lines.readline(LONGEST_LINE)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            self._refuse(_DAMAGED)

    def _decoded(self, line: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(line, type=kind)
        except _UNDECODABLE:
            self._refuse(_DAMAGED)

    def _refuse(self, reason: str) -> NoReturn:
        raise UnusableState(self._path, reason)
