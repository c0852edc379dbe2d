"""What every repository does: memory, SQLite and PostgreSQL alike."""

from collections.abc import Callable
from datetime import date

import pytest

from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.model import Batch, OrderLine, Product
from allocation.domain.order_line import Allocation
from allocation.domain.validation import LATEST_ETA
from allocation.messaging.errors import Conflict
from tests.support.snapshots import BatchSnapshot, Snapshot, picture, seen_by

UowFactory = Callable[[], StandaloneUnitOfWork]
TOMORROW = date(2030, 1, 2)


def keep(uow: StandaloneUnitOfWork, product: Product) -> None:
    with uow:
        uow.products.add(product)
        uow.commit()


def a_chair(*batches: Batch) -> Product:
    product = Product("CHAIR")
    for batch in batches:
        product.add_batch(batch)
    return product


def test_an_unknown_sku_gives_none(uow_factory: UowFactory) -> None:
    with uow_factory() as uow:
        assert uow.products.get("CHAIR") is None


def test_an_unknown_batch_gives_none(uow_factory: UowFactory) -> None:
    keep(uow_factory(), a_chair(Batch("b1", "CHAIR", 10)))
    with uow_factory() as uow:
        assert uow.products.get_by_batchref("b2") is None


def test_a_product_without_batches_is_kept(uow_factory: UowFactory) -> None:
    keep(uow_factory(), Product("CHAIR"))
    assert seen_by(uow_factory(), "CHAIR") == Snapshot("CHAIR", 0, 0, False, {}, ())


def test_a_batch_is_read_back_with_all_attributes(uow_factory: UowFactory) -> None:
    keep(uow_factory(), a_chair(Batch("b1", "CHAIR", 10), Batch("b2", "CHAIR", 7, TOMORROW)))
    product = seen_by(uow_factory(), "CHAIR")
    assert product == Snapshot(
        "CHAIR",
        version=2,
        last_number=0,
        out_of_stock=False,
        batches={
            "b1": BatchSnapshot(10, 10, 0, None, ()),
            "b2": BatchSnapshot(7, 7, 0, TOMORROW, ()),
        },
        waiting=(),
    )


def test_batches_given_to_a_new_product_are_kept(uow_factory: UowFactory) -> None:
    batch = Batch("b1", "CHAIR", 10)
    batch.allocate(OrderLine("o1", "CHAIR", 3))
    keep(uow_factory(), Product("CHAIR", [batch, Batch("b2", "CHAIR", 5)]))
    product = seen_by(uow_factory(), "CHAIR")
    assert product is not None
    assert product.batches == {
        "b1": BatchSnapshot(10, 10, 3, None, (("o1", 3),)),
        "b2": BatchSnapshot(5, 5, 0, None, ()),
    }


def test_a_product_is_found_by_a_batch_reference(uow_factory: UowFactory) -> None:
    keep(uow_factory(), a_chair(Batch("b1", "CHAIR", 10)))
    keep(uow_factory(), Product("TABLE"))
    with uow_factory() as uow:
        product = uow.products.get_by_batchref("b1")
        assert product is not None
        assert list(picture(product).batches) == ["b1"]


def test_sku_and_reference_give_the_same_object(uow_factory: UowFactory) -> None:
    keep(uow_factory(), a_chair(Batch("b1", "CHAIR", 10)))
    with uow_factory() as uow:
        product = uow.products.get("CHAIR")
        assert product is not None
        assert uow.products.get("CHAIR") is product
        assert uow.products.get_by_batchref("b1") is product


def test_an_added_product_is_found_before_the_commit(uow_factory: UowFactory) -> None:
    product = Product("CHAIR")
    with uow_factory() as uow:
        uow.products.add(product)
        assert uow.products.get("CHAIR") is product


def test_all_that_is_given_or_added_is_seen_in_order(uow_factory: UowFactory) -> None:
    keep(uow_factory(), a_chair(Batch("b1", "CHAIR", 10)))
    keep(uow_factory(), Product("TABLE"))
    with uow_factory() as uow:
        uow.products.get("TABLE")
        uow.products.get("SOFA")
        uow.products.add(Product("LAMP"))
        uow.products.get_by_batchref("b1")
        assert [product.sku for product in uow.products.seen] == ["TABLE", "LAMP", "CHAIR"]


def test_a_repository_returns_copies(uow_factory: UowFactory) -> None:
    keep(uow_factory(), a_chair(Batch("b1", "CHAIR", 10)))
    before = seen_by(uow_factory(), "CHAIR")
    with uow_factory() as uow:
        product = uow.products.get("CHAIR")
        assert product is not None
        product.allocate(OrderLine("o1", "CHAIR", 3))
        product.batches[0].resize(99)
    assert seen_by(uow_factory(), "CHAIR") == before


def test_a_repository_copies_added_products(uow_factory: UowFactory) -> None:
    product = a_chair(Batch("b1", "CHAIR", 10))
    keep(uow_factory(), product)
    before = seen_by(uow_factory(), "CHAIR")
    product.allocate(OrderLine("o1", "CHAIR", 3))
    assert seen_by(uow_factory(), "CHAIR") == before


def test_events_are_not_kept_with_the_product(uow_factory: UowFactory) -> None:
    product = a_chair(Batch("b1", "CHAIR", 10))
    product.allocate(OrderLine("o1", "CHAIR", 3))
    keep(uow_factory(), product)
    with uow_factory() as uow:
        stored = uow.products.get("CHAIR")
        assert stored is not None
        assert stored.events == []


def test_a_product_that_there_is_already_is_refused(uow_factory: UowFactory) -> None:
    keep(uow_factory(), a_chair(Batch("b1", "CHAIR", 10)))
    with pytest.raises(Conflict):
        keep(uow_factory(), a_chair(Batch("b2", "CHAIR", 20)))
    product = seen_by(uow_factory(), "CHAIR")
    assert product is not None
    assert list(product.batches) == ["b1"]


def test_a_batch_of_another_product_is_refused(uow_factory: UowFactory) -> None:
    keep(uow_factory(), a_chair(Batch("b1", "CHAIR", 10)))
    table = Product("TABLE")
    table.add_batch(Batch("b1", "TABLE", 10))
    with pytest.raises(Conflict):
        keep(uow_factory(), table)
    assert seen_by(uow_factory(), "TABLE") is None


def test_names_are_compared_letter_by_letter(uow_factory: UowFactory) -> None:
    for sku in ("CHAIR", "chair", "CHAÎR", "CHAIR\u0302", "椅子", "CH%IR", "CH'AIR"):
        keep(uow_factory(), Product(sku))
    for sku in ("CHAIR", "chair", "CHAÎR", "CHAIR\u0302", "椅子", "CH%IR", "CH'AIR"):
        product = seen_by(uow_factory(), sku)
        assert product is not None
        assert product.sku == sku
    assert seen_by(uow_factory(), "CH_IR") is None


def test_the_longest_names_and_largest_quantities_are_kept(uow_factory: UowFactory) -> None:
    sku, ref, orderid, most = "🛋" * 255, "b" * 255, "ö" * 255, 1_000_000_000
    product = Product(sku)
    product.add_batch(Batch(ref, sku, most, LATEST_ETA))
    product.allocate(OrderLine(orderid, sku, most))
    keep(uow_factory(), product)
    stored = seen_by(uow_factory(), sku)
    assert stored is not None
    assert stored.batches == {ref: BatchSnapshot(most, most, most, LATEST_ETA, ((orderid, most),))}


CHANGES: dict[str, Callable[[Product, Batch], object]] = {
    "the version": lambda product, batch: setattr(product, "version_number", 9),
    "out of stock": lambda product, batch: setattr(product, "out_of_stock", True),
    "the last number": lambda product, batch: setattr(product.lines, "last_number", 9),
    "the announced quantity": lambda product, batch: setattr(batch, "initial_quantity", 11),
    "the purchased quantity": lambda product, batch: batch.resize(12),
    "the allocated quantity": lambda product, batch: batch.allocate(OrderLine("o3", "CHAIR", 2)),
    "the eta": lambda product, batch: setattr(batch, "eta", TOMORROW),
    "the quantity of a waiting line": lambda product, batch: product.lines.put(
        Allocation(OrderLine("o2", "CHAIR", 21), 2)
    ),
    "the position of a waiting line": lambda product, batch: product.lines.put(
        Allocation(OrderLine("o2", "CHAIR", 20), 9)
    ),
    "the allocation number of a line": lambda product, batch: product.lines.put(
        Allocation(OrderLine("o1", "CHAIR", 3), 1, "b1", 9)
    ),
    "the batch of a line": lambda product, batch: product.lines.put(
        Allocation(OrderLine("o1", "CHAIR", 3), 1)
    ),
}
"""A change of every attribute but the names."""


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_any_attribute_is_read_back(
    uow_factory: UowFactory, change: Callable[[Product, Batch], object]
) -> None:
    chair = a_chair(Batch("b1", "CHAIR", 10))
    for line in (OrderLine("o1", "CHAIR", 3), OrderLine("o2", "CHAIR", 20)):
        chair.allocate(line)
    keep(uow_factory(), chair)
    with uow_factory() as uow:
        product = uow.products.get("CHAIR")
        assert product is not None
        [batch] = product.batches
        product.change_batch_quantity("b1", 13)
        change(product, batch)
        product.version_number += 1
        expected = attributes(product)
        uow.commit()

    assert attributes_of(uow_factory()) == expected


def attributes_of(uow: StandaloneUnitOfWork) -> dict[str, object]:
    with uow:
        product = uow.products.get("CHAIR")
        assert product is not None
        return attributes(product)


def attributes(product: Product) -> dict[str, object]:
    """Everything that a product, its batches and its lines are on record with."""
    lines = [product.lines.find(orderid) for orderid in ("o1", "o2", "o3")]
    return {
        "version_number": product.version_number,
        "out_of_stock": product.out_of_stock,
        "last_number": product.lines.last_number,
        "lines": lines,
        "batches": [
            (b.initial_quantity, b.purchased_quantity, b.allocated_quantity, b.eta)
            for b in product.batches
        ],
    }
