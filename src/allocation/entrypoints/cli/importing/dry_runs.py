"""`--dry-run` of an import: what the rows of a file would come to."""

from collections.abc import Sequence
from itertools import accumulate, islice
from pathlib import Path

import typer

from allocation.bootstrap import MOST_IN_DRY_RUN, Application, DryAnswer
from allocation.domain.events import AllocationRequired, Event
from allocation.entrypoints.cli.console import out
from allocation.entrypoints.cli.dry_runs import application_for_dry_run, dry_reply, print_moves
from allocation.entrypoints.cli.importing.batch_changes import MissingBatches, print_missing
from allocation.entrypoints.cli.importing.import_options import ImportOptions
from allocation.entrypoints.cli.importing.imports import Import
from allocation.entrypoints.cli.importing.kinds import Kind
from allocation.entrypoints.cli.importing.move_report import MovedLines
from allocation.entrypoints.cli.importing.opened_file import tried_file
from allocation.entrypoints.cli.importing.plans import Plan, messages_of
from allocation.entrypoints.cli.importing.portions import AT_ONCE
from allocation.entrypoints.cli.importing.report import report_of
from allocation.entrypoints.cli.moves import counted_moves
from allocation.entrypoints.cli.raw_output import write_json
from allocation.entrypoints.files import using
from allocation.entrypoints.table_files.open_table import Table
from allocation.views import ChangedPromise, Move


def try_import(path: Path, kind: Kind, options: ImportOptions) -> None:
    """Make one dry run of the first rows; the first of those that are refused are listed."""
    with (
        tried_file(path, kind, options) as file,
        application_for_dry_run(options.database, create=not kind.has_ids) as parts,
    ):
        run = Import(parts, file)
        plans, are_all = _first_plans(run, file.table, path)
        events, ids = messages_of(plans)
        answers = parts.dry_run(events, ids=ids)
        given = [each.answer for each in answers if each.answer is not None]
        reached = _reached(plans, len(given))
        run.count(reached, given)
        missing = run.missing() if are_all and len(reached) == len(plans) else None
        lines = _other_moves(parts, events, answers, are_all=are_all)
        if options.as_json:
            write_json(report_of(run, missing, lines))
        else:
            _print(run, missing, lines)
    if file.rejected_rows.count:
        raise typer.Exit(1)


def _print(run: Import, missing: MissingBatches | None, lines: MovedLines) -> None:
    run.print_summary()
    if missing is not None:
        print_missing(missing)
    kind = run.file.kind
    if kind.is_compared or kind.has_ids:
        out.print(counted_moves(lines.moved, "would move"))
    print_moves(lines.moved, lines.promises, complete=lines.complete)


def _first_plans(run: Import, table: Table, path: Path) -> tuple[list[Plan], bool]:
    """The plans of as many rows as a dry run may have messages, and whether these are all.

    Rows that change nothing, such as those of a count that are the same, are counted at once.
    """
    plans, messages, rows = list[Plan](), 0, table.rows()
    while messages < MOST_IN_DRY_RUN:
        with using(path):
            portion = list(islice(rows, min(AT_ONCE, MOST_IN_DRY_RUN - messages)))
        if not portion:
            return plans, True
        planned = run.plan(portion)
        changing = [plan for plan in planned if plan.events or plan.reason]
        run.count([plan for plan in planned if not plan.events and not plan.reason], [])
        messages += sum(max(1, len(plan.events)) for plan in changing)
        plans += changing
    with using(path):
        return plans, next(rows, None) is None


def _reached(plans: Sequence[Plan], answered: int) -> Sequence[Plan]:
    """The first plans, all messages of which are among those that were answered."""
    ends = accumulate(len(plan.events) for plan in plans)
    return [plan for plan, end in zip(plans, ends, strict=True) if end <= answered]


def _other_moves(
    parts: Application, events: Sequence[Event], answers: Sequence[DryAnswer], *, are_all: bool
) -> MovedLines:
    """The moves of order lines and the other promises; `are_all` says whether all rows are tried.

    New lines of the file, which are counted already, are left out.
    """
    own = {_line(event) for event in events if isinstance(event, AllocationRequired)}
    moves, promises, complete = list[Move](), list[ChangedPromise](), are_all
    for event, answer in zip(events, answers, strict=True):
        complete &= answer.answer is not None
        given = answer.answer
        if given is None or given.error is not None or given.repeated or answer.recorded:
            continue
        reply = dry_reply(parts, event, answer)
        moves += [move for move in reply.moves if move.from_batchref or _line(move) not in own]
        promises += getattr(reply.body, "promises", ())
        complete &= reply.complete
    return MovedLines(moves, promises, complete)


def _line(named: AllocationRequired | Move) -> tuple[str, str, str]:
    return named.orderid, named.sku, named.line or ""
