"""What every repository does: memory, SQLite and PostgreSQL alike."""

from collections.abc import Callable
from datetime import date

import pytest

from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.model import Batch, Product
from allocation.domain.order_line import ALLOCATED, SHIPPED, OrderLine, Part, Parts
from allocation.domain.validation import LATEST_DATE
from allocation.messaging.errors import Conflict
from tests.support.parts import a_part
from tests.support.snapshots import BatchSnapshot, Snapshot, chair_seen_by, seen_by, the_chair

UowFactory = Callable[[], StandaloneUnitOfWork]
TOMORROW = date(2030, 1, 2)


def store_product(uow: StandaloneUnitOfWork, product: Product) -> None:
    with uow:
        uow.products.add(product)
        uow.commit()


def a_chair(*batches: Batch) -> Product:
    product = Product("CHAIR")
    for batch in batches:
        product.add_batch(batch)
    return product


def test_an_unknown_sku_or_batch_gives_none(uow_factory: UowFactory) -> None:
    store_product(uow_factory(), a_chair(Batch("b1", "CHAIR", 10)))
    with uow_factory() as uow:
        assert uow.products.get("TABLE") is None
        assert uow.products.get_by_batchref("b2") is None


def test_a_product_is_read_back_with_or_without_batches_and_their_promises(
    uow_factory: UowFactory,
) -> None:
    batch = Batch("b1", "CHAIR", 10)
    batch.allocate(OrderLine("o1", "CHAIR", 3))
    store_product(uow_factory(), Product("CHAIR", [batch, Batch("b2", "CHAIR", 7, TOMORROW)]))
    store_product(uow_factory(), Product("TABLE"))
    assert chair_seen_by(uow_factory()).batches == {
        "b1": BatchSnapshot(10, 10, 3, None, (("o1", 3),)),
        "b2": BatchSnapshot(7, 7, 0, TOMORROW, ()),
    }
    assert seen_by(uow_factory(), "TABLE") == Snapshot("TABLE", 0, 0, False, {}, ())


def test_sku_and_batch_reference_give_the_same_object(uow_factory: UowFactory) -> None:
    store_product(uow_factory(), a_chair(Batch("b1", "CHAIR", 10)))
    with uow_factory() as uow:
        product = the_chair(uow)
        assert uow.products.get("CHAIR") is product
        assert uow.products.get_by_batchref("b1") is product


def test_all_that_is_given_or_added_is_seen_in_order(uow_factory: UowFactory) -> None:
    store_product(uow_factory(), a_chair(Batch("b1", "CHAIR", 10)))
    store_product(uow_factory(), Product("TABLE"))
    lamp = Product("LAMP")
    with uow_factory() as uow:
        uow.products.get("TABLE")
        uow.products.get("SOFA")
        uow.products.add(lamp)
        uow.products.get_by_batchref("b1")
        assert uow.products.get("LAMP") is lamp, "also before the commit"
        assert [product.sku for product in uow.products.seen] == ["TABLE", "LAMP", "CHAIR"]


def test_a_repository_returns_and_stores_copies(uow_factory: UowFactory) -> None:
    added = a_chair(Batch("b1", "CHAIR", 10))
    store_product(uow_factory(), added)
    before = chair_seen_by(uow_factory())
    with uow_factory() as uow:
        for product in (added, the_chair(uow)):
            product.allocate(OrderLine("o1", "CHAIR", 3))
            product.batches[0].resize(99)
    assert chair_seen_by(uow_factory()) == before


def test_events_are_not_kept_with_the_product(uow_factory: UowFactory) -> None:
    product = a_chair(Batch("b1", "CHAIR", 10))
    product.allocate(OrderLine("o1", "CHAIR", 3))
    store_product(uow_factory(), product)
    with uow_factory() as uow:
        assert the_chair(uow).events == []


def test_a_batch_of_another_product_is_refused(uow_factory: UowFactory) -> None:
    store_product(uow_factory(), a_chair(Batch("b1", "CHAIR", 10)))
    table = Product("TABLE")
    table.add_batch(Batch("b1", "TABLE", 10))
    with pytest.raises(Conflict):
        store_product(uow_factory(), table)
    assert seen_by(uow_factory(), "TABLE") is None


def test_names_are_compared_letter_by_letter(uow_factory: UowFactory) -> None:
    skus = ("CHAIR", "chair", "CHAÎR", "CHAIR\u0302", "椅子", "CH%IR", "CH'AIR")
    for sku in skus:
        store_product(uow_factory(), Product(sku))
    for sku in skus:
        product = seen_by(uow_factory(), sku)
        assert product is not None
        assert product.sku == sku
    assert seen_by(uow_factory(), "CH_IR") is None


def test_the_longest_names_and_largest_quantities_are_kept(uow_factory: UowFactory) -> None:
    sku, ref, orderid, most = "🛋" * 255, "b" * 255, "ö" * 255, 1_000_000_000
    product = Product(sku)
    product.add_batch(Batch(ref, sku, most, LATEST_DATE))
    product.allocate(OrderLine(orderid, sku, most))
    store_product(uow_factory(), product)
    stored = seen_by(uow_factory(), sku)
    assert stored is not None
    assert stored.batches == {ref: BatchSnapshot(most, most, most, LATEST_DATE, ((orderid, most),))}


CHANGES: dict[str, Callable[[Product, Batch], object]] = {
    "the version": lambda product, batch: setattr(product, "version_number", 9),
    "out of stock": lambda product, batch: setattr(product, "out_of_stock", True),
    "the number of lost lines": lambda product, batch: setattr(product.cascade, "lost", 9),
    "the position of a fill": lambda product, batch: setattr(product.cascade, "fill_after", 9),
    "the target of a release": lambda product, batch: setattr(batch, "target_quantity", 9),
    "the last number": lambda product, batch: setattr(product.lines, "last_number", 9),
    "the announced quantity": lambda product, batch: setattr(batch, "initial_quantity", 11),
    "the purchased quantity": lambda product, batch: batch.resize(12),
    "the allocated quantity": lambda product, batch: batch.allocate(OrderLine("o3", "CHAIR", 2)),
    "the eta": lambda product, batch: setattr(batch, "eta", TOMORROW),
    "the announced eta": lambda product, batch: setattr(batch, "initial_eta", TOMORROW),
    "whether it is blocked": lambda product, batch: setattr(batch, "blocked", True),
    "whether it is cancelled": lambda product, batch: setattr(batch, "cancelled", True),
    "the number of parts": lambda product, batch: product.lines.put(
        tuple(each._replace(qty=qty) for each, qty in zip(two_parts(), (5, 15), strict=True))
    ),
    "the attributes of a part": lambda product, batch: product.lines.put(
        tuple(
            each._replace(first_promised=TOMORROW, due=TOMORROW, first_qty=9)
            for each in two_parts()
        )
    ),
    "the state of a part": lambda product, batch: product.lines.put(
        (two_parts()[0], two_parts()[1]._replace(state=SHIPPED, allocation_number=None))
    ),
    "the quantity of a waiting line": lambda product, batch: product.lines.put(
        (a_part(OrderLine("o2", "CHAIR", 21), 2),)
    ),
    "the position of a waiting line": lambda product, batch: product.lines.put(
        (a_part(OrderLine("o2", "CHAIR", 20), 9),)
    ),
    "the allocation number of a line": lambda product, batch: product.lines.put(
        (a_part(OrderLine("o1", "CHAIR", 3), 1, "b1", 9),)
    ),
    "the batch of a line": lambda product, batch: product.lines.put(
        (a_part(OrderLine("o1", "CHAIR", 3), 1),)
    ),
}
"""A change of every attribute but the names."""


def two_parts() -> Parts:
    line = OrderLine("o2", "CHAIR", 20, "", TOMORROW, split=True)
    waiting = Part(line, 18, 2)
    return (waiting, waiting._replace(qty=2, state=ALLOCATED, batchref="b1", allocation_number=9))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_any_attribute_is_read_back(
    uow_factory: UowFactory, change: Callable[[Product, Batch], object]
) -> None:
    chair = a_chair(Batch("b1", "CHAIR", 10))
    for line in (OrderLine("o1", "CHAIR", 3), OrderLine("o2", "CHAIR", 20)):
        chair.allocate(line)
    store_product(uow_factory(), chair)
    with uow_factory() as uow:
        product = the_chair(uow)
        [batch] = product.batches
        product.change_batch_quantity("b1", 13)
        change(product, batch)
        product.version_number += 1
        expected = attributes(product)
        uow.commit()

    with uow_factory() as uow:
        assert attributes(the_chair(uow)) == expected


def attributes(product: Product) -> dict[str, object]:
    """Everything that a product, its batches and its lines are on record with."""
    lines = [product.lines.find(orderid) for orderid in ("o1", "o2", "o3")]
    return {
        "version_number": product.version_number,
        "out_of_stock": product.out_of_stock,
        "last_number": product.lines.last_number,
        "progress": (product.cascade.lost, product.cascade.fill_after),
        "lines": lines,
        "batches": [
            (
                *(b.initial_quantity, b.purchased_quantity, b.allocated_quantity, b.eta),
                *(b.target_quantity, b.initial_eta, b.blocked, b.cancelled),
            )
            for b in product.batches
        ],
    }
