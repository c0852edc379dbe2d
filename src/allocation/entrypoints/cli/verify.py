"""`allocation verify`."""

from typing import Final

import typer

from allocation.entrypoints.cli.console import (
    COUNTED_PROGRESS,
    DatabaseOption,
    counted,
    err,
    out,
    progress,
    read_only,
    safe,
)
from allocation.entrypoints.cli.exit_codes import ExitCode
from allocation.entrypoints.cli.raw_output import JsonOption, write_json

SHOWN: Final = 100
"""The maximum number of discrepancies listed."""


def verify(as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Recompute every batch's quantities, and which lines wait, from the log.

    Each batch is compared with its order lines, too. Exits with 1 if something cannot be explained.
    """
    with progress(*COUNTED_PROGRESS) as bar:
        task = bar.add_task("", done="")

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, done=f"{done:,} of {total:,} messages")

        batches, discrepancies = read_only(database, lambda queries: queries.audit.run(report))
    if as_json:
        write_json({"batches": batches, "discrepancies": discrepancies})
        if discrepancies:
            raise typer.Exit(ExitCode.REFUSED)
        return
    for one in discrepancies[:SHOWN]:
        explained = "nothing" if one.explained is None else one.explained
        if isinstance(explained, int):
            explained = f"{explained:,}"
        out.print(f"{safe(one.name)}: {one.recorded:,} {one.what}, but {explained} by {one.by}")
    if discrepancies:
        err.print(f"{counted(len(discrepancies), 'quantity', 'quantities')} cannot be explained.")
        raise typer.Exit(ExitCode.REFUSED)
    out.print(f"{counted(batches, 'batch', 'batches')}: every quantity is explained.")
