"""What a table must look like, and the rows that it is read as."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from allocation.entrypoints.table_files.cells import Cells
from allocation.errors import InputError


class UnreadableFile(InputError):
    """The file is not a table with the required columns, or can be read in more than one way."""

    code: ClassVar[str] = "unreadable_file"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} {reason}")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: the number of its first line, its cells, and what they mean.

    That is the `event`, such as a message; an invalid row has a `reason` in its place.
    """

    number: int
    cells: list[str]
    event: Any
    reason: str = ""


class Layout(Protocol):
    """The columns of a table, and the conversion of its rows."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a table must have."""

    @property
    def optional(self) -> tuple[str, ...]:
        """The columns that may be missing; the cells of a missing one are empty."""

    @property
    def every_column(self) -> tuple[str, ...]:
        """The columns that are read, if the file has them."""

    @property
    def warnings(self) -> Mapping[str, str]:
        """The consequence of a missing column in words, if the user should know it."""

    @property
    def convert(self) -> Callable[[Cells], Any]:
        """Make the message of a row; raise `InvalidValue` if the cells are not those of one."""
