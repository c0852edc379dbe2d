"""What waiting lines can expect: a line waits while no open batch has room for it."""

from collections.abc import Sequence
from typing import NamedTuple

from allocation.views import BatchView, LineView


class Waiting(NamedTuple):
    """A waiting line, and the blocked batch that would serve it if it were unblocked, if any."""

    line: LineView
    batch: BatchView | None


def expectations(lines: Sequence[LineView], blocked: Sequence[BatchView]) -> list[Waiting]:
    """What each of the waiting lines, oldest first, would get of the blocked batches.

    The batches are in the order of preference. A line that may be split is served whole here, too.
    """
    free = {b.batchref: b.blocked_quantity for b in blocked}
    return [Waiting(line, _first_with_room(line, blocked, free)) for line in lines]


def _first_with_room(
    line: LineView, blocked: Sequence[BatchView], free: dict[str, int]
) -> BatchView | None:
    for batch in blocked:
        if free[batch.batchref] >= line.qty:
            free[batch.batchref] -= line.qty
            return batch
    return None
