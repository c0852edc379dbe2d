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
from allocation.views import Move


def set_quantity(
    ref: Annotated[str, typer.Argument(metavar="REF", help="Reference of the batch.")],
    qty: Annotated[
        int,
        typer.Argument(metavar="QTY", help="All units of the batch, including promised ones."),
    ],
    database: DatabaseOption = None,
) -> None:
    """Correct a batch's quantity, and list the order lines that moved."""
    event = BatchQuantityChanged(ref, qty)
    with application(database) as parts:
        answer = parts.handle(event)
        if answer.error is not None:
            raise answer.error
        moves = parts.views.moves(answer.id)
        out.print(f"{safe(event.ref)} holds {qty} now; {_summary(len(moves))}.")
        if moves:
            out.print(_table(moves))
        outbox.send(parts)


def _summary(count: int) -> str:
    return (
        f"{counted(count, 'order line', 'order lines')} moved" if count else "no order line moved"
    )


def _table(moves: list[Move]) -> Table:
    shown = table("order", "sku", "qty", "from", "to")
    for move in moves:
        places = (move.from_batchref or "waiting", move.to_batchref or "waiting")
        shown.add_row(safe(move.orderid), safe(move.sku), str(move.qty), *map(safe, places))
    return shown
