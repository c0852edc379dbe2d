"""The file of refused rows, each with its line number and the reason."""

import csv
import errno
import os
import re
import stat
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, ClassVar, Final, Self

from allocation.entrypoints.files import using
from allocation.entrypoints.table_files.columns import OWN
from allocation.entrypoints.table_files.encodings import encoding_by_mark
from allocation.entrypoints.table_files.layout import Row
from allocation.entrypoints.table_files.refused_form import RefusedForm
from allocation.errors import InputError

if TYPE_CHECKING:
    from _csv import Writer


_BEGINNING: Final = re.compile(f'\ufeff?("?){OWN[0]}\\1(.)\\1{OWN[1]}\\1(?:\\2|[\r\n])')
"""How a file of refused rows begins; no other file is ever replaced."""

_READ: Final = 200
"""Bytes that are read to recognise one."""

PRIVATE: Final = 0o600


class UnusablePath(InputError):
    """The file of refused rows cannot be written at this path, or not safely."""

    code: ClassVar[str] = "unusable_path"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"refused rows cannot go to {path}: {reason}")


class RejectedRows:
    """Writes refused rows to a file as they occur; removes the file if there are none.

    The file is created before the import starts, so that a link or file placed at its path
    later is neither followed nor overwritten. Its mode grants no access that the imported file
    `beside` it does not grant.

    Raises:
        UnusablePath: on entering, if another kind of file is at the path, or no file can be
            created there.
        UnusableFile: later, if the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        header: list[str],
        *,
        beside: IO[Any],
        form: RefusedForm,
    ) -> None:
        self.path = path
        self.count = 0
        self._header = header
        self._beside = beside
        self._form = form
        self._mode = PRIVATE | os.fstat(beside.fileno()).st_mode & 0o666
        self._open = ExitStack()
        self._writer: Writer
        self._quoting_writer: Writer

    def __enter__(self) -> Self:
        with using(self.path):
            _check(self.path, self._beside, self._form.encoding)
            self.path.unlink(missing_ok=True)
            self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with using(self.path):
            self._open.close()
            if not self.count and self._is_ours():
                self.path.unlink(missing_ok=True)

    def add(self, row: Row, reason: str) -> None:
        """Write a refused row."""
        with using(self.path):
            self._write([str(row.number), reason, *self._form.cells(row)])
        self.count += 1

    def _write(self, cells: list[str]) -> None:
        # The writer itself quotes no CR, which ends a line, too.
        has_return = any("\r" in cell for cell in cells)
        writer = self._quoting_writer if has_return else self._writer
        writer.writerow(cells)

    def _begin(self) -> None:
        descriptor = self._opened(str(self.path), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        delimiter, encoding = self._form.delimiter, self._form.encoding
        # Of UTF-8, invalid bytes are written as they were; a reason may have other characters.
        errors = "surrogateescape" if encoding.startswith("utf-8") else "backslashreplace"
        file = self._open.enter_context(
            os.fdopen(descriptor, "w", newline="", encoding=encoding, errors=errors)
        )
        self._made = os.fstat(file.fileno())
        self._writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        self._quoting_writer = csv.writer(
            file, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL
        )
        self._write([*OWN, *self._header])
        file.flush()  # so that the file is recognised even if the command is killed

    def _opened(self, path: str, flags: int) -> int:
        try:
            return os.open(path, flags | os.O_NOFOLLOW, self._mode)
        except FileExistsError:
            raise UnusablePath(self.path, "another file was created there just now") from None

    def _is_ours(self) -> bool:
        try:
            return os.path.samestat(self._made, os.lstat(self.path))
        except FileNotFoundError:
            return False


def default_path(file: Path) -> Path:
    """`FILE.rejected.csv` beside the file, or in the working directory if that is read-only."""
    beside = file.with_name(f"{file.name}.rejected.csv")
    return beside if os.access(beside.parent, os.W_OK) else Path(beside.name)


def _check(path: Path, beside: IO[Any], encoding: str) -> None:
    if not path.parent.is_dir():
        raise UnusablePath(path, "its directory does not exist")
    if not os.access(path.parent, os.W_OK):
        raise UnusablePath(path, "its directory is not writable")
    try:
        # Non-blocking: opening a named pipe must not wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return
    except OSError as error:
        reason = "it is a link" if error.errno == errno.ELOOP else str(error.strerror)
        raise UnusablePath(path, reason) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnusablePath(path, "it is not a regular file")
        if os.path.samestat(os.fstat(descriptor), os.fstat(beside.fileno())):
            raise UnusablePath(path, "it is the imported file itself")
        if not _is_ours(os.read(descriptor, _READ), encoding):
            raise UnusablePath(path, "it is another kind of file, which is left unchanged")
    finally:
        os.close(descriptor)


def _is_ours(start: bytes, encoding: str) -> bool:
    """Whether refused rows are there, of this import or of an earlier one."""
    encodings = (encoding, encoding_by_mark(start) or "utf-8")
    return any(_BEGINNING.match(start.decode(each, errors="replace")) for each in encodings)
