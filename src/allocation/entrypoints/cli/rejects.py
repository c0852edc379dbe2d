"""The rows that were refused, in a file of their own, each with its line and the reason."""

import csv
import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Final, Self

from allocation.entrypoints.cli.files import using
from allocation.entrypoints.cli.rows import Row
from allocation.errors import InputError

if TYPE_CHECKING:
    from _csv import Writer


BEGINNING: Final = b"line,reason,"
"""By this a file of refused rows is known; nothing else is ever replaced."""


class UnusablePath(InputError):
    """A path to which refused rows cannot be written without harm."""

    code: ClassVar[str] = "unusable_path"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"refused rows cannot go to {path}: {reason}")


class Rejects:
    """Written as they come; without any there is no file, and one of before is removed.

    Raises:
        UnusablePath: on entering, before anything is done: what is there is no file of
            refused rows, or none can be made there.
        UnusableFile: later on, when it cannot be written.
    """

    def __init__(self, path: Path, header: list[str]) -> None:
        self.path = path
        self.count = 0
        self._header = header
        self._open = ExitStack()
        self._writer: Writer | None = None

    def __enter__(self) -> Self:
        with using(self.path):
            _check(self.path)
            self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with using(self.path):
            self._open.close()

    def add(self, row: Row, reason: str) -> None:
        """Write a refused row down."""
        with using(self.path):
            self._add(row, reason)
        self.count += 1

    def _add(self, row: Row, reason: str) -> None:
        if self._writer is None:
            file = self._open.enter_context(
                self.path.open("w", newline="", encoding="utf-8", errors="surrogateescape")
            )
            self._writer = csv.writer(file, lineterminator="\n")
            self._writer.writerow(["line", "reason", *self._header])
            file.flush()  # else the file of a command that was killed would not be known
        self._writer.writerow([row.number, reason, *row.cells])


def default_path(file: Path) -> Path:
    """`FILE.rejected.csv` beside the file, or in the working folder if that is read-only."""
    beside = file.with_name(f"{file.name}.rejected.csv")
    return beside if os.access(beside.parent, os.W_OK) else Path(beside.name)


def _check(path: Path) -> None:
    if not path.parent.is_dir():
        raise UnusablePath(path, "there is no such folder")
    if not os.access(path.parent, os.W_OK):
        raise UnusablePath(path, "its folder cannot be written")
    if not os.path.lexists(path):
        return
    if not path.is_file():
        raise UnusablePath(path, "it is no file")
    with path.open("rb") as file:
        if file.read(len(BEGINNING)) != BEGINNING:
            raise UnusablePath(path, "it is a file of something else, and left as it is")
