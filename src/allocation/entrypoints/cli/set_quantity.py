"""`allocation set-quantity`."""

from typing import Annotated

import typer

from allocation.domain.events import BatchQuantityChanged
from allocation.entrypoints.cli import outbox
from allocation.entrypoints.cli.console import (
    DatabaseOption,
    application,
    counted,
    out,
    safe,
)
from allocation.entrypoints.cli.dry_runs import (
    DryRunOption,
    application_for_dry_run,
    moves_in,
    print_moves,
)
from allocation.entrypoints.cli.moves import table_of_moves
from allocation.views import LISTED, MoveCounts, MovePage


def set_quantity(
    ref: Annotated[str, typer.Argument(metavar="REF", help="Reference of the batch.")],
    qty: Annotated[
        int,
        typer.Argument(metavar="QTY", help="All units of the batch, including allocated ones."),
    ],
    reason: Annotated[
        str | None,
        typer.Option(
            "--reason",
            metavar="TEXT",
            help="Recorded with each order line that the batch loses.",
            show_default=False,
        ),
    ] = None,
    dry_run: DryRunOption = False,
    database: DatabaseOption = None,
) -> None:
    """Correct a batch's quantity, and list the order lines that moved."""
    event = BatchQuantityChanged(ref, qty, reason)
    if dry_run:
        _print_dry_run(event, database)
        return
    with application(database) as parts:
        answer = parts.handle(event)
        if answer.error is not None:
            raise answer.error
        page = parts.views.moves.page(answer.id)
        counts = parts.views.moves.counts(answer.id)
        out.print(f"{safe(event.ref)} holds {qty} now; {_summary(page, counts)}.")
        if page.moves:
            out.print(table_of_moves(page.moves))
        if page.next_after is not None:
            out.print(f"These are the first {LISTED}.")
        outbox.send(parts)


def _print_dry_run(event: BatchQuantityChanged, database: str | None) -> None:
    with application_for_dry_run(database) as parts:
        moves, complete = moves_in(parts, event, parts.dry_run([event])[0])
    moved = counted(len(moves), "order line", "order lines") if moves else "no order line"
    out.print(f"{safe(event.ref)} would hold {event.qty}; {moved} would move.")
    print_moves(moves, complete=complete)


def _summary(page: MovePage, counts: MoveCounts) -> str:
    if page.next_after is not None:
        lines = counted(counts.deallocated, "order line was", "order lines were")
        return f"{lines} deallocated, {counts.allocated:,} allocated"
    moved = len(page.moves)
    if moved == 0:
        return "no order line moved"
    return f"{counted(moved, 'order line', 'order lines')} moved"
