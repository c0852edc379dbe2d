"""Bugs, planted on purpose: what the simulation must find."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final
from unittest import mock

from allocation.adapters.memory.session import MemorySession
from allocation.adapters.memory.store import MemoryTransaction
from allocation.domain.batch import Batch
from allocation.domain.order_line import OrderLine
from allocation.domain.product import Product
from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.group import Group
from allocation.messaging.log import Entry, Status
from allocation.messaging.outbox import Delivery, OutboxRelay
from tests.simulation.store import StruckTransaction

Plant = Callable[[], AbstractContextManager[Any]]


@contextmanager
def _commit_before_log() -> Iterator[None]:
    """State in one transaction, and the log in a second one."""
    commit = StruckTransaction.commit

    def in_two(self: StruckTransaction) -> None:
        self._session.commit()
        commit(self)

    with mock.patch.object(StruckTransaction, "commit", in_two):
        yield


@contextmanager
def _answer_before_commit() -> Iterator[None]:
    """A commit that fails is taken for one that was done."""
    commit = StruckTransaction.commit

    def hopeful(self: StruckTransaction) -> None:
        try:
            commit(self)
        except StoreUnavailable:
            return

    with mock.patch.object(StruckTransaction, "commit", hopeful):
        yield


@contextmanager
def _missing_version_check() -> Iterator[None]:
    """What somebody else committed in between is written over."""
    commit = MemorySession._commit

    def blind(self: MemorySession) -> None:
        now = self._memory.products
        self._read = {sku: product.version_number for sku, product in now.items()}
        commit(self)

    with mock.patch.object(MemorySession, "_commit", blind):
        yield


@contextmanager
def _missing_version() -> Iterator[None]:
    """A change of a quantity does not count as a change."""
    change = Product.change_batch_quantity

    def uncounted(self: Product, ref: str, qty: int) -> list[OrderLine]:
        version = self.version_number
        taken_off = change(self, ref, qty)
        self.version_number = version
        return taken_off

    with mock.patch.object(Product, "change_batch_quantity", uncounted):
        yield


@contextmanager
def _lost_follow_up() -> Iterator[None]:
    """What does not fit into the group is not written down."""
    write = MemoryTransaction.write

    def forgetful(self: MemoryTransaction, entry: Entry) -> None:
        if entry.status is not Status.PENDING or entry.attempts:
            write(self, entry)

    with mock.patch.object(MemoryTransaction, "write", forgetful):
        yield


@contextmanager
def _failed_follow_up_dropped() -> Iterator[None]:
    """A follow-up whose handler breaks is taken for done."""
    status_after = Group._status_after

    def dropped(self: Group, error: Exception, entry: Entry) -> Entry:
        follows = entry.envelope.causation_id is not None
        return entry.done([None]) if follows else status_after(self, error, entry)

    with mock.patch.object(Group, "_status_after", dropped):
        yield


@contextmanager
def _repeat_handled_again() -> Iterator[None]:
    """Ids are not looked up."""

    def finds_nothing(self: MemoryTransaction, ids: Collection[str]) -> dict[str, Entry]:
        known = self._memory.entries
        self._read.update({id: known[id] for id in ids if id in known})
        return {}

    with mock.patch.object(StruckTransaction, "find", finds_nothing):
        yield


@contextmanager
def _repeat_answered_too_early() -> Iterator[None]:
    """A repeat does not wait for what follows from the first time."""
    with mock.patch.object(StruckTransaction, "incomplete", return_value=set()):
        yield


@contextmanager
def _counter_not_decremented() -> Iterator[None]:
    """A promise that is taken back is still counted, until nothing is left."""
    deallocate_one = Batch.deallocate_one

    def uncounted(self: Batch) -> OrderLine:
        line = deallocate_one(self)
        if self.available_quantity >= 0:
            self._allocated_quantity += min(line.qty, self.available_quantity)
        return line

    with mock.patch.object(Batch, "deallocate_one", uncounted):
        yield


@contextmanager
def _settled_before_it_is_carried() -> Iterator[None]:
    """Mail is written off before it is sent."""
    deliver = OutboxRelay.deliver

    def written_off(self: OutboxRelay, entry: Entry) -> Delivery:
        self.settle(Delivery(entry, entry.done()))
        return deliver(self, entry)

    with mock.patch.object(OutboxRelay, "deliver", written_off):
        yield


@contextmanager
def _mails_out_of_order() -> Iterator[None]:
    """A mail that fails does not keep back those about the same sku."""

    def outgoing(self: MemoryTransaction, limit: int, now: Any) -> list[Entry]:
        return self._due(Status.OUTGOING, limit, now)

    with mock.patch.object(StruckTransaction, "outgoing", outgoing):
        yield


@contextmanager
def _barrier_in_memory() -> Iterator[None]:
    """A server remembers the follow-ups that it has left over, and asks nobody for others'."""
    write, blocked = StruckTransaction.write, StruckTransaction.blocked
    left_over: dict[object, set[str]] = {}

    def remembering(self: StruckTransaction, entry: Entry) -> None:
        left_over.setdefault(self.server, set()).add(entry.envelope.id)
        write(self, entry)

    def forgetful(self: StruckTransaction, keys: Collection[str], now: datetime) -> set[str]:
        own = left_over.get(self.server, set())
        self._given |= self._memory.entries.keys() - own
        return blocked(self, keys, now)

    with (
        mock.patch.object(StruckTransaction, "write", remembering),
        mock.patch.object(StruckTransaction, "blocked", forgetful),
    ):
        yield


BUGS: Final[dict[str, Plant]] = {
    "commit before log": _commit_before_log,
    "answer before commit": _answer_before_commit,
    "missing version check": _missing_version_check,
    "missing version": _missing_version,
    "lost follow-up": _lost_follow_up,
    "failed follow-up dropped": _failed_follow_up_dropped,
    "repeat handled again": _repeat_handled_again,
    "repeat answered too early": _repeat_answered_too_early,
    "counter not decremented": _counter_not_decremented,
    "settled before it is carried": _settled_before_it_is_carried,
    "mails out of order": _mails_out_of_order,
    "barrier in memory": _barrier_in_memory,
}
