"""The batches of a copied product, each copied when it is needed."""

from datetime import date

from allocation.domain.batch import Batch
from allocation.domain.batches import Batches, StoredBatches
from allocation.domain.order_lines import OrderLines
from allocation.domain.rooms import Placement


class CopiedBatches(Batches):
    """A copy of batches whose changes are all stored, for a change that is not to be stored.

    Making it takes hardly longer for more batches: each is shared with the original until it is
    handed out, and the sorted rooms until one of them changes. Before the original changes,
    `separate` has to be called.
    """

    def __init__(
        self, original: Batches, lines: OrderLines, stored: StoredBatches | None = None
    ) -> None:
        super().__init__(lines, stored)
        self._prefer = original._prefer
        self.today = original.today
        self._loaded = original._loaded.copy()
        self._keys = original._keys.copy()
        self._exhausted = original._exhausted.copy()
        self._is_complete = original._is_complete
        self._shared = set(self._loaded)
        self._use(original._by_preference.copy())

    def find(self, reference: str) -> Batch | None:
        """The batch with this reference, if the product has it."""
        batch = super().find(reference)
        return None if batch is None else self._own(batch)

    def first_with_room(self, qty: int) -> Batch | None:
        """The preferred batch among those that can hold this quantity, if there is one."""
        batch = super().first_with_room(qty)
        return None if batch is None else self._own(batch)

    def place(self, qty: int, *, split: bool, before: date | None = None) -> list[Placement]:
        """Where units would go now; see `Rooms.place`."""
        placements = super().place(qty, split=split, before=before)
        return [Placement(self._own(batch), units) for batch, units in placements]

    def separate(self) -> None:
        """Share nothing with the original any more."""
        for batch in list(self._loaded.values()):
            self._own(batch)
        self._sort_again()

    def _all(self) -> dict[str, Batch]:
        for batch in list(super()._all().values()):
            self._own(batch)
        return self._loaded

    def _own(self, batch: Batch) -> Batch:
        """The batch of this copy in the place of the original's."""
        reference = batch.reference
        if reference in self._shared:
            self._shared.remove(reference)
            self._loaded[reference] = batch.copy(self._lines, self._note_change)
        return self._loaded[reference]
