"""The batches that a count changes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from rich.table import Table

from allocation.entrypoints.cli.console import counted, out, safe
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.dates import shown_arrival
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
    """The first changes of a count: those of batches before new batches."""

    def __init__(self) -> None:
        self._changed: list[BatchChange] = []
        self._new: list[BatchChange] = []
        self._count = 0

    def add(self, change: BatchChange) -> None:
        """Note a change that was made, or would be made."""
        self._count += 1
        noted = self._new if change.previous is None else self._changed
        if len(noted) < LISTED:
            noted.append(change)

    @property
    def listed(self) -> list[BatchChange]:
        """The first changes, as far as they are listed."""
        return [*self._changed, *self._new][:LISTED]

    def print(self) -> None:
        """List the changes, if there are any."""
        listed = self.listed
        if not listed:
            return
        out.print(_table(listed))
        if self._count > LISTED:
            out.print(f"These are the first {LISTED} of {self._count:,} changes.")


@dataclass(frozen=True, slots=True)
class MissingBatches:
    """The batches of which a count has no row: their number, and the first of them.

    So many refused rows are `unidentified`: each may be about a batch that is listed.
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


def print_missing(missing: MissingBatches) -> None:
    """Count and list the missing batches, if there are any."""
    count, first, unidentified = missing.count, missing.first, missing.unidentified
    if not count:
        return
    out.print(f"Missing from the file, and not touched: {counted(count, 'batch', 'batches')}.")
    if unidentified:
        rows = counted(unidentified, "refused row names", "refused rows name")
        out.print(f"That is not certain: {rows} no known batch.")
    columns = {
        "batch": [safe(batch.reference) for batch in first],
        "sku": [safe(batch.sku) for batch in first],
        "qty": [str(batch.qty) for batch in first],
        "eta": [shown_arrival(batch.eta) for batch in first],
    }
    out.print(table_of(columns))
    if count > len(first):
        out.print(f"These are the first {len(first)}.")


def _table(changes: Iterable[BatchChange]) -> Table:
    listed = list(changes)
    columns = {
        "batch": [safe(change.ref) for change in listed],
        "sku": [safe(change.sku) for change in listed],
        "qty before": [_of(change.previous, "qty") for change in listed],
        "qty now": [str(change.qty) for change in listed],
        "eta before": [_of(change.previous, "eta") for change in listed],
        "eta now": [shown_arrival(change.eta) for change in listed],
    }
    return table_of(columns)


def _of(batch: CurrentBatch | None, attribute: str) -> str:
    if batch is None:
        return "new" if attribute == "qty" else ""
    return str(batch.qty) if attribute == "qty" else shown_arrival(batch.eta)
