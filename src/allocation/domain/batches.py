"""The batches of one product: open ones in memory, exhausted ones loaded on demand."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Protocol, overload

from allocation.domain.batch import Batch
from allocation.domain.max_tree import Key, MaxTree
from allocation.domain.order_lines import OrderLines
from allocation.domain.policies import STANDARD, Policies
from allocation.domain.rooms import Placement, PlannedRooms, Rooms


class StoredBatches(Protocol):
    """Loads the stored batches of one product on demand."""

    def find(self, reference: str) -> Batch | None:
        """The batch of this reference, if the product has it."""

    def all(self) -> Iterable[Batch]:
        """Every batch of the product, in the order of the references."""

    def has_shipments(self) -> bool:
        """Whether any batch of the product is due on a day."""


class Batches(Sequence[Batch]):
    """All batches of a product; an exhausted batch costs nothing until it is needed.

    Open batches, which have room, are always in memory, sorted by preference. An exhausted batch
    is loaded from `stored` by its reference; iteration loads all of them. Without `stored`, all
    batches are in memory. Every batch keeps its lines in `lines`, and reports each of its changes.
    """

    def __init__(self, lines: OrderLines, stored: StoredBatches | None = None) -> None:
        self.unsaved: dict[str, Batch] = {}
        """The batches that have changed since this was cleared last, by reference."""
        self.rescheduled: dict[str, date | None] = {}
        """The dates of batches that may differ from the stored ones, by reference."""
        self._lines = lines
        self._stored = stored
        self._prefer = STANDARD.prefer
        self._loaded: dict[str, Batch] = {}
        self._keys: dict[str, Key] = {}
        """The sort keys of the batches that have room, by reference."""
        self._has_shipments: bool | None = None
        """Whether any batch is, or was, due on a day; None if that has not been looked up."""
        self._exhausted: set[str] = set()
        """The references of the batches in memory that have no room."""
        self._absent: set[str] = set()
        """References that are cached as belonging to no batch."""
        self._is_complete = stored is None
        self.today = date.min
        """The date by which batches are overdue; only `decide_on` changes it."""
        self._use(MaxTree())

    def __repr__(self) -> str:
        return f"<Batches {list(self._loaded)}{'' if self._is_complete else ' and stored ones'}>"

    def add(self, batch: Batch) -> None:
        """Add a batch of the product.

        Raises:
            ValueError: the batch already belongs to a product.
            LineConflict: the product has one of the batch's lines with another quantity.
            AlreadyAllocated: one of its lines is allocated to another batch of the product.
        """
        batch.join(self._lines, self._note_change)
        if batch.eta is not None:
            self._has_shipments = True
        self._loaded[batch.reference] = batch
        self._place(batch, batch.available_quantity)

    def decide_by(self, policies: Policies) -> None:
        """Prefer batches in the order of these policies from now on."""
        self._prefer = policies.prefer
        self._sort_again()

    def decide_on(self, today: date) -> None:
        """Prefer batches that are overdue by this date last, from now on."""
        was_overdue, self.today = self.today, today
        if any(b.is_overdue(was_overdue) != b.is_overdue(today) for b in self._loaded.values()):
            self._sort_again()
        else:
            self._use(self._by_preference)

    def read_from(self, stored: StoredBatches) -> None:
        """Load stored batches from here from now on."""
        self._stored = stored

    def separate(self) -> None:
        """Share no batch with other products, which may change: none is shared here."""

    def remember(self, reference: str, batch: Batch | None) -> None:
        """Cache the stored batch with a reference, or that there is none."""
        if self._is_complete or reference in self._loaded:
            return
        if batch is None:
            self._absent.add(reference)
        else:
            self.add(batch)

    def forget_exhausted(self) -> None:
        """Drop the exhausted batches from memory, once all changes are stored."""
        self._absent.clear()
        self.rescheduled.clear()
        self._has_shipments = self._has_shipments or None  # others may add one until the next time
        if self._exhausted:
            for reference in self._exhausted:
                del self._loaded[reference]
            self._exhausted.clear()
            self._is_complete = False

    @property
    def loaded(self) -> Collection[str]:
        """The references of the batches in memory."""
        return self._loaded.keys()

    def find(self, reference: str) -> Batch | None:
        """The batch with this reference, if the product has it."""
        batch = self._loaded.get(reference)
        if batch is not None or self._stored is None or self._is_complete:
            return batch
        if reference not in self._absent:
            self.remember(reference, self._stored.find(reference))
        return self._loaded.get(reference)

    @property
    def has_shipments(self) -> bool:
        """Whether any batch may be due on a day; units of the others are never late."""
        if self._has_shipments is None:
            self._has_shipments = self._stored is not None and self._stored.has_shipments()
        return self._has_shipments

    def first_with_room(self, qty: int) -> Batch | None:
        """The preferred batch among those that can hold this quantity, if there is one."""
        first = self._by_preference.first(qty)
        return None if first is None else first[1]

    def place(self, qty: int, *, split: bool, before: date | None = None) -> list[Placement]:
        """Where units would go now; see `Rooms.place`."""
        return self._rooms.place(qty, split=split, before=before)

    def rooms(self) -> PlannedRooms:
        """A copy of the rooms, to plan with; takes constant time."""
        return PlannedRooms(self._by_preference, self.today, self._keys)

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Batch]:
        return iter(list(self._all().values()))

    def __contains__(self, batch: object) -> bool:
        return isinstance(batch, Batch) and self.find(batch.reference) is batch

    @overload
    def __getitem__(self, index: int) -> Batch: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Batch]: ...
    def __getitem__(self, index: int | slice) -> Batch | Sequence[Batch]:
        return list(self._all().values())[index]

    def _all(self) -> dict[str, Batch]:
        """Every batch: stored ones by reference, then new ones in the order of addition."""
        if self._stored is not None and not self._is_complete:
            in_order: dict[str, Batch] = {}
            for batch in self._stored.all():
                self.remember(batch.reference, batch)
                in_order[batch.reference] = self._loaded[batch.reference]
            self._loaded = in_order | self._loaded
            self._is_complete = True
        return self._loaded

    def _note_change(self, batch: Batch, room: int) -> None:
        self.unsaved[batch.reference] = batch
        if batch.eta is not None:
            self._has_shipments = True
        self._place(batch, room)

    def _place(self, batch: Batch, room: int) -> None:
        reference = batch.reference
        key = self._keys.get(reference)
        if room > 0:
            if key is None:
                # Unique, whatever the policy.
                key = (batch.is_overdue(self.today), self._prefer(batch), reference)
                self._keys[reference] = key
                self._exhausted.discard(reference)
            self._by_preference.put(key, batch, room)
        else:
            self._exhausted.add(reference)
            if key is not None:
                self._by_preference.discard(key)
                del self._keys[reference]

    def _sort_again(self) -> None:
        self._use(MaxTree())
        self._keys.clear()
        for batch in self._loaded.values():
            self._place(batch, batch.available_quantity)

    def _use(self, by_preference: MaxTree[Batch]) -> None:
        self._by_preference = by_preference
        self._rooms = Rooms(by_preference, self.today)
