"""Tables and counts of the order lines that moved, or would move."""

from collections.abc import Iterable, Sequence

from rich.table import Table

from allocation.entrypoints.cli.console import counted, safe, table
from allocation.views import Move


def table_of_moves(moves: Iterable[Move]) -> Table:
    """A table with a row for each move."""
    shown = table("order", "sku", "qty", "from", "to")
    for move in moves:
        places = (move.from_batchref or "waiting", move.to_batchref or "waiting")
        shown.add_row(safe(move.orderid), safe(move.sku), str(move.qty), *map(safe, places))
    return shown


def counted_moves(moves: Sequence[Move], verb: str) -> str:
    """A sentence that counts moves, such as "2 order lines moved: 1 reallocated, 1 waiting."."""
    if not moves:
        return f"Nothing else {verb}."
    waiting = sum(move.to_batchref is None for move in moves)
    allocated = sum(move.from_batchref is None for move in moves)
    reallocated = len(moves) - waiting - allocated
    counts = {"allocated": allocated, "reallocated": reallocated, "waiting": waiting}
    parts = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    return f"{counted(len(moves), 'order line', 'order lines')} {verb}: {parts}."
