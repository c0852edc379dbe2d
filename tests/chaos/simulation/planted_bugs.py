"""Bugs of the machinery, planted on purpose, that the simulation must find."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any, Final
from unittest import mock

from allocation.adapters.memory.session import MemorySession
from allocation.domain.batch import Batch
from allocation.domain.order_line import OrderLine, Part
from allocation.domain.product import Product
from allocation.messaging.deliveries import Delivery
from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.log import Entry, Status
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.processor import GroupResult, Processor
from tests.chaos.simulation.store import StruckTransaction

Plant = Callable[[], AbstractContextManager[Any]]
BUGS: Final[dict[str, Plant]] = {}


def instead_of(
    owner: type, name: str, bugs: dict[str, Plant] = BUGS
) -> Callable[[Callable[..., Any]], None]:
    """Plant a function, which is given the right one, in the place of a method."""

    def plant(bug: Callable[..., Any]) -> None:
        right = getattr(owner, name)

        def wrong(self: Any, *arguments: Any, **options: Any) -> Any:
            return bug(partial(right, self), self, *arguments, **options)

        title = bug.__name__.strip("_").replace("_", " ")
        bugs[title] = lambda: mock.patch.object(owner, name, wrong)

    return plant


@instead_of(StruckTransaction, "commit")
def _commit_before_log(commit: Callable[[], None], self: StruckTransaction) -> None:
    """State in one transaction, and the log in a second one."""
    self.wrapped._session.commit()  # type: ignore[attr-defined]  # the one in memory
    commit()


@instead_of(StruckTransaction, "commit")
def _answer_before_commit(commit: Callable[[], None], _: StruckTransaction) -> None:
    """A commit that fails is taken for one that was done."""
    try:
        commit()
    except StoreUnavailable:
        return


@instead_of(MemorySession, "_commit")
def _missing_version_check(
    commit: Callable[[Iterable[str]], None], self: MemorySession, unchanged: Iterable[str]
) -> None:
    """Changes of other processes are overwritten."""
    products = self._memory.products
    self._read = {sku: product.version_number for sku, product in products.items()}
    commit(unchanged)


@instead_of(Product, "change_batch_quantity")
def _missing_version(
    change: Callable[[str, int, str | None], list[OrderLine]],
    self: Product,
    ref: str,
    qty: int,
    reason: str | None,
) -> list[OrderLine]:
    """A change of a quantity does not count as a change."""
    version = self.version_number
    taken_off = change(ref, qty, reason)
    self.version_number = version
    return taken_off


@instead_of(StruckTransaction, "write")
def _lost_follow_up(write: Callable[[Entry], None], _: StruckTransaction, entry: Entry) -> None:
    """Follow-ups that do not fit into the group are not written."""
    if entry.status is not Status.PENDING or entry.attempts:
        write(entry)


@instead_of(StruckTransaction, "write")
def _failed_follow_up_dropped(
    write: Callable[[Entry], None], _: StruckTransaction, entry: Entry
) -> None:
    """A follow-up whose handler breaks is taken for done."""
    failed = entry.status is Status.PENDING and entry.attempts > 0
    write(entry.done([None]) if failed else entry)


@instead_of(StruckTransaction, "find")
def _repeat_handled_again(
    find: Callable[[Collection[str]], object], _: StruckTransaction, ids: Collection[str]
) -> dict[str, Entry]:
    """Ids are not looked up."""
    find(ids)  # so that writing the entries is no conflict
    return {}


@instead_of(StruckTransaction, "incomplete")
def _repeat_answered_too_early(*_: object) -> set[str]:
    """A repeat does not wait for the follow-ups of the first time."""
    return set()


@instead_of(Processor, "process_group")
def _repeat_answered_beside_the_backlog(
    process: Callable[..., GroupResult], _: Processor, *envelopes: Any, **options: Any
) -> GroupResult:
    """A group that leaves the backlog to another server takes all cascades for finished."""
    result = process(*envelopes, **options)
    finished = () if options["backlog"] else options.get("awaited", ())
    return replace(result, incomplete=set(result.incomplete).difference(finished))


@instead_of(Batch, "deallocate")
def _counter_not_decremented(
    deallocate: Callable[..., None], self: Batch, part: Part, qty: int, day: date | None = None
) -> None:
    """Units that are taken off are still counted, as long as there is room for them."""
    deallocate(part, qty, day)
    self._allocated_quantity += min(qty, max(self.available_quantity, 0))


@instead_of(OutboxRelay, "deliver")
def _settled_before_delivery(
    deliver: Callable[[Delivery], Delivery], self: OutboxRelay, delivery: Delivery
) -> Delivery:
    """Mail is written off before it is sent."""
    self.settle(delivery, delivery.delivered())
    return deliver(delivery)


@contextmanager
def _barrier_in_memory() -> Iterator[None]:
    """A server blocks only the keys of follow-ups that it has written itself."""
    write, blocked = StruckTransaction.write, StruckTransaction.blocked
    written: dict[object, set[str]] = defaultdict(set)

    def remembering(self: StruckTransaction, entry: Entry) -> None:
        written[self.server].add(entry.envelope.id)
        write(self, entry)

    def forgetful(self: StruckTransaction, keys: Collection[str], now: datetime) -> set[str]:
        inner: Any = self.wrapped
        inner._given |= inner._log.entries.keys() - written[self.server]
        return set(blocked(self, keys, now))

    with (
        mock.patch.object(StruckTransaction, "write", remembering),
        mock.patch.object(StruckTransaction, "blocked", forgetful),
    ):
        yield


BUGS["barrier in memory"] = _barrier_in_memory
