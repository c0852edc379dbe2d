"""The buyers are told when a line has lost units for which there is no room, however few."""

import pytest

from allocation.domain.events import BackInStock, OutOfStock
from allocation.domain.model import Product
from allocation.domain.order_line import OrderLine
from allocation.domain.portions import PORTION
from tests.support.builders import SKU, TODAY, a_batch, a_product, see_through

SHORTAGES = [OutOfStock(SKU)]


def a_split_line(orderid: str, qty: int) -> OrderLine:
    return OrderLine(orderid, SKU, qty, split=True)


def shortages(product: Product) -> list[object]:
    return [event for event in see_through(product) if isinstance(event, OutOfStock)]


@pytest.fixture
def product() -> Product:
    """A split line has all 6 units of one batch, and 4 of another one."""
    product = a_product(a_batch("stock", 6), a_batch("shipment", 5, eta=TODAY))
    product.allocate(a_split_line("order-1", 10))
    see_through(product)
    return product


def test_a_split_line_that_gets_back_some_of_what_it_has_lost_is_a_shortage(
    product: Product,
) -> None:
    product.change_batch_quantity("stock", 4)

    assert shortages(product) == SHORTAGES


def test_a_split_line_that_gets_back_all_is_none(product: Product) -> None:
    product.change_batch_quantity("stock", 5)

    assert shortages(product) == []


def test_a_waiting_split_line_that_gets_some_units_is_none(product: Product) -> None:
    product.allocate(a_split_line("order-2", 9))
    see_through(product)
    product.add_batch(a_batch("new", 3))

    assert shortages(product) == []


def test_the_same_at_the_end_of_many_lines() -> None:
    """Of many lines of 2 units that lose their stock, the last one gets one of them back."""
    many = PORTION + 20
    product = a_product(a_batch("stock", 2 * many))
    for n in range(many):
        product.allocate(a_split_line(f"order-{n:03d}", 2))
    product.add_batch(a_batch("other", 2 * many - 1))
    see_through(product)

    product.change_batch_quantity("stock", 0)

    assert shortages(product) == SHORTAGES


def test_blocked_units_are_no_stock_that_grows() -> None:
    """Until the batch is unblocked, nothing of it can be promised."""
    product = a_product(a_batch("stock", 4), a_batch("shipment", 4, eta=TODAY))
    product.block_batch("stock")
    product.block_batch("shipment")
    product.allocate(OrderLine("order-1", SKU, 1))
    product.change_batch_quantity("stock", 6)
    product.receive_part("shipment", "arrived", 2)
    product.allocate(OrderLine("order-2", SKU, 1))

    assert shortages(product) == SHORTAGES
    assert BackInStock(SKU) not in product.facts
    product.unblock_batch("stock")
    assert BackInStock(SKU) in product.facts
