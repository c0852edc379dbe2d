"""Which column of a file is which of ours."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from allocation.entrypoints.table_files.layout import Layout, UnreadableFile

OWN: Final = ("line_number", "reason")
"""The first columns of a file of refused rows; they are not read, so that the file can be corrected
and imported."""

SEARCHED: Final = 20
"""The first rows of a file that are searched for its header, and for values without a name."""

LISTED: Final = 20
"""The maximum number of header columns in a message."""


def same_name(name: str) -> str:
    """The name of a column without what does not distinguish it: case and runs of whitespace."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def annotations(header: Sequence[str]) -> int:
    """The number of columns that files of refused rows have before those of the imported file.

    A file of refused rows that was imported again has them twice.
    """
    names, count, width = list(map(same_name, header)), 0, len(OWN)
    while tuple(names[count : count + width]) == OWN:
        count += width
    return count


def names_in(header: Sequence[str]) -> list[str]:
    """The names of a header's columns; those that a file of refused rows begins with are empty."""
    count = annotations(header)
    return [""] * count + list(map(same_name, header[count:]))


class Wanted:
    """The columns of a layout by the names that a file has for them.

    Args:
        layout: the columns.
        columns: the file's names for some of them; empty for one that the file has not.
    """

    def __init__(self, layout: Layout, columns: Mapping[str, str]) -> None:
        self.layout = layout
        self.declined = {column for column, name in columns.items() if not name}
        """Columns that the file has not, as the user says."""
        self.names = {
            column: columns.get(column) or column
            for column in layout.every_column
            if column not in self.declined
        }
        """The file's names of the columns."""
        self.required = [
            column for column in self.names if column in layout.columns or columns.get(column)
        ]
        """The columns that the file must have."""
        self._required_names = {same_name(self.names[column]) for column in self.required}

    def missing_in(self, header: Sequence[str]) -> list[str]:
        """The required columns that a header has not."""
        names = set(names_in(header))
        return [column for column in self.required if same_name(self.names[column]) not in names]

    def count_in(self, header: Sequence[str]) -> int:
        """How many of the required columns a header has."""
        return len(self.required) - len(self.missing_in(header))

    def all_in(self, header: Sequence[str]) -> bool:
        """Whether a header has all required columns."""
        return self._required_names <= set(names_in(header))


class Columns:
    """The columns of a file.

    Attributes:
        header: the names of the file.
        indices: the index of each column that is read.
        missing: the optional columns that the file does not have.
        unread: the names of the columns that no message has a field for.

    Raises:
        UnreadableFile: a required column is missing, or there is more than one of its name.
    """

    def __init__(self, path: Path, header: Sequence[str], wanted: Wanted) -> None:
        self.header = [name.strip() for name in header]
        self.wanted = wanted
        if missing := wanted.missing_in(header):
            raise UnreadableFile(path, without_columns(missing, header, wanted))
        names = names_in(header)
        self.indices: dict[str, int] = {}
        for column, name in wanted.names.items():
            spelt = same_name(name)
            if names.count(spelt) > 1:
                raise UnreadableFile(path, f"has more than one column {name!r}")
            if spelt in names:
                self.indices[column] = names.index(spelt)
        self.missing = [name for name in wanted.layout.optional if name not in self.indices]
        read = {*self.indices.values()}
        self.unread = [
            self.header[index] for index, name in enumerate(names) if name and index not in read
        ]

    @property
    def expected(self) -> list[str]:
        """The missing columns that have a consequence, and are not said to be missing."""
        warnings, declined = self.wanted.layout.warnings, self.wanted.declined
        return [name for name in self.missing if name in warnings and name not in declined]

    def without_name(self, cells: Sequence[str]) -> list[str]:
        """What to call the columns that have a value in a row, but no name."""
        names = [*self.header, *[""] * (len(cells) - len(self.header))]
        return [
            f"the column {index} without a name"
            for index, (name, cell) in enumerate(zip(names, cells, strict=False), start=1)
            if not name and cell.strip()
        ]

    def text(self, cells: Sequence[str], column: str) -> str:
        """The text of a row in a column, also if the row is refused; empty without one."""
        index = self.indices.get(column, len(cells))
        return cells[index].strip() if index < len(cells) else ""

    @property
    def are_ours(self) -> bool:
        """Whether the file's names of all columns that are read are our own."""
        return all(same_name(self.header[i]) == name for name, i in self.indices.items())


def without_columns(missing: Sequence[str], header: Sequence[str], wanted: Wanted) -> str:
    """That a file has no such columns, and how they are named."""
    noun, them = ("column", "it") if len(missing) == 1 else ("columns", "them")
    names = ", ".join(repr(wanted.names[column]) for column in missing)
    options = " ".join(f"--column {column}=NAME" for column in missing)
    return f"has no {noun} {names}; it has: {listed_names(header)}; name {them}: {options}"


def likelier_row(rows: Iterable[tuple[int, Sequence[str]]], wanted: Wanted, at_least: int) -> str:
    """A hint at the first row with the most required columns, if it has more than some number."""
    numbers: dict[int, int] = {}
    for number, cells in rows:
        numbers.setdefault(wanted.count_in(cells), number)
    most = max(numbers, default=0)
    if most <= at_least:
        return ""
    return f". Row {numbers[most]} looks like the header: --header-row {numbers[most]}"


def listed_names(columns: Sequence[str]) -> str:
    """The names of the first columns, for a message."""
    more = ", …" if len(columns) > LISTED else ""
    return ", ".join(f"{name.strip():.50}" for name in columns[:LISTED]) + more
