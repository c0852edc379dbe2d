"""The commands `allocation import …`, one for each kind of file."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from allocation.bootstrap import Answer, Application
from allocation.domain.events import Event
from allocation.entrypoints.cli import interrupt, outbox
from allocation.entrypoints.cli.console import application, err
from allocation.entrypoints.cli.exit_codes import ExitCode
from allocation.entrypoints.cli.importing.dry_runs import try_import
from allocation.entrypoints.cli.importing.import_options import ImportOptions
from allocation.entrypoints.cli.importing.opened_file import opened_file
from allocation.entrypoints.cli.importing.progress import with_progress
from allocation.entrypoints.cli.importing.report import report_of
from allocation.entrypoints.cli.importing.summaries import print_missing, print_moved, print_summary
from allocation.entrypoints.cli.option_bundle import with_options
from allocation.entrypoints.cli.raw_output import write_json
from allocation.entrypoints.importing.imports import Import
from allocation.entrypoints.importing.kinds import (
    BATCHES,
    CANCELLATIONS,
    COUNT,
    ORDER_LINES,
    RECEIPTS,
    SHIPMENTS,
    Kind,
)
from allocation.entrypoints.importing.move_report import MoveReport
from allocation.entrypoints.importing.portions import LARGEST_PORTION
from allocation.entrypoints.users import command_sender

File = Annotated[
    Path, typer.Argument(help="A CSV file or a workbook (.xlsx); - is standard input.")
]
UpdateOption = Annotated[
    bool,
    typer.Option("--update", help="Change known batches to the quantities and dates of the file."),
]


@with_options
def import_batches(
    file: File,
    options: ImportOptions,
    update: UpdateOption = False,
) -> None:
    """Import batches: columns ref, sku, qty, eta (a date; empty for warehouse stock).

    Without a column eta, all batches are warehouse stock; if the file has other columns that are
    not read, say --column eta= to mean that. Waiting order lines are allocated as soon as there is
    room for them. Importing the same file again changes nothing.

    With --update, the file is a count: qty has the units that are here or to come, also those that
    are allocated. Batches with another quantity (0 is allowed) or eta are changed, unknown ones are
    added, and batches that the file does not have are listed and stay as they are. Without a column
    eta, dates are not compared.

    Encoding, delimiter and the forms of dates and numbers are detected where there is one reading;
    what has two is refused, with the option that decides. A terminal is asked before anything is
    imported, unless the file is plain: UTF-8, commas, and these names of columns.
    """
    _import(file, COUNT if update else BATCHES, options)


@with_options
def import_orders(file: File, options: ImportOptions) -> None:
    """Import order lines: columns orderid, sku, qty; each is allocated, or waits.

    Optional columns: line (names one of several lines of an order for a sku), required_by (a date),
    split (yes or no: whether the line may be allocated to several batches). Importing the same
    file again changes nothing.

    Encoding, delimiter and the forms of dates and numbers are detected where there is one reading;
    what has two is refused, with the option that decides. A terminal is asked before anything is
    imported, unless the file is plain: UTF-8, commas, and these names of columns.
    """
    _import(file, ORDER_LINES, options)


@with_options
def import_cancellations(file: File, options: ImportOptions) -> None:
    """Import cancellations: column orderid; without a sku, the whole order is cancelled.

    Optional columns: sku, line (names one of several lines of an order for a sku), reason, id (an
    idempotency key). A row takes effect once, also if the file, or a longer one with the same row,
    is imported again. Without a column id, a row is known if all of its cells are the same: an
    equal row of another day needs a column that distinguishes it, such as a date.
    """
    _import(file, CANCELLATIONS, options)


@with_options
def import_shipments(file: File, options: ImportOptions) -> None:
    """Import shipments: column orderid; without a sku, the whole order has been shipped.

    Optional columns: sku, line (names one of several lines of an order for a sku), qty (if the
    file has no such column, all open units are meant), ref (the batch that the units were taken
    from), reason, id (an idempotency key, as in a pick list). A row takes effect once, also if the
    file, or a longer one with the same row, is imported again. Without a column id, a row is known
    if all of its cells are the same: an equal row of another day needs a column that distinguishes
    it, such as a delivery note's number, and a row in another format is another row.
    """
    _import(file, SHIPMENTS, options)


@with_options
def import_receipts(file: File, options: ImportOptions) -> None:
    """Import receipts: column ref; without qty, all of the shipment has arrived.

    Optional columns: qty and new_ref (a part of the shipment has arrived, and becomes this batch),
    reason, id (an idempotency key). A row takes effect once, also if the file, or a longer one with
    the same row, is imported again. Without a column id, a row is known if all of its cells are the
    same: an equal row of another day needs a column that distinguishes it, such as a date.
    """
    _import(file, RECEIPTS, options)


def _import(path: Path, kind: Kind, options: ImportOptions) -> None:
    if options.dry_run:
        try_import(path, kind, options)
    else:
        _run(path, kind, options)


def _run(path: Path, kind: Kind, options: ImportOptions) -> None:
    with (
        opened_file(path, kind, options) as file,
        application(options.database, LARGEST_PORTION, create=not kind.has_ids) as parts,
    ):
        submission = parts.processor.new_submission(file.path.name)
        run = Import(parts, file)
        moves = MoveReport(parts.views, parts.today(), file.seen)
        with interrupt.between_portions() as interrupted:
            is_whole = False
            try:
                for rows in with_progress(file.table, path, kind.plural):
                    run.handle(rows, partial(_send, parts, submission), moves)
                    if interrupted():
                        break
                else:
                    is_whole = True
            finally:
                outbox.end_submission(parts, submission)
                _report(run, moves, is_whole=is_whole, as_json=options.as_json)
        if interrupted():
            err.print("Interrupted. Run the import again to continue; imported rows are kept.")
            raise typer.Exit(ExitCode.INTERRUPTED)
        outbox.send(parts)
    if file.rejected_rows.count:
        raise typer.Exit(1)


def _send(
    parts: Application, submission: str, events: Sequence[Event], ids: Sequence[str] | None
) -> list[Answer]:
    return parts.handle_all(events, submission, ids, sender=command_sender())


def _report(run: Import, moves: MoveReport, *, is_whole: bool, as_json: bool) -> None:
    if as_json:
        write_json(report_of(run, moves.effect, is_whole=is_whole))
        return
    print_summary(run)
    if is_whole:
        print_missing(run)
    kind = run.file.kind
    if kind.is_compared or kind.has_ids or moves.moves.count:
        print_moved(moves)
