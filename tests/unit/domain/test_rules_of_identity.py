"""What makes a line or a batch the same one, and a repeat: rules 1 to 4."""

from datetime import date

import pytest

from allocation.domain.errors import (
    BatchClosed,
    BatchConflict,
    InvalidValue,
    LineConflict,
    SeveralLines,
    UnknownLine,
)
from allocation.domain.model import Batch, OrderLine
from tests.support.builders import SKU
from tests.support.one_sku import JANUARY, MARCH, OneSku


class TestALine:
    def test_of_the_same_order_is_another_one_under_another_name(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4)
        sku.order("order", 4, line="2")
        assert sku.units("stock") == (10, 8, 2, 0)

    def test_without_a_name_in_a_request_is_the_only_one_of_the_order(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4, line="2")
        sku.cancel_line("order")
        assert sku.of("order", "2") == {"cancelled": 4}

    def test_without_a_name_in_a_request_is_refused_if_there_are_several(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4, line="1")
        sku.order("order", 4, line="2")
        for request in (sku.cancel_line, sku.ship_line, sku.unship_line):
            with pytest.raises(SeveralLines) as refusal:
                request("order")
            assert refusal.value.lines == ["1", "2"]
        with pytest.raises(SeveralLines):
            sku.change_line("order", 5)

    def test_of_no_order_is_refused(self) -> None:
        with pytest.raises(UnknownLine):
            OneSku(stock=10).cancel_line("order")

    @pytest.mark.parametrize("qty", [10, 8])
    def test_is_repeated_with_its_first_or_its_current_quantity(self, qty: int) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 10)
        sku.change_line("order", 8)
        version = sku.product.version_number
        sku.order("order", qty)
        assert sku.of("order") == {"stock": 8}
        assert sku.product.version_number == version

    def test_is_refused_with_any_other_quantity(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 10)
        sku.change_line("order", 9)
        sku.change_line("order", 8)
        with pytest.raises(LineConflict):
            sku.order("order", 9)

    def test_that_is_cancelled_never_revives(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4)
        sku.cancel_line("order")
        sku.order("order", 4)
        assert sku.of("order") == {"cancelled": 4}
        sku.order("order", 4, line="again")
        assert sku.of("order", "again") == {"stock": 4}

    def test_that_is_shipped_never_revives(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4)
        sku.ship_line("order")
        sku.order("order", 4)
        assert sku.of("order") == {"shipped from stock": 4}
        assert sku.units("stock") == (6, 0, 6, 0)


class TestABatch:
    @pytest.mark.parametrize(("qty", "eta"), [(50, JANUARY), (40, MARCH)])
    def test_is_repeated_with_its_first_or_its_current_facts(self, qty: int, eta: date) -> None:
        sku = OneSku()
        sku.batch("ship", 50, JANUARY)
        sku.change_batch_quantity("ship", 40)
        sku.change_batch_eta("ship", MARCH)
        sku.batch("ship", qty, eta)
        assert sku.units("ship") == (40, 0, 40, 0)
        assert sku.product.batches[0].eta == MARCH

    def test_is_refused_with_any_other_facts(self) -> None:
        sku = OneSku(stock=50)
        sku.change_batch_quantity("stock", 40)
        with pytest.raises(BatchConflict):
            sku.batch("stock", 45)
        with pytest.raises(BatchConflict):
            sku.batch("stock", 40, MARCH)

    @pytest.mark.parametrize("qty", [100, 50])
    def test_is_repeated_after_a_partial_receipt(self, qty: int) -> None:
        sku = OneSku()
        sku.batch("ship", 100, JANUARY)
        sku.receive_part("ship", "arrived", 50)
        sku.batch("ship", qty, JANUARY)
        assert sku.units("ship") == (50, 0, 50, 0)

    def test_that_is_cancelled_is_never_used_again(self) -> None:
        sku = OneSku(stock=50)
        sku.cancel_batch("stock")
        sku.batch("stock", 50)
        assert sku.units("stock") == (0, 0, 0, 0)
        with pytest.raises(BatchConflict):
            sku.batch("stock", 60)
        with pytest.raises(BatchClosed):
            sku.change_batch_quantity("stock", 50)
        with pytest.raises(BatchClosed):
            sku.change_batch_eta("stock", MARCH)


class TestAFollowUp:
    """It was raised while the line waited, and is handled after something else has happened."""

    @pytest.fixture
    def sku(self) -> OneSku:
        sku = OneSku()
        sku.order("order", 5)
        sku.product.add_batch(Batch("stock", SKU, 5))
        return sku

    def test_for_a_line_that_was_cancelled_does_nothing(self, sku: OneSku) -> None:
        sku.cancel_line("order")
        assert sku.of("order") == {"cancelled": 5}

    def test_for_a_line_that_was_shipped_does_nothing(self, sku: OneSku) -> None:
        sku.ship_line("order", ref="stock")
        assert sku.of("order") == {"shipped from stock": 5}

    def test_for_a_line_that_was_changed_serves_what_waits_now(self, sku: OneSku) -> None:
        sku.change_line("order", 3)
        assert sku.of("order") == {"stock": 3}

    def test_for_an_unknown_line_does_nothing(self, sku: OneSku) -> None:
        assert sku.serve("nobody") is None

    def test_for_a_batch_that_was_cancelled_does_nothing(self, sku: OneSku) -> None:
        sku.cancel_batch("stock")
        sku.continue_release("stock", 0)
        sku.continue_delay("stock", 0)
        sku.continue_fill(0)
        assert sku.units("stock") == (0, 0, 0, 0)
        assert sku.of("order") == {"waiting": 5}

    def test_is_not_needed_by_a_requirement_that_is_sent_again(self, sku: OneSku) -> None:
        sku.product.events.clear()
        sku.product.allocate(OrderLine("order", SKU, 5))
        assert sku.of("order") == {"stock": 5}


def test_an_order_line_has_units() -> None:
    with pytest.raises(InvalidValue):
        OrderLine("order", SKU, 0)
