"""What happens when lines are shipped, and come back: rules 21 and 24."""

import pytest

from allocation.domain.errors import (
    LineClosed,
    NotInStock,
    TooMany,
    WholeLine,
)
from allocation.domain.model import Batch
from tests.support.builders import SKU
from tests.support.one_sku import JANUARY, OneSku


class TestShipping:
    def test_takes_the_units_off_the_batch(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4)
        sku.ship_line("order")
        assert sku.of("order") == {"shipped from stock": 4}
        assert sku.units("stock") == (6, 0, 6, 0)

    def test_of_fewer_units_leaves_the_others_of_a_split_line_open(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4, split=True)
        sku.ship_line("order", qty=3)
        assert sku.of("order") == {"stock": 1, "shipped from stock": 3}

    def test_of_fewer_units_of_an_unsplit_line_is_refused(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4)
        with pytest.raises(WholeLine):
            sku.ship_line("order", qty=3)

    def test_of_more_units_than_are_open_is_refused(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4)
        with pytest.raises(TooMany):
            sku.ship_line("order", qty=5)

    @pytest.mark.parametrize("split", [False, True])
    def test_of_a_line_of_which_nothing_is_in_stock_is_refused(self, split: bool) -> None:
        sku = OneSku()
        sku.batch("january", 10, JANUARY)
        sku.order("order", 4, split=split)
        with pytest.raises(NotInStock):
            sku.ship_line("order")

    def test_of_a_split_line_ships_what_is_in_stock(self) -> None:
        sku = OneSku(stock=6)
        sku.batch("january", 10, JANUARY)
        sku.order("order", 10, split=True)
        sku.ship_line("order")
        assert sku.of("order") == {"january": 4, "shipped from stock": 6}

    def test_twice_is_refused(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4)
        sku.ship_line("order")
        with pytest.raises(LineClosed) as refusal:
            sku.ship_line("order")
        assert refusal.value.state == "shipped"


class TestShippingFromANamedBatch:
    def test_takes_its_room_first(self) -> None:
        sku = OneSku(a=10, b=10)
        sku.order("order", 4)
        sku.ship_line("order", ref="b")
        assert sku.of("order") == {"shipped from b": 4}
        assert (sku.units("a"), sku.units("b")) == ((10, 0, 10, 0), (6, 0, 6, 0))

    def test_takes_the_place_of_the_newest_promise_there(self) -> None:
        sku = OneSku(a=4, b=8)
        for orderid in ("order", "older", "newer"):
            sku.order(orderid, 4)
        sku.ship_line("order", ref="b")
        assert sku.of("order") == {"shipped from b": 4}
        assert sku.of("older") == {"b": 4}
        assert sku.of("newer") == {"a": 4}, "it finds the room that the shipped line has left"

    def test_takes_only_the_units_that_are_short_off_a_split_line(self) -> None:
        sku = OneSku(a=3, b=10)
        sku.order("order", 3)
        sku.order("split", 10, split=True)
        sku.ship_line("order", ref="b")
        assert sku.of("split") == {"b": 7, "a": 3}
        assert sku.lost() == [("split", 3), ("order", 3)]

    def test_of_fewer_units_splits_even_an_unsplit_line(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4)
        sku.ship_line("order", qty=3, ref="stock")
        assert sku.of("order") == {"stock": 1, "shipped from stock": 3}

    def test_ships_a_line_that_waits_or_is_promised_from_a_shipment(self) -> None:
        sku = OneSku(stock=4)
        sku.batch("january", 4, JANUARY)
        for orderid in ("first", "second", "third"):
            sku.order(orderid, 4)
        sku.ship_line("third", ref="stock")
        assert sku.of("third") == {"shipped from stock": 4}
        assert (sku.of("first"), sku.of("second")) == ({"waiting": 4}, {"january": 4})

    def test_is_refused_only_if_fewer_units_are_on_record(self) -> None:
        sku = OneSku(stock=4)
        sku.order("order", 4)
        sku.order("large", 5)
        sku.ship_line("large", ref="stock", qty=4)
        assert sku.of("order") == {"waiting": 4}
        with pytest.raises(NotInStock):
            sku.ship_line("large", ref="stock")

    def test_follows_a_count_that_has_taken_the_promise_off_the_line_that_has_left(self) -> None:
        sku = OneSku(stock=10)
        sku.order("stays", 5)
        sku.order("has left", 5)
        sku.change_batch_quantity("stock", 5)  # counted after the line has left
        sku.ship_line("has left", ref="stock")
        assert sku.of("has left") == {"shipped from stock": 5}
        assert sku.units("stock") == (0, 0, 0, 0)


class TestUnshipping:
    def test_brings_units_back_to_the_batch_that_they_left(self) -> None:
        sku = OneSku(a=4, b=10)
        sku.order("order", 4)
        sku.ship_line("order")
        sku.unship_line("order")
        assert sku.of("order") == {"a": 4}
        assert sku.units("a") == (4, 4, 0, 0)

    def test_of_fewer_units_leaves_the_others_shipped(self) -> None:
        sku = OneSku(stock=4)
        sku.order("order", 4)
        sku.ship_line("order")
        sku.unship_line("order", qty=1)
        assert sku.of("order") == {"shipped from stock": 3, "stock": 1}

    def test_of_more_units_than_were_shipped_is_refused(self) -> None:
        sku = OneSku(stock=4)
        sku.order("order", 4)
        sku.ship_line("order")
        with pytest.raises(TooMany):
            sku.unship_line("order", qty=5)

    def test_to_a_blocked_batch_lets_the_units_wait(self) -> None:
        sku = OneSku(stock=4)
        sku.order("order", 4)
        sku.ship_line("order")
        sku.block_batch("stock")
        sku.unship_line("order")
        assert sku.of("order") == {"waiting": 4}
        assert sku.units("stock") == (4, 0, 0, 4)

    def test_is_not_a_return_which_is_a_new_batch(self) -> None:
        sku = OneSku(stock=4)
        sku.order("order", 4)
        sku.ship_line("order")
        sku.add_batch(Batch("returned", SKU, 4))
        assert sku.of("order") == {"shipped from stock": 4}
        assert sku.units("returned") == (4, 0, 4, 0)
