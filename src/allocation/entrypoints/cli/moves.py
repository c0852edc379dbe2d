"""Tables of the order lines that moved, or would move."""

from collections.abc import Iterable

from rich.table import Table

from allocation.entrypoints.cli.console import safe, table
from allocation.views import Move


def table_of_moves(moves: Iterable[Move]) -> Table:
    """A table with a row for each move."""
    shown = table("order", "sku", "qty", "from", "to")
    for move in moves:
        places = (move.from_batchref or "waiting", move.to_batchref or "waiting")
        shown.add_row(safe(move.orderid), safe(move.sku), str(move.qty), *map(safe, places))
    return shown
