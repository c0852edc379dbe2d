"""Tables and counts of the order lines that moved, or would move."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from rich.table import Table

from allocation.entrypoints.cli.console import counted, safe
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.dates import shown_arrival
from allocation.views import ChangedPromise, Move

Days = Mapping[tuple[str, str, str | None, str], date]
"""The days that were promised: by order id, sku, line and batch."""

NO_DAYS: Final[Days] = {}


def promised_days(promises: Iterable[ChangedPromise]) -> Days:
    """The days that were promised before these promises changed, as far as they are known."""
    return {
        (promise.orderid, promise.sku, promise.line, promise.from_batchref): promise.from_day
        for promise in promises
        if promise.from_batchref is not None and promise.from_day is not None
    }


def table_of_moves(moves: Iterable[Move], before: Days = NO_DAYS) -> Table:
    """A table with a row for each move; it names the lines if one of them has a name.

    `before` has the days that were promised, for batches that have another day since.
    """
    listed = list(moves)
    columns = {
        "order": [safe(move.orderid) for move in listed],
        "sku": [safe(move.sku) for move in listed],
        "line": [safe(move.line or "") for move in listed],
        "qty": [_units(move) for move in listed],
        "from": [safe(_source(move)) for move in listed],
        "to": [safe(_target(move)) for move in listed],
        "due before": [_due(move.from_batchref, _day_before(move, before)) for move in listed],
        "due now": [_due(move.to_batchref, move.to_eta) for move in listed],
    }
    return table_of(columns, "line")


def counted_moves(moves: Sequence[Move], verb: str) -> str:
    """A sentence that counts moves, such as "2 order lines moved: 1 reallocated, 1 waiting."."""
    if not moves:
        return f"Nothing else {verb}."
    counts = {"allocated": 0, "grown in place": 0, "reallocated": 0, "waiting": 0}
    for move in moves:
        counts[_state(move)] += 1
    parts = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    return f"{counted(len(moves), 'order line', 'order lines')} {verb}: {parts}."


def _state(move: Move) -> str:
    if move.to_batchref is None:
        return "waiting"
    if move.from_batchref is not None:
        return "reallocated"
    return "grown in place" if move.grown_from else "allocated"


def _units(move: Move) -> str:
    """The units that move, or, of a line that grows in place, those before and now."""
    if not move.grown_from:
        return str(move.qty)
    return f"{move.grown_from} -> {move.grown_from + move.qty}"


def _source(move: Move) -> str:
    if move.grown_from is None:
        return move.from_batchref or "waiting"
    return "" if move.grown_from else "new"


def _target(move: Move) -> str:
    if move.to_batchref is None:
        return "waiting"
    return f"on {move.to_batchref}" if move.grown_from else move.to_batchref


def _day_before(move: Move, before: Days) -> date | None:
    line: Any = move.orderid, move.sku, move.line, move.from_batchref
    return before.get(line, move.from_eta)


def _due(batchref: str | None, eta: date | None) -> str:
    return "" if batchref is None else shown_arrival(eta)
