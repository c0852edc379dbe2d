"""`allocation log`."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.table import Table

from allocation.bootstrap import Queries
from allocation.config import KEEP_VARIABLE, LONGEST_KEPT
from allocation.entrypoints.cli import interrupt
from allocation.entrypoints.cli.archive import Archive
from allocation.entrypoints.cli.console import (
    DatabaseOption,
    application,
    counted,
    err,
    looking,
    out,
    progress,
    safe,
    table,
)
from allocation.views import LISTED, UnfinishedView

app = typer.Typer(
    no_args_is_help=True, help="See to the message log: every message, and what became of it."
)

SHOWN: Final = 100
"""Discrepancies that are listed."""

_COLUMNS: Final = TextColumn("{task.fields[done]}"), BarColumn(), TaskProgressColumn()

KeepOption = Annotated[
    int | None,
    typer.Option(
        "--keep-days",
        metavar="DAYS",
        min=1,
        max=LONGEST_KEPT,
        envvar=KEEP_VARIABLE,
        help="How long a message stays, and is recognised when it comes again.",
    ),
]
ArchiveOption = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="PATH",
        dir_okay=False,
        help="A file to whose end each message is added, a line of JSON, before it leaves.",
    ),
]


@app.command("prune")
def prune(
    keep: KeepOption = None, archive: ArchiveOption = None, database: DatabaseOption = None
) -> None:
    """Take old messages out of the log.

    What is unhandled or a dead letter stays, with all that belongs to it. What leaves is
    added to the opening balances of the batches, so that `check` can explain them as before.
    """
    if keep is None:
        raise typer.BadParameter(f"say how long to keep them: --keep-days, or {KEEP_VARIABLE}")
    gone = 0
    with (
        application(database) as parts,
        Archive.at(archive) as kept,
        interrupt.between_portions() as interrupted,
        progress(*_COLUMNS) as bar,
    ):
        task = bar.add_task("", total=None, done="")
        for count in parts.retention.prune(timedelta(days=keep), kept):
            gone += count
            bar.update(task, done=counted(gone, "message", "messages"))
            if interrupted():
                break
        believed = gone > 0 or parts.retention.believes_the_clock(timedelta(days=keep))
    if not believed:
        err.print(
            "Nothing leaves yet: the clock may just have jumped. It is believed when the log has a"
            " message that is to be kept and is twelve hours old."
        )
    age = counted(keep, "day", "days")
    out.print(f"{counted(gone, 'message', 'messages')} older than {age} left the log.")
    if interrupted():
        raise typer.Exit(interrupt.EXIT_CODE)


@app.command("unfinished")
def unfinished(database: DatabaseOption = None) -> None:
    """List what is still to be handled, or carried outside; a hundred at the most."""
    messages, skipped = looking(database, _unfinished)
    for why, count in skipped.items():
        mails = counted(count, "e-mail was", "e-mails were")
        err.print(f"{mails} written to the log of a server, and not sent: {safe(why)}.")
    if not messages:
        out.print("Every message is finished.")
        return
    out.print(_table(messages))
    if len(messages) == LISTED:
        out.print(f"These are the first {LISTED}; there may be more.")


def _unfinished(queries: Queries) -> tuple[list[UnfinishedView], dict[str, int]]:
    return queries.log_views.unfinished(), queries.log_views.skipped()


@app.command("check")
def check(database: DatabaseOption = None) -> None:
    """Count the quantities of every batch again, from the log and from its order lines.

    The lines that wait are compared with those of the log, too. Exit code 1 if something cannot
    be explained.
    """
    with progress(*_COLUMNS) as bar:
        task = bar.add_task("", done="")

        def tell(done: int, of: int) -> None:
            told = f"{done:,} of {of:,} messages"
            bar.update(task, completed=done, total=of, done=told)

        batches, found = looking(database, lambda queries: queries.audit.run(tell))
    for one in found[:SHOWN]:
        explained = "nothing" if one.explained is None else one.explained
        if isinstance(explained, int):
            explained = f"{explained:,}"
        out.print(f"{safe(one.name)}: {one.recorded:,} {one.what}, but {explained} by {one.by}")
    if found:
        err.print(f"{counted(len(found), 'quantity', 'quantities')} cannot be explained.")
        raise typer.Exit(1)
    out.print(f"{counted(batches, 'batch', 'batches')}: every quantity is explained.")


def _table(messages: list[UnfinishedView]) -> Table:
    shown = table("id", "message", "fate", "since", "attempts", "again at", "error")
    for message in messages:
        told = safe(f"{message.type} {message.body}")
        shown.add_row(
            safe(message.id),
            told,
            message.fate,
            _when(message.at),
            str(message.attempts),
            _when(message.due),
            safe(message.error or ""),
        )
    return shown


def _when(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(timespec="seconds")
