"""`allocation export batches`, `orders`, `backorders` and `pick-list`."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer
from rich.progress import TextColumn

from allocation.bootstrap import Queries
from allocation.entrypoints.cli.console import (
    DatabaseOption,
    counted,
    err,
    note,
    progress,
    read_only,
    safe,
)
from allocation.entrypoints.cli.exporting import kinds
from allocation.entrypoints.cli.exporting.formats import OPEN, Format, format_of
from allocation.entrypoints.cli.exporting.kinds import Kind
from allocation.entrypoints.cli.exporting.targets import STANDARD_OUTPUT, target
from allocation.entrypoints.cli.option_bundle import with_options
from allocation.entrypoints.cli.raw_output import JsonOption, write_json
from allocation.views.selections import Selection

AT_ONCE: Final = 1_000
"""The number of rows between two reports of progress."""

File = Annotated[
    Path,
    typer.Argument(
        help="A new file, .csv or .xlsx; - writes CSV to standard output.", show_default=False
    ),
]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The database, what is exported, and how; each field is an option."""

    database: DatabaseOption = None
    sku: Annotated[str | None, typer.Option("--sku", help="Only this product.")] = None
    sku_prefix: Annotated[
        str | None, typer.Option("--sku-prefix", help="Only products whose skus begin like this.")
    ] = None
    file_format: Annotated[
        Format | None,
        typer.Option("--format", help="The format, whatever the name of the file is."),
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False
    as_json: JsonOption = False


@with_options
def export_batches(file: File, options: ExportOptions) -> None:
    """Export the batches with their current quantities and ETAs, by reference.

    Importing the file again changes nothing. Batches that are cancelled or hold no units are left
    out. Names are written as they are, also if a spreadsheet takes them for formulas when it opens
    a CSV file; in an .xlsx file they are text.
    """
    _export(kinds.BATCHES, file, options)


@with_options
def export_orders(file: File, options: ExportOptions) -> None:
    """Export the order lines of which units are open, by order.

    qty is the ordered quantity, shipped units included; due is the latest ETA of the batches that
    the open units are allocated to. Importing the file again changes nothing.
    """
    _export(kinds.ORDERS, file, options)


@with_options
def export_backorders(file: File, options: ExportOptions) -> None:
    """Export the order lines of which units wait, by sku; the first to be served comes first.

    qty is the ordered quantity. Importing the file again (`import orders`) changes nothing.
    """
    _export(kinds.BACKORDERS, file, options)


@with_options
def export_pick_list(file: File, options: ExportOptions) -> None:
    """Export what can leave today: units allocated to batches in the warehouse, by sku and batch.

    Blocked batches are left out, and lines that may not be split and of which units have to stay.
    `import shipments` takes the list back, with the quantities that have left. The column id makes
    each pick take effect once; any change of a product gives its picks other ids.
    """
    _export(kinds.PICK_LIST, file, options)


def _export(kind: Kind, path: Path, options: ExportOptions) -> None:
    open_table = OPEN[_format(path, options.file_format, as_json=options.as_json)]
    selection = Selection(options.sku, options.sku_prefix)
    try:
        with target(path, force=options.force) as file:

            def write(queries: Queries) -> tuple[int, Counter[str]]:
                _restart(file)
                with (
                    open_table(file, kind.title, kind.columns) as write_row,
                    closing(kind.read(queries.exports, selection)) as rows,
                ):
                    omitted, count = Counter[str](), 0
                    for row in _with_progress(rows, kind.plural):
                        reason = kind.reason_to_omit(row)
                        if reason is None:
                            write_row(kind.cells(row))
                            count += 1
                        else:
                            omitted[reason] += 1
                    return count, omitted

            count, omitted = read_only(options.database, write)
    except KeyboardInterrupt:
        err.print("Interrupted: nothing has been exported.")
        raise
    if options.as_json:
        write_json({"file": str(path), "rows": count, "omitted": omitted})
    else:
        _report(kind, path, count, omitted)


def _format(path: Path, given: Format | None, *, as_json: bool) -> Format:
    if path == STANDARD_OUTPUT:
        if as_json:
            raise typer.BadParameter("with --json, name a file: standard output has the counts")
        if given is Format.XLSX:
            raise typer.BadParameter("only CSV is written to standard output")
        return Format.CSV
    file_format = given or format_of(path)
    if file_format is None:
        raise typer.BadParameter(
            f"{path.name} ends neither in .csv nor in .xlsx: choose one with --format"
        )
    return file_format


def _restart(file: IO[bytes]) -> None:
    """Empty the file: a query runs again if the database was written meanwhile."""
    file.seek(0)
    file.truncate()


def _with_progress(rows: Iterator[Any], noun: str) -> Iterator[Any]:
    columns = (TextColumn("{task.completed:,} " + noun), TextColumn("{task.fields[rate]:,.0f}/s"))
    with progress(*columns) as bar:
        task = bar.add_task("", total=None, rate=0.0)
        for number, row in enumerate(rows):
            if number % AT_ONCE == 0:
                elapsed = bar.tasks[0].elapsed or 0
                bar.update(task, completed=number, rate=number / elapsed if elapsed else 0.0)
            yield row


def _report(kind: Kind, path: Path, count: int, omitted: Counter[str]) -> None:
    where = "standard output" if path == STANDARD_OUTPUT else safe(path)
    if count:
        note(f"{counted(count, kind.singular, kind.plural)} exported to {where}.")
    else:
        note(f"There are no {kind.plural} to export: {where} has the header only.")
    if omitted:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(omitted.items()))
        nouns = counted(omitted.total(), kind.singular, kind.plural)
        note(f"Left out, as they cannot be imported: {nouns} ({reasons}).")
