"""Shows the progress of an import in a terminal."""

from collections.abc import Iterator
from pathlib import Path

from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from allocation.entrypoints.cli.console import progress
from allocation.entrypoints.importing.portions import portions
from allocation.entrypoints.table_files.layout import Row
from allocation.entrypoints.table_files.open_table import Table


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
    count = 0
    with progress(*columns) as bar:
        task = bar.add_task("", total=table.size, rows=0, rate=0.0)
        for portion in portions(table, path):
            yield portion
            count += len(portion)
            elapsed = bar.tasks[0].elapsed or 0
            rate = count / elapsed if elapsed else 0.0
            bar.update(task, completed=table.position, rows=count, rate=rate)
