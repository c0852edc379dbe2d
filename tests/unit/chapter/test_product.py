"""The book's tests of a product, under their names."""

from allocation.domain import events
from allocation.domain.model import Product
from tests.support.builders import LATER, SKU, TODAY, TOMORROW, a_batch, a_line


def test_prefers_warehouse_batches_to_shipments() -> None:
    shipment, in_stock = a_batch("shipment", 50, TODAY), a_batch("in-stock", 50)
    Product(SKU, [shipment, in_stock]).allocate(a_line(qty=5))
    assert (in_stock.available_quantity, shipment.available_quantity) == (45, 50)


def test_prefers_earlier_batches() -> None:
    batches = [a_batch(ref, 50, eta) for ref, eta in [("b", TOMORROW), ("a", LATER), ("c", TODAY)]]
    Product(SKU, batches).allocate(a_line(qty=5))
    assert [batch.available_quantity for batch in batches] == [50, 50, 45]


def test_returns_allocated_batch_ref() -> None:
    product = Product(SKU, [a_batch("in-stock"), a_batch("shipment", eta=TOMORROW)])
    assert product.allocate(a_line()) == "in-stock"


def test_records_out_of_stock_event_if_cannot_allocate() -> None:
    product = Product(SKU, [a_batch(qty=6)])
    product.allocate(a_line("order-1", 6))

    assert product.allocate(a_line("order-2", 1)) is None
    assert product.events[-1] == events.OutOfStock(SKU)


def test_increments_version_number() -> None:
    product = Product(SKU, [a_batch()], version_number=7)
    product.allocate(a_line())
    assert product.version_number == 8
