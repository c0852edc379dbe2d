"""The rows of order lines: one for each part."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from allocation.domain.order_line import (
    ALLOCATED,
    WAITING,
    LineKey,
    OrderLine,
    Part,
    Parts,
    Promise,
)

KEY: Final = ("sku", "orderid", "line", "part")
FACTS: Final = (
    *("qty", "position", "state", "batchref", "promise", "first_promised", "ordered"),
    *("first_qty", "least_room", "due", "required_by", "split"),
    *("stale_batchref", "stale_day"),
)
COLUMNS: Final = KEY + FACTS

Row = tuple[Any, ...]


def rows_of(parts: Parts) -> Iterator[Row]:
    """The rows of a line, in the order of `COLUMNS`.

    What most parts have in common is stored as NULL: that the part is the whole line, that the
    line may not be split, and that its quantity has not changed.
    """
    for number, part in enumerate(parts):
        line, qty, stale_promise = part.line, part.qty, part.stale_promise
        yield (
            line.sku,
            line.orderid,
            line.line,
            number,
            qty,
            part.position,
            part.state,
            part.batchref,
            part.allocation_number,
            part.first_promised,
            None if qty == line.qty else line.qty,
            part.first_qty,
            part.least_room if part.state == WAITING else None,
            part.due,
            line.required_by,
            line.split or None,
            stale_promise.batchref if stale_promise else None,
            stale_promise.day if stale_promise else None,
        )


USUAL: Final = ("sku", "orderid", "qty", "position", "batchref", "promise", "first_promised")
"""The columns of a usual row; the others have their defaults."""


def usual_row(parts: Parts) -> Row | None:
    """The row of a usual line, in the order of `USUAL`; None for another line.

    A usual line is allocated whole, has no name, no required day and no earlier promise, and may
    not be split. Writing only the columns that it fills is the cheaper half of the work.
    """
    line, qty, position, state, batchref, promise, first_promised, first_qty, due, stale = parts[0]
    if len(parts) > 1 or state != ALLOCATED or line.line or line.split:
        return None
    if first_qty or due or stale or line.required_by:
        return None
    return line.sku, line.orderid, qty, position, batchref, promise, first_promised


def part_of(row: Row) -> Part:
    """The part of a row in the order of `COLUMNS`."""
    sku, orderid, line, _, qty, position, state, batchref, promise, *rest = row
    first_promised, ordered, first_qty, _, due, required_by, split, stale_ref, stale_day = rest
    stale_promise = None if stale_ref is None else Promise(stale_ref, stale_day)
    order_line = OrderLine.restore(orderid, sku, ordered or qty, line, required_by, bool(split))
    return Part(
        order_line,
        qty,
        position,
        state,
        batchref,
        promise,
        first_promised,
        first_qty,
        due,
        stale_promise,
    )


def is_whole(row: Row) -> bool:
    """Whether a row is the only one of its line."""
    return row[COLUMNS.index("ordered")] is None


def parts_by_order(rows: Iterable[Row]) -> dict[Row, Parts]:
    """The parts of these rows, by sku and order id; those of a line in their order."""
    return _grouped(rows, columns=2)


def lines_of(rows: Iterable[Row]) -> dict[tuple[str, LineKey], Parts]:
    """The lines of these rows, by sku and key."""
    lines = _grouped(rows, columns=3)
    return {(sku, (orderid, line)): parts for (sku, orderid, line), parts in lines.items()}


def _grouped(rows: Iterable[Row], *, columns: int) -> dict[Row, Parts]:
    """The parts of these rows in the order of their keys, by the first columns of the key."""
    ordered = sorted(rows, key=lambda row: row[: len(KEY)])
    groups = groupby(ordered, key=lambda row: row[:columns])
    return {key: tuple(map(part_of, group)) for key, group in groups}
