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


def backup(
    file: Annotated[Path, typer.Argument(help="The copy; it must not be there yet.")],
    database: DatabaseOption = None,
) -> None:
    """Copy a SQLite database to a file, whole and verified, also while it is in use."""
    with _told("copied") as tell:
        revision = back_up(settings(database), file, tell)
    size = file.stat().st_size
    out.print(f"{safe(file)} is a whole copy, of {size:,} bytes, at revision {revision}.")


def restore(
    file: Annotated[Path, typer.Argument(help="A copy that `allocation backup` has made.")],
    database: DatabaseOption = None,
) -> None:
    """Put a backup in the place of a SQLite database that nobody has open.

    The former database is kept beside it. Afterwards, `allocation log check` counts all
    quantities again.
    """
    with _told("restored") as tell:
        restored = restore_from(settings(database), file, tell)
    out.print(f"The database is what {safe(file)} is, at revision {restored.revision}.")
    if restored.kept is not None:
        out.print(f"The former one is {safe(restored.kept)}; remove it when it is not needed.")


@contextmanager
def _told(what: str) -> Iterator[Callable[[int, int], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with progress(*columns) as bar:
        task = bar.add_task(what, total=None)

        def tell(done: int, of: int) -> None:
            description = what if done < of else "verified"  # which takes as long again
            bar.update(task, completed=done, total=of, description=description)

        yield tell
