"""Divides the rows of a file into portions that are handled together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from allocation.entrypoints.files import using
from allocation.entrypoints.table_files.layout import Row
from allocation.entrypoints.table_files.open_table import Table

AT_ONCE: Final = 2048
"""The maximum number of rows in a portion, and in a transaction of a command."""

CHARACTERS_AT_ONCE: Final = 500_000
"""The approximate maximum size of a portion in characters of the file."""


def portions(table: Table, path: Path, at_once: int = AT_ONCE) -> Iterator[list[Row]]:
    """Read the rows of a file in portions of at most so many rows.

    Raises:
        UnusableFile: reading the file failed.
    """
    rows = table.rows()
    while portion := _next_portion(rows, table, path, at_once):
        yield portion


def _next_portion(rows: Iterator[Row], table: Table, path: Path, at_once: int) -> list[Row]:
    portion, start = list[Row](), table.position
    with using(path):
        for row in rows:
            portion.append(row)
            if len(portion) == at_once or table.position - start >= CHARACTERS_AT_ONCE:
                break
    return portion
