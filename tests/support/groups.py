"""Driving a store's transactions by hand, as the processor does it."""

from datetime import UTC, datetime
from typing import Any, cast

from allocation.adapters.unit_of_work import NestedUnitOfWork
from allocation.messaging.bus import MessageBus
from allocation.messaging.log import Entry, Envelope, Status
from allocation.messaging.ports import Store, Transaction
from allocation.service_layer.messagebus import REGISTRY
from tests.support.snapshots import Snapshot, picture

NOW = datetime(2030, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)

_BUS = MessageBus(REGISTRY.transactional)


def accepted(transaction: Transaction, message: object) -> list[object]:
    """Handle a message in a unit that is accepted; what was raised."""
    unit = transaction.unit(NOW)
    try:
        _BUS.handle(message, unit)
    except BaseException:
        unit.undo()
        raise
    unit.release()
    return list(unit.raised)


def discarded(transaction: Transaction, message: object) -> list[object]:
    """Handle a message in a unit that is discarded; what was raised."""
    unit = transaction.unit(NOW)
    try:
        _BUS.handle(message, unit)
    finally:
        unit.undo()
    return list(unit.raised)


def seen_in(transaction: Transaction, sku: str) -> Snapshot | None:
    """What a unit of the group finds."""
    unit = unit_of(transaction)
    with unit:
        product = unit.products.get(sku)
        snapshot = None if product is None else picture(product)
    unit.undo()
    return snapshot


def chair_in(transaction: Transaction) -> Snapshot:
    """What it finds of the chair, which there is."""
    chair = seen_in(transaction, "CHAIR")
    assert chair is not None
    return chair


def unit_of(transaction: Transaction) -> NestedUnitOfWork:
    """A unit as the handlers know it."""
    return cast(NestedUnitOfWork, transaction.unit(NOW))


def an_entry(message: object, id: str, status: Status = Status.PENDING, **rest: Any) -> Entry:
    """An entry for a message from outside; one that is OUTGOING always has its time."""
    at = rest.pop("at", NOW)
    if status is Status.OUTGOING:
        rest.setdefault("due", at)
    envelope = Envelope.root(message, id=id, at=at)._replace(depth=rest.pop("depth", 0))
    return Entry(envelope, status, **rest)


def write(store: Store, *entries: Entry) -> None:
    """Write entries in a transaction of their own."""
    with store.begin() as transaction:
        for entry in entries:
            transaction.write(entry)
        transaction.commit()


def find(store: Store, id: str) -> Entry | None:
    """What is on record for an id."""
    with store.begin() as transaction:
        return transaction.find([id]).get(id)
