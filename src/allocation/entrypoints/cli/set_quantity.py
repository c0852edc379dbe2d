"""`allocation set-quantity`."""

from typing import Annotated

import typer
from rich.table import Table

from allocation.domain.events import BatchQuantityChanged
from allocation.entrypoints.cli import outbox
from allocation.entrypoints.cli.console import (
    DatabaseOption,
    application,
    counted,
    out,
    safe,
    table,
)
from allocation.views import LISTED, Move, MoveCounts, MovePage


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
    database: DatabaseOption = None,
) -> None:
    """Correct a batch's quantity, and list the order lines that moved."""
    event = BatchQuantityChanged(ref, qty, reason)
    with application(database) as parts:
        answer = parts.handle(event)
        if answer.error is not None:
            raise answer.error
        page = parts.views.moves.page(answer.id)
        counts = parts.views.moves.counts(answer.id)
        out.print(f"{safe(event.ref)} holds {qty} now; {_summary(page, counts)}.")
        if page.moves:
            out.print(_table(page.moves))
        if page.next_after is not None:
            out.print(f"These are the first {LISTED}.")
        outbox.send(parts)


def _summary(page: MovePage, counts: MoveCounts) -> str:
    if page.next_after is not None:
        lines = counted(counts.deallocated, "order line was", "order lines were")
        return f"{lines} deallocated, {counts.allocated:,} allocated"
    moved = len(page.moves)
    if moved == 0:
        return "no order line moved"
    return f"{counted(moved, 'order line', 'order lines')} moved"


def _table(moves: list[Move]) -> Table:
    shown = table("order", "sku", "qty", "from", "to")
    for move in moves:
        places = (move.from_batchref or "waiting", move.to_batchref or "waiting")
        shown.add_row(safe(move.orderid), safe(move.sku), str(move.qty), *map(safe, places))
    return shown
