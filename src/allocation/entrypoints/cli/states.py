"""`allocation export all` and `allocation import all`: the whole state of a database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from allocation.bootstrap import export_state, import_state
from allocation.entrypoints.cli.console import (
    DatabaseOption,
    counted,
    err,
    note,
    progress,
    safe,
    settings,
)
from allocation.entrypoints.cli.exporting.targets import STANDARD_OUTPUT, new_file
from allocation.entrypoints.cli.raw_output import JsonOption, write_json

Report = Callable[[int, int, int], None]
"""Called with the number of rows, and how much of how much is done."""


def export_all(
    file: Annotated[Path, typer.Argument(help="A new file, such as state.json.gz.")],
    as_json: JsonOption = False,
    database: DatabaseOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Export everything, for another database: stock, order lines, the message log with its keys.

    Stop the servers first: what is accepted afterwards is not in the file. `allocation import all`
    reads it into an empty SQLite file or PostgreSQL database; unfinished messages and unsent mail
    go on there.
    """
    if file == STANDARD_OUTPUT:
        raise typer.BadParameter("name a file: a state is not written to standard output")
    with (
        _interruptible("nothing has been exported"),
        new_file(file, force=force) as target,
        _reporting() as report,
    ):
        rows = export_state(
            settings(database), target, lambda done, total: report(done, done, total)
        )
    if as_json:
        write_json({"file": str(file), "rows": rows})
    else:
        note(f"{counted(rows, 'row', 'rows')} exported to {safe(file)}.")


def import_all(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="A file of `allocation export all`."
        ),
    ],
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Import everything from a file of `allocation export all`, into an empty database.

    All of it is imported, or nothing. Run `allocation verify` afterwards, and do not start a server
    on the old database again: both would send the same mail.
    """
    with _interruptible("nothing has been imported"), _reporting() as report:
        rows = import_state(settings(database), file, report)
    if as_json:
        write_json({"file": str(file), "rows": rows})
    else:
        note(f"{counted(rows, 'row', 'rows')} imported from {safe(file)}.")


@contextmanager
def _interruptible(outcome: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        err.print(f"Interrupted: {outcome}.")
        raise


@contextmanager
def _reporting() -> Iterator[Report]:
    columns = (
        TextColumn("{task.fields[rows]:,} rows"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
    )
    with progress(*columns) as bar:
        task = bar.add_task("", total=None, rows=0, rate=0.0)

        def report(rows: int, done: int, total: int) -> None:
            elapsed = bar.tasks[0].elapsed or 0
            rate = rows / elapsed if elapsed else 0.0
            bar.update(task, completed=done, total=total or None, rows=rows, rate=rate)

        yield report
