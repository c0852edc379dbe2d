"""`--dry-run` of an import: what the rows of a file would come to."""

from itertools import islice
from pathlib import Path

import typer

from allocation.bootstrap import MOST_IN_DRY_RUN, Application, DryAnswer
from allocation.domain.events import AllocationRequired, Event
from allocation.entrypoints.cli.dry_runs import application_for_dry_run, dry_reply, print_moves
from allocation.entrypoints.cli.importing.kinds import Kind
from allocation.entrypoints.cli.importing.opened_file import count_rows, print_summary, tried_file
from allocation.entrypoints.cli.importing.reading import Reading
from allocation.entrypoints.files import using
from allocation.entrypoints.table_files.layout import Row
from allocation.entrypoints.table_files.open_table import Table
from allocation.views import Move


def try_import(path: Path, kind: Kind, database: str | None, reading: Reading) -> None:
    """Make one dry run of the first rows; the first of those that are refused are listed."""
    with (
        tried_file(path, kind, reading) as file,
        application_for_dry_run(database, create=True) as parts,
    ):
        rows, are_all = _first_rows(file.table, path)
        events = [row.event for row in rows if row.event is not None]
        answers = parts.dry_run(events)
        count_rows(rows, (each.answer for each in answers if each.answer), file)
        print_summary(file)
        moves, complete = _other_moves(parts, events, answers)
        print_moves(moves, complete=complete and are_all)
    if file.rejected_rows.count:
        raise typer.Exit(1)


def _first_rows(table: Table, path: Path) -> tuple[list[Row], bool]:
    """As many rows as a dry run may have, and whether these are all."""
    with using(path):
        rows = table.rows()
        return list(islice(rows, MOST_IN_DRY_RUN)), next(rows, None) is None


def _other_moves(
    parts: Application, events: list[Event], answers: list[DryAnswer]
) -> tuple[list[Move], bool]:
    """The moves of order lines, without the new lines of the file, which are counted already."""
    own = {_line(event) for event in events if isinstance(event, AllocationRequired)}
    moves, complete = list[Move](), True
    for event, answer in zip(events, answers, strict=True):
        if answer.answer is not None and answer.answer.error is None:
            reply = dry_reply(parts, event, answer)
            moves += [move for move in reply.moves if move.from_batchref or _line(move) not in own]
            complete &= reply.complete
    return moves, complete


def _line(named: AllocationRequired | Move) -> tuple[str, str, str]:
    return named.orderid, named.sku, named.line or ""
