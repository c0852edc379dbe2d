"""`allocation import batches` and `allocation import orders`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from allocation.bootstrap import Application
from allocation.entrypoints.cli import interrupt, outbox
from allocation.entrypoints.cli.console import (
    DatabaseOption,
    application,
    err,
    out,
    safe,
)
from allocation.entrypoints.cli.csv_columns import BATCHES, ORDER_LINES, Kind, Row
from allocation.entrypoints.cli.csv_reader import Table
from allocation.entrypoints.cli.files import using
from allocation.entrypoints.cli.portions import AT_ONCE, with_progress
from allocation.entrypoints.cli.rejected_rows import RejectedRows, default_path
from allocation.entrypoints.cli.seen import Seen
from allocation.entrypoints.cli.tally import Accepted, Tally
from allocation.entrypoints.runtime import reduce_collections
from allocation.errors import MessagingError

app = typer.Typer(no_args_is_help=True, help="Import batches or order lines from a CSV file.")

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file.")
]
RejectedOption = Annotated[
    Path | None,
    typer.Option(
        "--rejected",
        metavar="PATH",
        help="The file for refused rows.",
        show_default="FILE.rejected.csv",
    ),
]


@app.command("batches")
def import_batches(
    file: File, database: DatabaseOption = None, rejected: RejectedOption = None
) -> None:
    """Import batches: columns ref, sku, qty, eta (a date; empty for warehouse stock).

    Without a column eta, all batches are warehouse stock. Waiting order lines are allocated as
    soon as there is room for them. Importing the same file again changes nothing.
    """
    _run(file, BATCHES, database, rejected)


@app.command("orders")
def import_orders(
    file: File, database: DatabaseOption = None, rejected: RejectedOption = None
) -> None:
    """Import order lines: columns orderid, sku, qty; each is allocated, or waits.

    Importing the same file again changes nothing.
    """
    _run(file, ORDER_LINES, database, rejected)


def _run(path: Path, kind: Kind, database: str | None, rejected: Path | None) -> None:
    with (
        application(database, max_group_size=AT_ONCE, create=True) as parts,
        _opened(path) as file,
        Seen.nothing() as seen,
    ):
        reduce_collections()
        with using(path):
            table, size = Table(path, file, kind), path.stat().st_size
        tally = Tally(kind, seen)
        with (
            RejectedRows(
                rejected or default_path(path), table.header, beside=file
            ) as rejected_rows,
            interrupt.between_portions() as interrupted,
        ):
            _warn_of_missing_columns(path, table, kind)
            try:
                for rows in with_progress(table, path, size, kind.plural):
                    _import_rows(rows, parts, rejected_rows, tally)
                    if interrupted():
                        break
            finally:
                _print_summary(tally, rejected_rows)
        if interrupted():
            err.print("Interrupted. Run the import again to continue; imported rows are kept.")
            raise typer.Exit(interrupt.EXIT_CODE)
        outbox.send(parts)
    if rejected_rows.count:
        raise typer.Exit(1)


def _warn_of_missing_columns(path: Path, table: Table, kind: Kind) -> None:
    for column in table.missing:
        err.print(f"{safe(path)} has no column {column!r}: {kind.optional[column]}.")


def _import_rows(
    rows: list[Row], parts: Application, rejected_rows: RejectedRows, tally: Tally
) -> None:
    """Handle the messages of the rows.

    Raises:
        MessagingError: a message could not be handled; the rows before it are on disk, and the
            import can be run again.
    """
    answers = iter(parts.handle_all(row.event for row in rows if row.event is not None))
    new, unchanged = list[Accepted](), list[Accepted]()
    try:
        for row in rows:
            if row.event is None:
                rejected_rows.add(row, row.reason)
                continue
            answer = next(answers)
            if answer.error is None:
                (new if answer.changed else unchanged).append((row.event, answer.result))
            elif isinstance(answer.error, MessagingError):
                raise answer.error
            else:
                rejected_rows.add(row, str(answer.error))
    finally:  # count the rows before an error, too
        tally.count(new, unchanged)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with using(path):
        file = path.open("rb")
    with file:
        yield file


def _print_summary(tally: Tally, rejected_rows: RejectedRows) -> None:
    out.print(tally.summary(rejected_rows.count))
    if rejected_rows.count:
        err.print(f"The refused rows, with reasons, are in {safe(rejected_rows.path)}")
