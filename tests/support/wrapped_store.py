"""A store around another one, for tests to override what they need."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import datetime

from allocation.messaging.log import Status
from allocation.messaging.ports import Store, Transaction


class WrappedStore:
    """Passes everything on to the store in it."""

    def __init__(self, store: Store) -> None:
        self.wrapped = store

    def begin(self) -> AbstractContextManager[Transaction]:
        return self.wrapped.begin()

    def snapshot(self) -> AbstractContextManager[Transaction]:
        return self.wrapped.snapshot()

    def due(self, now: datetime) -> Collection[Status]:
        return self.wrapped.due(now)
