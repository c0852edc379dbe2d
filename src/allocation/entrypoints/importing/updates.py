"""What a count changes in the batches."""

from collections.abc import Callable, Sequence
from typing import Final

from allocation.domain.events import BatchCreated, BatchEtaChanged, BatchQuantityChanged, Event
from allocation.entrypoints.importing.batch_changes import BatchChange
from allocation.entrypoints.importing.cautions import Caution, Cautions
from allocation.entrypoints.importing.conversions import CountedBatch
from allocation.entrypoints.importing.plans import Plan
from allocation.entrypoints.importing.seen import Seen
from allocation.entrypoints.table_files.layout import Row
from allocation.errors import BatchClosed, BatchConflict, InvalidValue
from allocation.views import CurrentBatch
from allocation.views.current_batches import CurrentBatchViews

LONGEST_NAME: Final = 200
"""The number of characters of a file's name that are part of a reason."""

TENFOLD: Final = 8, 12.5
"""How many times the last count looks like a digit too many, if units came or left as well."""


class CountPlanner:
    """Compares the rows of a count with the batches of their references.

    A column that the file lacks is not compared. A reference that the file has twice with other
    values is refused: nobody knows which of them is meant.

    Attributes:
        unidentified: how many refused rows may be about any batch.
    """

    def __init__(
        self,
        batches: CurrentBatchViews,
        seen: Seen,
        cautions: Cautions,
        reason: str,
        *,
        has_eta: bool,
        ref_of: Callable[[Row], str],
    ) -> None:
        """`ref_of` reads the reference of a row that is refused because of another cell."""
        self.unidentified = 0
        self._batches = batches
        self._seen = seen
        self._cautions = cautions
        self._reason = reason
        self._has_eta = has_eta
        self._ref_of = ref_of

    def plan(self, rows: Sequence[Row]) -> list[Plan]:
        """Send what differs from the batches as they are now."""
        references = {ref for row in rows if (ref := self._reference(row)) is not None}
        current = self._batches.of(references)
        return [self._plan_row(row, current) for row in rows]

    def _reference(self, row: Row) -> str | None:
        """The reference of a row; of a refused one, if it can be one at all."""
        if row.event is not None:
            return str(row.event.ref)
        try:
            return BatchQuantityChanged(self._ref_of(row), 0).ref
        except InvalidValue:
            return None

    def has_row(self, reference: str) -> bool:
        """Whether any row so far is about the batch, refused ones included."""
        return reference in self._seen or _refused(reference) in self._seen

    def _plan_row(self, row: Row, current: dict[str, CurrentBatch]) -> Plan:
        counted: CountedBatch | None = row.event
        if counted is None:
            ref = self._reference(row)
            if ref is not None and ref in current:
                self._seen.add((_refused(ref),))
            else:
                self.unidentified += 1
            return Plan(row, reason=row.reason)
        values = _values(counted)
        if values in self._seen:
            return Plan(row, repeated=True)
        if counted.ref in self._seen:
            reason = "is in the file before, with other values"
            return Plan(row, reason=str(InvalidValue("ref", counted.ref, reason)))
        self._seen.add((counted.ref, values))
        try:
            return self._compare(row, counted, current.get(counted.ref))
        except (BatchConflict, BatchClosed, InvalidValue) as refusal:
            return Plan(row, reason=str(refusal))

    def _compare(self, row: Row, counted: CountedBatch, batch: CurrentBatch | None) -> Plan:
        ref, sku, qty, eta = counted
        if batch is None:
            new = BatchCreated(ref, sku, qty, eta)
            return Plan(row, (new,), ref, outcome="new", change=BatchChange(ref, sku, qty, eta))
        if batch.sku != sku:
            raise BatchConflict(ref, "sku", batch.sku, sku)
        if batch.cancelled:
            raise BatchClosed(ref)
        due = eta if self._has_eta else batch.eta
        events: list[Event] = []
        if qty != batch.qty:
            self._check_size(row, counted, batch)
            events.append(BatchQuantityChanged(ref, qty, self._reason))
        if due != batch.eta:
            if due is None:
                self._cautions.note(Caution.RECEIVED, row, f"{ref} due {batch.eta}")
            events.append(BatchEtaChanged(ref, due, self._reason))
        if not events:
            return Plan(row, outcome="same")
        return Plan(row, events, ref, None, "changed", BatchChange(ref, sku, qty, due, batch))

    def _check_size(self, row: Row, counted: CountedBatch, batch: CurrentBatch) -> None:
        least, most = TENFOLD
        if batch.qty and least * batch.qty <= counted.qty <= most * batch.qty:
            value = f"{counted.ref} {counted.qty} after {batch.qty}"
            self._cautions.note(Caution.TENFOLD, row, value)


def _refused(ref: str) -> str:
    """The key of a reference of which the file has a row that cannot be used."""
    return f"refused\0{ref}"


def _values(counted: CountedBatch) -> str:
    return "\0".join(map(str, counted))


def reason_of(name: str) -> str:
    """The reason that is recorded with the changes of the file of this name."""
    try:
        reason = BatchQuantityChanged("ref", 0, f"import {name[:LONGEST_NAME]}").reason
    except InvalidValue:  # such as a control character in the name
        reason = None
    return reason or "import"
