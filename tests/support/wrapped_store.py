"""A store around another one, for tests to override what they need."""

from collections.abc import Collection, Iterable, Iterator, Set
from contextlib import contextmanager
from datetime import datetime

from allocation.messaging.log import Entry, Status
from allocation.messaging.ports import Store, Transaction, Unit


class WrappedTransaction:
    """Passes everything on to a transaction of the store in it."""

    def __init__(self, transaction: Transaction) -> None:
        self.wrapped = transaction

    def unit(self) -> Unit:
        return self.wrapped.unit()

    def prefetch(self, messages: Iterable[object], besides: Collection[str] = ()) -> None:
        self.wrapped.prefetch(messages, besides)

    def held(self, keys: Collection[str]) -> set[str]:
        return self.wrapped.held(keys)

    def ordering_keys(self, message: object) -> Set[str]:
        return self.wrapped.ordering_keys(message)

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        return self.wrapped.find(ids)

    def pending(
        self, limit: int, now: datetime, besides: Collection[str] = ()
    ) -> list[Entry] | None:
        return self.wrapped.pending(limit, now, besides)

    def has_pending(self) -> bool:
        return self.wrapped.has_pending()

    def blocked(self, keys: Collection[str], now: datetime) -> set[str]:
        return self.wrapped.blocked(keys, now)

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        return self.wrapped.incomplete(chains, now)

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        return self.wrapped.outgoing(limit, now)

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        return self.wrapped.ahead(limit, now)

    def dead(self, limit: int) -> list[Entry]:
        return self.wrapped.dead(limit)

    def write(self, entry: Entry) -> None:
        self.wrapped.write(entry)

    def commit(self) -> None:
        self.wrapped.commit()


class WrappedStore:
    """Passes everything on to the store in it."""

    def __init__(self, store: Store) -> None:
        self.wrapped = store

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        with self.wrapped.begin() as transaction:
            yield WrappedTransaction(transaction)

    def due(self, now: datetime) -> Collection[Status]:
        return self.wrapped.due(now)
