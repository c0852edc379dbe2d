"""Tables and counts of the order lines that moved, or would move."""

from collections.abc import Iterable, Sequence

from rich.table import Table

from allocation.entrypoints.cli.console import counted, safe, table_of
from allocation.views import Move


def table_of_moves(moves: Iterable[Move]) -> Table:
    """A table with a row for each move; it names the lines if one of them has a name."""
    listed = list(moves)
    columns = {
        "order": [safe(move.orderid) for move in listed],
        "sku": [safe(move.sku) for move in listed],
        "line": [safe(move.line or "") for move in listed],
        "qty": [str(move.qty) for move in listed],
        "from": [safe(move.from_batchref or "waiting") for move in listed],
        "to": [safe(move.to_batchref or "waiting") for move in listed],
    }
    return table_of(columns, "line")


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
