"""`allocation backup` and `allocation restore`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from allocation.bootstrap import back_up
from allocation.bootstrap import restore as restore_from
from allocation.entrypoints.cli.console import DatabaseOption, out, progress, safe, settings
from allocation.entrypoints.cli.raw_output import JsonOption, write_json


def backup(
    file: Annotated[Path, typer.Argument(help="The backup file, which must not exist yet.")],
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Back up a SQLite database to a verified file, even while it is in use."""
    with _reporting("copied") as report:
        revision = back_up(settings(database), file, report)
    size = file.stat().st_size
    if as_json:
        write_json({"file": str(file), "bytes": size, "revision": revision})
        return
    out.print(f"{safe(file)} is a complete backup of {size:,} bytes, at revision {revision}.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file made by `allocation backup`.")],
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Replace a SQLite database, which no process may have open, with a backup.

    The previous database is kept in its directory. Run `allocation verify` afterwards to verify
    all quantities.
    """
    with _reporting("restored") as report:
        restored = restore_from(settings(database), file, report)
    if as_json:
        previous = None if restored.previous is None else str(restored.previous)
        write_json({"file": str(file), "revision": restored.revision, "previous": previous})
        return
    out.print(f"Restored the database from {safe(file)}, at revision {restored.revision}.")
    if restored.previous is not None:
        path = safe(restored.previous)
        out.print(f"The previous database is {path}; remove it when it is no longer needed.")


@contextmanager
def _reporting(action: str) -> Iterator[Callable[[int, int], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with progress(*columns) as bar:
        task = bar.add_task(action, total=None)

        def report(done: int, total: int) -> None:
            description = action if done < total else "verified"  # takes as long as the copy
            bar.update(task, completed=done, total=total, description=description)

        yield report
