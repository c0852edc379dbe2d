"""`--dry-run` of an import: what the rows of a file would come to."""

from pathlib import Path

import typer

from allocation.bootstrap import MOST_IN_DRY_RUN
from allocation.entrypoints.cli.console import out
from allocation.entrypoints.cli.dry_runs import application_for_dry_run, print_moves
from allocation.entrypoints.cli.importing.import_options import ImportOptions
from allocation.entrypoints.cli.importing.opened_file import tried_file
from allocation.entrypoints.cli.importing.report import report_of
from allocation.entrypoints.cli.importing.summaries import print_missing, print_summary
from allocation.entrypoints.cli.moves import counted_moves
from allocation.entrypoints.cli.raw_output import write_json
from allocation.entrypoints.importing.dry_run import TrialLimits, TriedRows, try_rows
from allocation.entrypoints.importing.imports import Import
from allocation.entrypoints.importing.kinds import Kind


def try_import(path: Path, kind: Kind, options: ImportOptions) -> None:
    """Make one dry run of the first rows; the first of those that are refused are listed."""
    with (
        tried_file(path, kind, options) as file,
        application_for_dry_run(options.database, create=not kind.has_ids) as parts,
    ):
        run = Import(parts, file)
        limits = TrialLimits(MOST_IN_DRY_RUN)
        tried = try_rows(run, parts, lambda events, ids: parts.dry_run(events, ids=ids), limits)
        if options.as_json:
            write_json(report_of(run, tried.effect, is_whole=tried.is_whole))
        else:
            _print(run, tried)
    if file.rejected_rows.count:
        raise typer.Exit(1)


def _print(run: Import, tried: TriedRows) -> None:
    print_summary(run)
    if tried.is_whole:
        print_missing(run)
    kind, lines = run.file.kind, tried.effect.lines
    if kind.is_compared or kind.has_ids:
        out.print(counted_moves(lines.moved, "would move"))
    print_moves(lines.moved, lines.promises, complete=lines.complete)
