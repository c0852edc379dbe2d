"""Divides the rows of a file into portions that are handled together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from allocation.entrypoints.files import using
from allocation.entrypoints.table_files.layout import Row
from allocation.entrypoints.table_files.open_table import Table

LARGEST_PORTION: Final = 2048
"""The maximum number of rows in a portion, and in a transaction of a command."""

CHARACTERS_OF_PORTION: Final = 500_000
"""The approximate maximum size of a portion in characters of the file."""


def portions(table: Table, path: Path, most: int = LARGEST_PORTION) -> Iterator[list[Row]]:
    """Read the rows of a file in portions of at most so many rows.

    Raises:
        UnusableFile: reading the file failed.
    """
    rows = table.rows()
    while portion := _next_portion(rows, table, path, most):
        yield portion


def _next_portion(rows: Iterator[Row], table: Table, path: Path, most: int) -> list[Row]:
    portion, start = list[Row](), table.position
    with using(path):
        for row in rows:
            portion.append(row)
            if len(portion) == most or table.position - start >= CHARACTERS_OF_PORTION:
                break
    return portion
