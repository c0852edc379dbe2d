"""Prints what an import, or its dry run, has come to."""

from collections import Counter
from collections.abc import Iterable

from rich.table import Table

from allocation.entrypoints.cli.console import counted, err, note, out, safe
from allocation.entrypoints.cli.importing.mended_command import mended_command
from allocation.entrypoints.cli.moves import counted_moves, promised_days, table_of_moves
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.cli.promises import print_promises
from allocation.entrypoints.dates import shown_arrival
from allocation.entrypoints.importing.batch_changes import BatchChange
from allocation.entrypoints.importing.import_file import ImportFile
from allocation.entrypoints.importing.imports import Import
from allocation.entrypoints.importing.move_report import MoveReport
from allocation.entrypoints.importing.refusals import LISTED, ListedRefusals
from allocation.entrypoints.importing.tally import Tally
from allocation.views import CurrentBatch


def print_summary(run: Import) -> None:
    """Print the counts, the refused rows, the warnings, and the changes of batches."""
    _print_counts(run.file)
    if run.has_other_values:
        note("To change batches to what the file says: --update")
    for noted in run.cautions.noted():
        err.print(f"[yellow]warning:[/] {noted.count:,} {noted.words}: {safe(noted.listed)}")
    if changes := run.changes.listed:
        out.print(_table_of_changes(changes))
        if run.changes.count > len(changes):
            out.print(f"These are the first {len(changes)} of {run.changes.count:,} changes.")


def print_missing(run: Import) -> None:
    """List the batches that a count does not have; the whole file must have been read."""
    missing = run.missing()
    if missing is None or not missing.count:
        return
    batches = counted(missing.count, "batch", "batches")
    out.print(f"Missing from the file, and not touched: {batches}.")
    if missing.unidentified:
        rows = counted(missing.unidentified, "refused row names", "refused rows name")
        out.print(f"That is not certain: {rows} no known batch.")
    out.print(_table_of_batches(missing.first))
    if missing.count > len(missing.first):
        out.print(f"These are the first {len(missing.first)}.")


def print_moved(report: MoveReport) -> None:
    """Print the counts, and the order lines that moved or are promised otherwise.

    Of very many, those that lose most are listed.
    """
    moves, promises = report.moves.listed, report.promises.listed
    if report.moves.has_more:
        lost = counted(report.deallocated, "order line was", "order lines were")
        out.print(f"{lost} deallocated, {report.allocated:,} allocated.")
    else:
        out.print(counted_moves(moves, "moved"))
    if moves:
        out.print(table_of_moves(moves, promised_days(promises)))
    if report.moves.has_more:
        out.print(f"These are the {len(moves)} that lose most.")
    print_promises(promises, "moved", complete=not report.promises.has_more)


def summary(tally: Tally, refused: int) -> str:
    """The counts of rows as a line of text."""
    parts, already_known = _parts(tally.new), tally.stored.total()
    if already_known:
        standing = f" ({', '.join(_parts(tally.stored))})" if tally.kind.has_standing else ""
        parts.append(f"{already_known:,} already known{standing}")
    if tally.repeated:
        parts.append(f"{tally.repeated:,} repeated in the file")
    parts.append(f"{refused:,} refused")
    kind = tally.kind
    rows = counted(tally.total + refused, kind.singular, kind.plural)
    return f"{rows}: {', '.join(parts)}"


def _print_counts(file: ImportFile) -> None:
    refused, tally = file.rejected_rows, file.tally
    out.print(summary(tally, refused.count))
    if tally.stored_lines:
        err.print(f"already known: {tally.stored_lines}")
    if tally.repeated_lines:
        err.print(f"repeated in the file: {tally.repeated_lines}")
    if isinstance(refused, ListedRefusals):
        _print_refused(refused)
    elif refused.count:
        err.print(f"The refused rows, with reasons, are in {safe(refused.path)}")
        err.print(f"When they are mended: {safe(mended_command(file, refused.path))}")


def _print_refused(refused: ListedRefusals) -> None:
    for line in refused.first:
        err.print(safe(line))
    if refused.count > len(refused.first):
        rows = counted(refused.count, "refused row", "refused rows")
        err.print(f"These are the first {LISTED} of {rows}.")


def _parts(counts: Counter[str]) -> list[str]:
    return [f"{count:,} {word}" for word, count in sorted(counts.items())]


def _table_of_changes(changes: Iterable[BatchChange]) -> Table:
    listed = list(changes)
    columns = {
        "batch": [safe(change.ref) for change in listed],
        "sku": [safe(change.sku) for change in listed],
        "qty before": [_of(change.previous, "qty") for change in listed],
        "qty now": [str(change.qty) for change in listed],
        "eta before": [_of(change.previous, "eta") for change in listed],
        "eta now": [shown_arrival(change.eta) for change in listed],
    }
    return table_of(columns)


def _table_of_batches(batches: Iterable[CurrentBatch]) -> Table:
    listed = list(batches)
    columns = {
        "batch": [safe(batch.reference) for batch in listed],
        "sku": [safe(batch.sku) for batch in listed],
        "qty": [str(batch.qty) for batch in listed],
        "eta": [shown_arrival(batch.eta) for batch in listed],
    }
    return table_of(columns)


def _of(batch: CurrentBatch | None, attribute: str) -> str:
    if batch is None:
        return "new" if attribute == "qty" else ""
    return str(batch.qty) if attribute == "qty" else shown_arrival(batch.eta)
