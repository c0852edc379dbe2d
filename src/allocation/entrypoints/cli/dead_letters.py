"""`allocation dead-letters`."""

from typing import Annotated

import typer
from rich.table import Table

from allocation.entrypoints.cli import outbox
from allocation.entrypoints.cli.console import (
    DatabaseOption,
    application,
    counted,
    looking,
    out,
    safe,
    table,
)
from allocation.errors import UnknownDeadLetter
from allocation.views import LISTED, DeadLetterView

app = typer.Typer(
    no_args_is_help=True,
    help="See to messages that were given up after about a day of attempts.",
)

Id = Annotated[str, typer.Argument(metavar="ID", help="The message's id, as `list` tells it.")]


@app.command("list")
def list_them(database: DatabaseOption = None) -> None:
    """List them, oldest first; a hundred at the most."""
    dead_letters = looking(database, lambda queries: queries.log_views.dead_letters())
    if not dead_letters:
        out.print("There are no dead letters.")
        return
    out.print(_table(dead_letters))
    if len(dead_letters) == LISTED:
        out.print(f"These are the first {LISTED}; there may be more.")


@app.command("show")
def show(id: Id, database: DatabaseOption = None) -> None:
    """Show one: the message, and what its last attempt failed with."""
    letter = looking(database, lambda queries: queries.log_views.dead_letter(id))
    if letter is None:
        raise UnknownDeadLetter(id)
    for name, value in (
        ("id", letter.id),
        ("message", f"{letter.type} {letter.body}"),
        ("caused by", letter.caused_by or "nothing"),
        ("at", letter.at.isoformat()),
        ("attempts", letter.attempts),
        ("error", letter.error),
    ):
        out.print(f"{name:>9}: {safe(value)}")


@app.command("replay")
def replay(
    id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One message's id.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Have one, or all, tried again, with their ids as they are."""
    if (id is None) != every:
        raise typer.BadParameter("give either an ID or --all")
    with application(database) as parts:
        if id is not None:
            parts.dead_letters.replay(id)
        count = 1 if id is not None else sum(parts.dead_letters.replay_all())
        parts.processor.recover()
        out.print(f"{counted(count, 'dead letter is', 'dead dead_letters are')} tried again.")
        outbox.send(parts)


@app.command("discard")
def discard(id: Id, database: DatabaseOption = None) -> None:
    """Give one up for good; it stays in the log."""
    with application(database) as parts:
        parts.dead_letters.discard(id)
    out.print("Discarded.")


def _table(dead_letters: list[DeadLetterView]) -> Table:
    shown = table("id", "message", "since", "attempts", "error")
    for letter in dead_letters:
        when = letter.at.isoformat(timespec="seconds")
        told = f"{letter.type} {letter.body}"
        shown.add_row(
            safe(letter.id), safe(told), when, str(letter.attempts), safe(letter.error or "")
        )
    return shown
