"""What happens when lines and orders are cancelled: rules 22 and 23."""

import pytest

from allocation.domain.errors import (
    LineClosed,
    OrderClosed,
)
from allocation.domain.events import AllocationRequired, OrderLineCancelled
from allocation.domain.order import Order, OrderedLine
from tests.support.builders import SKU
from tests.support.one_sku import OneSku


class TestCancelling:
    def test_offers_the_units_on(self) -> None:
        sku = OneSku(stock=4)
        sku.order("order", 4)
        sku.order("next", 4)
        sku.cancel_line("order")
        assert (sku.of("order"), sku.of("next")) == ({"cancelled": 4}, {"stock": 4})

    def test_twice_changes_nothing_more(self) -> None:
        sku = OneSku(stock=4)
        sku.order("order", 4)
        sku.cancel_line("order")
        version = sku.product.version_number
        assert sku.cancel_line("order") == sku.product.lines.find("order")
        assert sku.product.version_number == version

    def test_leaves_what_was_shipped(self) -> None:
        sku = OneSku(stock=4)
        sku.order("order", 10, split=True)
        sku.ship_line("order")
        sku.cancel_line("order")
        assert sku.of("order") == {"shipped from stock": 4, "cancelled": 6}

    def test_of_a_shipped_line_is_refused(self) -> None:
        sku = OneSku(stock=4)
        sku.order("order", 4)
        sku.ship_line("order")
        with pytest.raises(LineClosed):
            sku.cancel_line("order")

    @pytest.mark.parametrize("was_served", [False, True])
    def test_takes_its_place_in_a_reallocation_under_way(self, was_served: bool) -> None:
        sku = OneSku(a=4, b=4)
        sku.order("order", 4)
        sku.product.block_batch("a")
        assert [type(event) for event in sku.product.events] == [AllocationRequired]
        if was_served:
            sku.serve("order")
        sku.cancel_line("order")
        assert sku.of("order") == {"cancelled": 4}
        assert sku.units("b") == (4, 0, 4, 0)


class TestAnOrder:
    OPEN = OrderedLine(SKU, "", open=4, shipped=0)
    SHIPPED = OrderedLine(SKU, "2", open=0, shipped=4)
    CANCELLED = OrderedLine(SKU, "3", open=0, shipped=0, cancelled=4)

    def test_that_is_cancelled_has_what_is_open_cancelled(self) -> None:
        order = Order("order", [self.OPEN, self.SHIPPED])
        order.cancel()
        assert order.events == [OrderLineCancelled("order", SKU, "")]

    def test_that_is_cancelled_again_has_nothing_to_do(self) -> None:
        order = Order("order", [self.SHIPPED, self.CANCELLED])
        order.cancel()
        assert order.events == []

    def test_that_was_shipped_cannot_be_cancelled(self) -> None:
        with pytest.raises(OrderClosed):
            Order("order", [self.SHIPPED]).cancel()

    def test_that_was_cancelled_accepts_new_lines(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4)
        sku.cancel_line("order")
        sku.order("order", 4, line="later")
        assert sku.of("order", "later") == {"stock": 4}
