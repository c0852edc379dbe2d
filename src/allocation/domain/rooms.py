"""The rooms of a product's batches, and where units go."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from allocation.domain.batch import Batch
from allocation.domain.max_tree import Key, MaxTree


class Placement(NamedTuple):
    """Units that go to a batch."""

    batch: Batch
    qty: int


class Room(NamedTuple):
    """The room of a batch, with its sort key."""

    key: Key
    batch: Batch
    qty: int


class Rooms:
    """The rooms of all batches, sorted by preference."""

    def __init__(self, by_preference: MaxTree[Batch], today: date) -> None:
        self._by_preference = by_preference
        self._today = today

    @property
    def largest(self) -> int:
        """The quantity above which no unsplit part fits."""
        return self._by_preference.largest

    @property
    def can_be_earlier(self) -> bool:
        """Whether there is room from which units leave on a day that is known."""
        first = self._by_preference.first(1)
        return first is not None and first[1].promised_date(self._today) is not None

    def place(self, qty: int, *, split: bool, before: date | None = None) -> list[Placement]:
        """Where units go; an empty list, or fewer units, if there is not enough room.

        Unsplit units go to the preferred batch that can hold all of them. Split units go to the
        earliest date first; within a date to the fewest batches, ties by preference. With `before`,
        units go only to batches from which they can leave before that day.
        """
        first = self._by_preference.first(1 if split else qty)
        if first is None or not self._gains(first[1], before):
            return []
        if not split or first[2] >= qty:
            return [Placement(first[1], qty)]
        return self._split(qty, before)

    def _split(self, qty: int, before: date | None) -> list[Placement]:
        placements: list[Placement] = []
        for group in self._by_date():
            if qty == 0 or not self._gains(group[0].batch, before):
                break
            for room in fewest(group, qty):
                placements.append(Placement(room.batch, min(room.qty, qty)))
                qty -= placements[-1].qty
        return placements

    def _by_date(self) -> Iterator[list[Room]]:
        rooms = (Room(*entry) for entry in self._by_preference.entries())
        for _, group in groupby(rooms, key=lambda room: room.batch.promised_date(self._today)):
            yield list(group)

    def _gains(self, batch: Batch, before: date | None) -> bool:
        if before is None:
            return True
        day = batch.promised_date(self._today)
        return day is not None and day < before


class PlannedRooms(Rooms):
    """A copy of the rooms, for planning which parts fit without allocating them."""

    def __init__(self, by_preference: MaxTree[Batch], today: date, keys: Mapping[str, Key]) -> None:
        super().__init__(by_preference.copy(), today)
        self._keys = keys

    def take(self, placements: Iterable[Placement]) -> int:
        """Take the room of these units; return their number."""
        taken = 0
        for batch, qty in placements:
            taken += qty
            key = self._keys[batch.reference]
            room = self._by_preference.get(key) - qty
            if room > 0:
                self._by_preference.put(key, batch, room)
            else:
                self._by_preference.discard(key)
        return taken


def fewest(group: list[Room], qty: int) -> Iterator[Room]:
    """The fewest of the rooms of one day for the units: the largest, the last as preferred."""
    by_size = sorted(group, key=lambda room: -room.qty)  # stable: ties by preference
    for place, room in enumerate(by_size):
        if room.qty >= qty:
            enough = [other for other in by_size[place:] if other.qty >= qty]
            yield min(enough, key=attrgetter("key"))
            return
        yield room
        qty -= room.qty
