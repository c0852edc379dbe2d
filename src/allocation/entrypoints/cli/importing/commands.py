"""`allocation import batches` and `allocation import orders`."""

from pathlib import Path
from typing import Annotated

import typer

from allocation.entrypoints.cli import interrupt, outbox
from allocation.entrypoints.cli.console import DatabaseOption, application, err
from allocation.entrypoints.cli.dry_runs import DryRunOption
from allocation.entrypoints.cli.importing.dry_runs import try_import
from allocation.entrypoints.cli.importing.kinds import BATCHES, ORDER_LINES, Kind
from allocation.entrypoints.cli.importing.opened_file import count_rows, opened_file, print_summary
from allocation.entrypoints.cli.importing.portions import AT_ONCE, with_progress
from allocation.entrypoints.cli.importing.reading import Reading, with_reading
from allocation.entrypoints.cli.importing.source_file import shown_path

app = typer.Typer(
    no_args_is_help=True, help="Import batches or order lines from a CSV file or a workbook."
)

File = Annotated[
    Path, typer.Argument(help="A CSV file or a workbook (.xlsx); - is standard input.")
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
@with_reading
def import_batches(
    file: File,
    database: DatabaseOption = None,
    rejected: RejectedOption = None,
    dry_run: DryRunOption = False,
    *,
    reading: Reading,
) -> None:
    """Import batches: columns ref, sku, qty, eta (a date; empty for warehouse stock).

    Without a column eta, all batches are warehouse stock; if the file has other columns that are
    not read, say --column eta= to mean that. Waiting order lines are allocated as soon as there is
    room for them. Importing the same file again changes nothing.

    Encoding, delimiter and the forms of dates and numbers are detected where there is one reading;
    what has two is refused, with the option that decides. A terminal is asked before anything is
    imported, unless the file is plain: UTF-8, commas, and these names of columns.
    """
    if dry_run:
        try_import(file, BATCHES, database, reading)
    else:
        _run(file, BATCHES, database, rejected, reading)


@app.command("orders")
@with_reading
def import_orders(
    file: File,
    database: DatabaseOption = None,
    rejected: RejectedOption = None,
    dry_run: DryRunOption = False,
    *,
    reading: Reading,
) -> None:
    """Import order lines: columns orderid, sku, qty; each is allocated, or waits.

    Optional columns: line (names one of several lines of an order for a sku), required_by (a date),
    split (yes or no: whether the line may be allocated to several batches). Importing the same
    file again changes nothing.

    Encoding, delimiter and the forms of dates and numbers are detected where there is one reading;
    what has two is refused, with the option that decides. A terminal is asked before anything is
    imported, unless the file is plain: UTF-8, commas, and these names of columns.
    """
    if dry_run:
        try_import(file, ORDER_LINES, database, reading)
    else:
        _run(file, ORDER_LINES, database, rejected, reading)


def _run(
    path: Path, kind: Kind, database: str | None, rejected: Path | None, reading: Reading
) -> None:
    with (
        opened_file(path, kind, rejected, reading) as file,
        application(database, max_group_size=AT_ONCE, create=True) as parts,
    ):
        submission = parts.processor.new_submission(shown_path(path).name)
        with interrupt.between_portions() as interrupted:
            try:
                for rows in with_progress(file.table, path, kind.plural):
                    events = [row.event for row in rows if row.event is not None]
                    count_rows(rows, parts.handle_all(events, submission), file)
                    if interrupted():
                        break
            finally:
                outbox.end_submission(parts, submission)
                print_summary(file)
        if interrupted():
            err.print("Interrupted. Run the import again to continue; imported rows are kept.")
            raise typer.Exit(interrupt.EXIT_CODE)
        outbox.send(parts)
    if file.rejected_rows.count:
        raise typer.Exit(1)
