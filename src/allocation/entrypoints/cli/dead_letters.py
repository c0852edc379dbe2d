"""`allocation dead-letters`."""

from typing import Annotated

import typer
from rich.table import Table

from allocation.entrypoints.cli import outbox
from allocation.entrypoints.cli.console import (
    DatabaseOption,
    application,
    counted,
    out,
    read_only,
    safe,
)
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.cli.raw_output import JsonOption, write_json
from allocation.entrypoints.users import command_sender
from allocation.errors import UnknownDeadLetter
from allocation.views import LISTED, DeadLetterView

Id = Annotated[str, typer.Argument(metavar="ID", help="The message's id, as shown by `list`.")]


def list_oldest(as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List the oldest dead letters, up to a hundred."""
    dead_letters = read_only(database, lambda queries: queries.log_views.dead_letters())
    if as_json:
        write_json(dead_letters)
        return
    if not dead_letters:
        out.print("There are no dead letters.")
        return
    out.print(_table(dead_letters))
    if len(dead_letters) == LISTED:
        out.print(f"These are the first {LISTED}; there may be more.")


def show(id: Id, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Show a dead letter: the message, and the error of its last attempt."""
    letter = read_only(database, lambda queries: queries.log_views.dead_letter(id))
    if letter is None:
        raise UnknownDeadLetter(id)
    if as_json:
        write_json(letter)
        return
    for name, value in (
        ("id", letter.id),
        ("message", f"{letter.type} {letter.body}"),
        ("caused by", letter.caused_by or "nothing"),
        ("sender", letter.sender or "unknown"),
        ("at", letter.at.isoformat()),
        ("attempts", letter.attempts),
        ("error", letter.error),
    ):
        out.print(f"{name:>9}: {safe(value)}")


def replay(
    id: Annotated[str | None, typer.Argument(metavar="[ID]", help="The message's id.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Replay all dead letters.")] = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Replay one or all dead letters; each keeps its id."""
    if (id is None) != every:
        raise typer.BadParameter("give either an ID or --all")
    sender = command_sender()
    with application(database) as parts:
        if id is not None:
            parts.dead_letters.replay(id, sender=sender)
        count = 1 if id is not None else sum(parts.dead_letters.replay_all(sender=sender))
        parts.processor.recover()
        if as_json:
            write_json({"replayed": count})
        else:
            out.print(f"Replayed {counted(count, 'dead letter', 'dead letters')}.")
        outbox.send(parts)


def discard(id: Id, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Discard a dead letter for good; it stays in the log."""
    with application(database) as parts:
        parts.dead_letters.discard(id, sender=command_sender())
    if as_json:
        write_json({"discarded": id})
    else:
        out.print("Discarded.")


def _table(dead_letters: list[DeadLetterView]) -> Table:
    columns = {
        "id": [safe(letter.id) for letter in dead_letters],
        "message": [safe(f"{letter.type} {letter.body}") for letter in dead_letters],
        "since": [letter.at.isoformat(timespec="seconds") for letter in dead_letters],
        "attempts": [str(letter.attempts) for letter in dead_letters],
        "sender": [safe(letter.sender or "") for letter in dead_letters],
        "error": [safe(letter.error or "") for letter in dead_letters],
    }
    return table_of(columns)
