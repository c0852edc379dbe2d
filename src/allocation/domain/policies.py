"""The shop's policies: pure functions of facts, passed to a product as `Policies`.

Each function is a sort key, as for `sorted`: the batch or line with the lowest key comes first.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

from allocation.domain.order_line import Part


class BatchFacts(Protocol):
    """The facts of a batch that a policy may use; allocations do not change them."""

    @property
    def reference(self) -> str:
        """The batch's name."""

    @property
    def eta(self) -> date | None:
        """The day on which the batch is due; None if it is in the warehouse."""


def warehouse_first_then_earliest(batch: BatchFacts) -> tuple[bool, date, str]:
    """Allocate from the warehouse first, then from the earliest shipment; ties by reference."""
    return (batch.eta is not None, batch.eta or date.min, batch.reference)


def allocated_last_loses_first(part: Part) -> int:
    """Release the line that was allocated last first."""
    return -(part.allocation_number or 0)


def accepted_first_is_served_first(part: Part) -> int:
    """Fill room with the line that was accepted first."""
    return part.position


class Policies(NamedTuple):
    """The policies of a product; each can be exchanged.

    `prefer` sorts batches: a line is allocated to the first one with room for it.
    `release` sorts the lines of a batch that shrinks: the first one loses its stock first.
    `fill` sorts waiting lines: the first one is served first, and each that fits is served.
    `split` says whether a line that does not say so may be allocated to several batches.

    The tables are indexed for the orders of `STANDARD`, so that only the lines concerned are
    read. For another `release` or `fill`, all lines of the batch, or all waiting lines that fit,
    are read and sorted.
    """

    prefer: Callable[[BatchFacts], Any] = warehouse_first_then_earliest
    release: Callable[[Part], Any] = allocated_last_loses_first
    fill: Callable[[Part], Any] = accepted_first_is_served_first
    split: bool = False


STANDARD: Final = Policies()
"""The policies of the shop."""
