"""The rows that were refused, in a file of their own, each with its line and the reason."""

import csv
import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from allocation.entrypoints.cli.rows import Row

if TYPE_CHECKING:
    from _csv import Writer


class Rejects:
    """Written as they come; without any there is no file, and one of before is removed."""

    def __init__(self, path: Path, header: list[str]) -> None:
        self.path = path
        self.count = 0
        self._header = header
        self._open = ExitStack()
        self._writer: Writer | None = None

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def add(self, row: Row, reason: str) -> None:
        """Write a refused row down."""
        if self._writer is None:
            file = self._open.enter_context(
                self.path.open("w", newline="", encoding="utf-8", errors="surrogateescape")
            )
            self._writer = csv.writer(file, lineterminator="\n")
            self._writer.writerow(["line", "reason", *self._header])
        self._writer.writerow([row.number, reason, *row.cells])
        self.count += 1


def default_path(file: Path) -> Path:
    """`FILE.rejected.csv` beside the file, or in the working folder if that is read-only."""
    beside = file.with_name(f"{file.name}.rejected.csv")
    return beside if os.access(beside.parent, os.W_OK) else Path(beside.name)
