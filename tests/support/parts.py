"""Order lines in parts, as tests write them."""

from allocation.domain.order_line import ALLOCATED, WAITING, OrderLine, Part
from allocation.domain.order_lines import OrderLines
from allocation.domain.parts import allocated_parts, moved, without_batch


def a_part(
    line: OrderLine, position: int, batchref: str | None = None, number: int | None = None
) -> Part:
    """A whole line that is allocated to a batch or, without one, waits."""
    state = WAITING if batchref is None else ALLOCATED
    return Part(line, line.qty, position, state, batchref, number)


def backorder(lines: OrderLines, line: OrderLine) -> None:
    """Let a whole line wait: a new one, or one that is allocated."""
    parts = lines.find(*line.key)
    if not parts:
        lines.put((a_part(line, lines.next_number()),))
    for part in allocated_parts(parts):
        lines.put(moved(parts, part, part.qty, without_batch(part, part.qty, WAITING)))
