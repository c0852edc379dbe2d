"""The file of refused rows, each with its line number and the reason."""

import csv
import errno
import os
import stat
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, ClassVar, Final, Self

from allocation.entrypoints.files import using
from allocation.entrypoints.table_files.layout import Row
from allocation.errors import InputError

if TYPE_CHECKING:
    from _csv import Writer


COLUMNS: Final = ("line_number", "reason")
"""The columns before those of the imported file; they are not read when a file of refused rows is
corrected and imported (`annotations`)."""

BEGINNING: Final = f"{','.join(COLUMNS)},".encode()
"""The first bytes of a file of refused rows; no other file is ever replaced."""

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

    def __init__(self, path: Path, header: list[str], *, beside: IO[Any] | None = None) -> None:
        self.path = path
        self.count = 0
        self._header = header
        self._beside = beside
        self._mode = PRIVATE | (os.fstat(beside.fileno()).st_mode & 0o666 if beside else 0)
        self._open = ExitStack()
        self._writer: Writer

    def __enter__(self) -> Self:
        with using(self.path):
            _check(self.path, self._beside)
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
            self._writer.writerow([row.number, reason, *row.cells])
        self.count += 1

    def _begin(self) -> None:
        descriptor = self._opened(str(self.path), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        file = self._open.enter_context(
            os.fdopen(descriptor, "w", newline="", encoding="utf-8", errors="surrogateescape")
        )
        self._made = os.fstat(file.fileno())
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow([*COLUMNS, *self._header])
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


def annotations(header: Sequence[str]) -> int:
    """The number of columns that files of refused rows have before those of the imported file.

    A file of refused rows that was imported again has them twice.
    """
    count, width = 0, len(COLUMNS)
    while tuple(header[count : count + width]) == COLUMNS:
        count += width
    return count


def default_path(file: Path) -> Path:
    """`FILE.rejected.csv` beside the file, or in the working directory if that is read-only."""
    beside = file.with_name(f"{file.name}.rejected.csv")
    return beside if os.access(beside.parent, os.W_OK) else Path(beside.name)


def _check(path: Path, beside: IO[Any] | None) -> None:
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
        if beside and os.path.samestat(os.fstat(descriptor), os.fstat(beside.fileno())):
            raise UnusablePath(path, "it is the imported file itself")
        if os.read(descriptor, len(BEGINNING)) != BEGINNING:
            raise UnusablePath(path, "it is another kind of file, which is left unchanged")
    finally:
        os.close(descriptor)
