"""`allocation log`."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from allocation.bootstrap import Queries
from allocation.config import KEEP_VARIABLE, MAX_KEEP_DAYS
from allocation.entrypoints.cli import interrupt
from allocation.entrypoints.cli.archive import Archive
from allocation.entrypoints.cli.console import (
    COUNTED_PROGRESS,
    DatabaseOption,
    application,
    counted,
    note,
    out,
    progress,
    read_only,
    safe,
)
from allocation.entrypoints.cli.exit_codes import ExitCode
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.cli.raw_output import JsonOption, write_json
from allocation.views import LISTED, UnfinishedView

KeepOption = Annotated[
    int | None,
    typer.Option(
        "--keep-days",
        metavar="DAYS",
        min=1,
        max=MAX_KEEP_DAYS,
        envvar=KEEP_VARIABLE,
        help="How long messages are kept, and repeated messages are recognised.",
    ),
]
ArchiveOption = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="PATH",
        dir_okay=False,
        help="A file to which each message is appended as a JSON line before it is removed.",
    ),
]


def prune(
    keep: KeepOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Remove old messages from the log.

    Unfinished messages and dead letters stay, with their whole chains. The totals of removed
    messages are kept as opening balances of the batches, so that `allocation verify` still works.
    """
    if keep is None:
        raise typer.BadParameter(f"set how long to keep messages: --keep-days or {KEEP_VARIABLE}")
    removed = 0
    with (
        application(database) as parts,
        Archive.at(archive) as archived,
        interrupt.between_portions() as interrupted,
        progress(*COUNTED_PROGRESS) as bar,
    ):
        task = bar.add_task("", total=None, done="")
        for count in parts.retention.prune(timedelta(days=keep), archived):
            removed += count
            bar.update(task, done=counted(removed, "message", "messages"))
            if interrupted():
                break
        believed = removed > 0 or parts.retention.believes_the_clock(timedelta(days=keep))
    if not believed:
        note(
            "Nothing is removed yet: the clock may just have jumped. It is trusted once the log has"
            " a message within the time to keep that is at least twelve hours old."
        )
    if as_json:
        write_json({"removed": removed})
    else:
        age = counted(keep, "day", "days")
        out.print(f"Removed {counted(removed, 'message', 'messages')} older than {age}.")
    if interrupted():
        raise typer.Exit(ExitCode.INTERRUPTED)


def unfinished(as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List messages that are not handled or delivered yet, up to a hundred."""
    messages, skipped = read_only(database, _unfinished)
    if as_json:
        write_json({"messages": messages, "skipped": skipped})
        return
    for reason, count in skipped.items():
        emails = counted(count, "e-mail was", "e-mails were")
        note(f"{emails} written to a server's log instead of being sent: {safe(reason)}.")
    if not messages:
        out.print("Every message is finished.")
        return
    out.print(_table(messages))
    if len(messages) == LISTED:
        out.print(f"These are the first {LISTED}; there may be more.")


def _unfinished(queries: Queries) -> tuple[list[UnfinishedView], dict[str, int]]:
    return queries.log_views.unfinished(), queries.log_views.skipped()


def _table(messages: list[UnfinishedView]) -> Table:
    columns = {
        "id": [safe(message.id) for message in messages],
        "message": [safe(f"{message.type} {message.body}") for message in messages],
        "status": [message.status for message in messages],
        "since": [_format(message.at) for message in messages],
        "attempts": [str(message.attempts) for message in messages],
        "again at": [_format(message.due) for message in messages],
        "sender": [safe(message.sender or "") for message in messages],
        "error": [safe(message.error or "") for message in messages],
    }
    return table_of(columns)


def _format(time: datetime | None) -> str:
    return "" if time is None else time.isoformat(timespec="seconds")
