"""What a product looks like from outside, in plain values that can be compared."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.model import Batch, Product
from allocation.service_layer.unit_of_work import AbstractUnitOfWork

_EVERY_QUANTITY = 10**10


@dataclass(frozen=True)
class BatchSnapshot:
    """A batch; `losing` are the orders promised from it, the one that loses first first."""

    initial: int
    purchased: int
    allocated: int
    eta: date | None
    losing: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Snapshot:
    """A product; `waiting` are the orders that wait, the one that is served first first."""

    sku: str
    version: int
    last_number: int
    out_of_stock: bool
    batches: dict[str, BatchSnapshot]
    waiting: tuple[tuple[str, int], ...]


def picture(product: Product) -> Snapshot:
    """Take a picture; the product is spent by it, and must not be committed."""
    version, last_number = product.version_number, product.lines.last_number
    waiting = tuple(
        (allocation.line.orderid, allocation.line.qty)
        for allocation in product.lines.waiting(lambda: _EVERY_QUANTITY)
    )
    batches = {batch.reference: _batch(batch) for batch in product.batches}
    return Snapshot(product.sku, version, last_number, product.out_of_stock, batches, waiting)


def seen_by(uow: StandaloneUnitOfWork, sku: str) -> Snapshot | None:
    """What a unit of work of its own finds on record."""
    with uow:
        product = uow.products.get(sku)
        return None if product is None else picture(product)


def chair_seen_by(uow: StandaloneUnitOfWork) -> Snapshot:
    """What it finds of the chair, which there is."""
    chair = seen_by(uow, "CHAIR")
    assert chair is not None
    return chair


def the_chair(uow: AbstractUnitOfWork) -> Product:
    """The product itself, for a unit of work that is open."""
    chair = uow.products.get("CHAIR")
    assert chair is not None
    return chair


def _batch(batch: Batch) -> BatchSnapshot:
    purchased, allocated = batch.purchased_quantity, batch.allocated_quantity
    losing = tuple(_losing(batch))
    return BatchSnapshot(batch.initial_quantity, purchased, allocated, batch.eta, losing)


def _losing(batch: Batch) -> Iterator[tuple[str, int]]:
    with suppress(LookupError):
        while True:
            line = batch.deallocate_one()
            yield line.orderid, line.qty
