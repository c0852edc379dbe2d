"""The batches that a count changes, and those that it does not have."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from allocation.views import LISTED, CurrentBatch
from allocation.views.current_batches import CurrentBatchViews

LISTED_MISSING: Final = 20
"""The maximum number of missing batches that are listed."""


@dataclass(frozen=True, slots=True)
class BatchChange:
    """What a row of a count changes in a batch; `qty` and `eta` are those of the row.

    Attributes:
        previous: the batch as it was; None for a new one.
    """

    ref: str
    sku: str
    qty: int
    eta: date | None
    previous: CurrentBatch | None = None


class BatchChanges:
    """The first changes of a count: those of batches before new batches.

    Attributes:
        count: how many changes there are.
    """

    def __init__(self) -> None:
        self.count = 0
        self._changed: list[BatchChange] = []
        self._new: list[BatchChange] = []

    def add(self, change: BatchChange) -> None:
        """Note a change that was made, or would be made."""
        self.count += 1
        noted = self._new if change.previous is None else self._changed
        if len(noted) < LISTED:
            noted.append(change)

    @property
    def listed(self) -> list[BatchChange]:
        """The first changes."""
        return [*self._changed, *self._new][:LISTED]


@dataclass(frozen=True, slots=True)
class MissingBatches:
    """The batches of which a count has no row.

    Attributes:
        count: how many there are.
        first: the first of them.
        unidentified: how many refused rows may be about one of them.
    """

    count: int
    first: list[CurrentBatch]
    unidentified: int


def missing_batches(
    batches: CurrentBatchViews, has_row: Callable[[str], bool], unidentified: int
) -> MissingBatches:
    """Find the batches of which a count has no row; they are read page by page."""
    first, count = list[CurrentBatch](), 0
    for page in batches.pages():
        missing = [batch for batch in page if not has_row(batch.reference)]
        count += len(missing)
        first += missing[: LISTED_MISSING - len(first)]
    return MissingBatches(count, first, unidentified)
