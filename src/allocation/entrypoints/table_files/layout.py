"""What a table must look like, and the rows that it is read as."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from allocation.entrypoints.table_files.cells import Cells


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
    def convert(self) -> Callable[[Cells], Any]:
        """Make the message of a row; raise `InvalidValue` if the cells are not those of one."""
