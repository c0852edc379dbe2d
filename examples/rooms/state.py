"""The state of the hotel in one transaction: how many rooms are free, by night."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime

from examples.rooms.domain import keys_of, night_of
from sqlalchemy import CheckConstraint, Column, Table

from allocation.adapters.sql.engine.metadata import new_metadata
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.engine.types import COUNT, NAME
from allocation.adapters.sql.statements.bulk import BulkStatements
from allocation.adapters.sql.statements.dialect import Lock
from allocation.messaging.errors import Conflict
from allocation.messaging.ports import LockedKey

Nights = dict[str, int]
Read = Callable[[Collection[str]], Mapping[str, int]]
Write = Callable[[Nights, Nights], None]
"""Takes the nights as they were read, and those that have changed."""
Held = Callable[[Collection[str]], set[LockedKey]]
"""Gives the nights that other transactions keep locked, with the ids of the transactions."""


class HotelState:
    """A `DomainState` (`allocation.messaging.ports`)."""

    def __init__(self, read: Read, write: Write, held: Held = lambda _: set()) -> None:
        self._read, self._write, self._held = read, write, held
        self._before: Nights = {}
        self.nights: Nights = {}

    def unit(self, now: datetime) -> "Unit":  # noqa: ARG002 - a night is free at any time
        return Unit(self)

    def prefetch(self, messages: Iterable[object], excluding: Collection[str] = ()) -> None:
        self._load({key for message in messages for key in keys_of(message)} - set(excluding))

    def held(self, keys: Collection[str]) -> set[LockedKey]:
        return self._held(keys)

    def ordering_keys(self, message: object) -> Set[str]:
        return keys_of(message)

    def ordering_key(self, message: object) -> str | None:
        return night_of(message)

    def flush(self) -> None:
        changed = {n: rooms for n, rooms in self.nights.items() if rooms != self._before.get(n, 0)}
        self._write(self._before, changed)

    def committed(self) -> None:
        self._before |= self.nights

    def rooms(self, night: str) -> int:
        self._load({night})
        return self.nights[night]

    def _load(self, nights: set[str]) -> None:
        if unread := nights - self.nights.keys():
            self._before |= self._read(unread)
            self.nights |= {night: self._before.get(night, 0) for night in unread}


class Unit:
    """The unit of work of one message."""

    def __init__(self, state: HotelState) -> None:
        self._state = state
        self._changed: Nights = {}
        self.raised: Sequence[object] = ()

    def rooms(self, night: str) -> int:
        return self._changed[night] if night in self._changed else self._state.rooms(night)

    def set_rooms(self, night: str, rooms: int) -> None:
        self._changed[night] = rooms

    def publish(self, event: object) -> None:
        self.raised = (*self.raised, event)

    def collect_new_events(self) -> Iterable[object]:
        return ()

    def release(self) -> bool:
        self._state.nights |= self._changed
        return bool(self._changed)

    def undo(self) -> None:
        self._changed, self.raised = {}, ()


def in_memory(committed: Nights) -> HotelState:
    """The state on a dict."""

    def write(before: Nights, changed: Nights) -> None:
        if any(committed.get(night) != before.get(night) for night in changed):
            raise Conflict("another transaction has changed a night")
        committed.update(changed)

    return HotelState(lambda nights: {n: committed[n] for n in nights if n in committed}, write)


metadata = new_metadata()
table = Table(
    "nights",
    metadata,
    Column("night", NAME, primary_key=True),
    Column("rooms", COUNT, CheckConstraint("rooms >= 0", name="not_overbooked"), nullable=False),
)


def in_database(connection: TransactionConnection) -> HotelState:
    """The state in a table; a night that is read is locked until the transaction ends."""
    bulk, key, columns = BulkStatements(connection), ("night",), ("night", "rooms")

    def read(nights: Collection[str]) -> Mapping[str, int]:
        return dict(bulk.find(table, columns, key, [(n,) for n in sorted(nights)], lock=Lock.ROWS))

    def held(nights: Collection[str]) -> set[LockedKey]:
        return set(bulk.locked(table, key, key, [(night,) for night in sorted(nights)]))

    def write(before: Nights, changed: Nights) -> None:
        bulk.insert(table, columns, [row for row in changed.items() if row[0] not in before])
        rows = [(rooms, night) for night, rooms in changed.items() if night in before]
        bulk.update(table, ("rooms",), key, rows)

    return HotelState(read, write, held)
