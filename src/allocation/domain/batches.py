"""The batches of one product: those with room at hand, the others looked up when needed."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Protocol, overload

from allocation.domain.batch import Batch
from allocation.domain.max_tree import MaxTree
from allocation.domain.order_lines import OrderLines
from allocation.domain.policies import BatchFacts, warehouse_first_then_earliest


class StoredBatches(Protocol):
    """The batches of one product that are on record, read on demand."""

    def find(self, reference: str) -> Batch | None:
        """The batch of this reference, if the product has it."""

    def all(self) -> Iterable[Batch]:
        """Every batch of the product, in the order of the references."""


class Rooms:
    """What the batches have room for, to try out which lines fit: nothing is promised."""

    def __init__(self, by_preference: MaxTree[Batch]) -> None:
        self._by_preference = by_preference.copy()

    @property
    def largest(self) -> int:
        """The quantity above which no line fits."""
        return self._by_preference.largest

    def take(self, qty: int) -> bool:
        """Take the room for a line from the preferred batch that can hold it, if one can."""
        first = self._by_preference.first(qty)
        if first is None:
            return False
        key, batch, room = first
        if room > qty:
            self._by_preference.put(key, batch, room - qty)
        else:
            self._by_preference.discard(key)
        return True


class Batches(Sequence[Batch]):
    """All batches of a product; a batch that is exhausted costs nothing until it is needed.

    The open batches, those with room, are always at hand, sorted by preference; `stored`
    is asked for an exhausted one by its reference, and for all of them when somebody
    iterates. Where nothing is stored, all batches are at hand. Every batch keeps its lines
    in `lines`, and reports each change of its room.
    """

    def __init__(
        self,
        lines: OrderLines,
        stored: StoredBatches | None = None,
        *,
        prefer: Callable[[BatchFacts], tuple[Any, ...]] = warehouse_first_then_earliest,
    ) -> None:
        self._lines = lines
        self._stored = stored
        self._prefer = prefer
        self._at_hand: dict[str, Batch] = {}
        self._exhausted: set[str] = set()
        """The references of the batches at hand that have no room."""
        self._absent: set[str] = set()
        """References that were looked up, and that no batch on record has."""
        self._is_complete = stored is None
        self._by_preference: MaxTree[Batch] = MaxTree()

    def __repr__(self) -> str:
        return f"<Batches {list(self._at_hand)}{'' if self._is_complete else ' and those stored'}>"

    def add(self, batch: Batch) -> None:
        """Take in a batch of the product.

        Raises:
            ValueError: it belongs to a product already.
            LineConflict: the product has one of its lines with another quantity.
            AlreadyAllocated: another batch of the product has promised one of its lines.
        """
        batch.join(self._lines, self._note_room)
        self._at_hand[batch.reference] = batch
        self._note_room(batch, batch.available_quantity)

    def read_from(self, stored: StoredBatches) -> None:
        """Look up batches here from now on."""
        self._stored = stored

    def remember(self, reference: str, batch: Batch | None) -> None:
        """Take note of what is on record for a reference, so that it is not looked up again."""
        if self._is_complete or reference in self._at_hand:
            return
        if batch is None:
            self._absent.add(reference)
        else:
            self.add(batch)

    def forget_exhausted(self) -> None:
        """All changes so far are on record: keep at hand the open batches only."""
        self._absent.clear()
        if self._exhausted:
            for reference in self._exhausted:
                del self._at_hand[reference]
            self._exhausted.clear()
            self._is_complete = False

    @property
    def at_hand(self) -> Collection[str]:
        """The references of the batches in memory."""
        return self._at_hand.keys()

    def find(self, reference: str) -> Batch | None:
        """The batch of this reference, if the product has it."""
        batch = self._at_hand.get(reference)
        if batch is not None or self._stored is None or self._is_complete:
            return batch
        if reference not in self._absent:
            self.remember(reference, self._stored.find(reference))
        return self._at_hand.get(reference)

    def first_with_room(self, qty: int) -> Batch | None:
        """The preferred batch among those that can hold this quantity, if there is one."""
        first = self._by_preference.first(qty)
        return None if first is None else first[1]

    def rooms(self) -> Rooms:
        """What the batches have room for, to plan with; takes constant time."""
        return Rooms(self._by_preference)

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
        """Every batch: those on record by reference, then those added since, as they came."""
        if self._stored is not None and not self._is_complete:
            in_order: dict[str, Batch] = {}
            for batch in self._stored.all():
                self.remember(batch.reference, batch)
                in_order[batch.reference] = self._at_hand[batch.reference]
            self._at_hand = in_order | self._at_hand
            self._is_complete = True
        return self._at_hand

    def _note_room(self, batch: Batch, room: int) -> None:
        key = self._prefer(batch)
        if room > 0:
            self._by_preference.put(key, batch, room)
            self._exhausted.discard(batch.reference)
        else:
            self._by_preference.discard(key)
            self._exhausted.add(batch.reference)
