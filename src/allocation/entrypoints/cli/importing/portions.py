"""Divides the rows of a file into portions that are handled together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from allocation.entrypoints.cli.console import progress
from allocation.entrypoints.files import using
from allocation.entrypoints.table_files.layout import Row
from allocation.entrypoints.table_files.open_table import Table

AT_ONCE: Final = 2048
"""The maximum number of rows in a portion, and in a transaction."""

CHARACTERS_AT_ONCE: Final = 500_000
"""The approximate maximum size of a portion in characters of the file."""


def with_progress(table: Table, path: Path, noun: str) -> Iterator[list[Row]]:
    """Read the rows in portions, with a progress bar that shows the rate and the time left.

    Raises:
        UnusableFile: reading the file failed.
    """
    columns = (
        TextColumn("{task.fields[rows]:,} " + noun),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
    )
    rows, count = table.rows(), 0
    with progress(*columns) as bar:
        task = bar.add_task("", total=table.size, rows=0, rate=0.0)
        while portion := _next_portion(rows, table, path):
            yield portion
            count += len(portion)
            elapsed = bar.tasks[0].elapsed or 0
            rate = count / elapsed if elapsed else 0.0
            bar.update(task, completed=table.position, rows=count, rate=rate)


def _next_portion(rows: Iterator[Row], table: Table, path: Path) -> list[Row]:
    portion, start = list[Row](), table.position
    with using(path):
        for row in rows:
            portion.append(row)
            if len(portion) == AT_ONCE or table.position - start >= CHARACTERS_AT_ONCE:
                break
    return portion
