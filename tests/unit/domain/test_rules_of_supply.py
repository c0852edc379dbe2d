"""What happens to lines when batches are corrected, blocked or received: rules 12 to 14."""

import pytest

from allocation.domain.errors import BatchConflict, BatchIsBlocked
from allocation.domain.supply import Receipt
from tests.support.one_sku import FEBRUARY, JANUARY, MARCH, OneSku


class TestTheQuantityOfABatch:
    def test_includes_allocated_units_and_no_shipped_ones(self) -> None:
        sku = OneSku(stock=10)
        sku.order("shipped", 4)
        sku.order("allocated", 3)
        sku.ship_line("shipped")
        assert sku.units("stock") == (6, 3, 3, 0)
        sku.change_batch_quantity("stock", 6)
        assert sku.units("stock") == (6, 3, 3, 0)

    def test_grows_from_50_to_100_if_the_first_one_is_recorded_after_a_partial_receipt(
        self,
    ) -> None:
        sku = OneSku()
        sku.batch("ship", 100, JANUARY)
        sku.receive_part("ship", "arrived", 50)
        assert sku.units("ship") == (50, 0, 50, 0)
        sku.change_batch_quantity("ship", 100)
        assert sku.units("ship") == (100, 0, 100, 0)

    def test_is_allocated_available_or_blocked(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4)
        assert sku.units("stock") == (10, 4, 6, 0)
        sku.block_batch("stock")
        assert sku.units("stock") == (10, 0, 0, 10)


class TestABlockedBatch:
    @pytest.fixture
    def sku(self) -> OneSku:
        sku = OneSku()
        sku.batch("ship", 10, JANUARY)
        sku.order("order", 4)
        sku.batch("march", 10, MARCH)
        sku.block_batch("ship")
        return sku

    def test_has_lost_its_lines_as_if_it_were_empty(self, sku: OneSku) -> None:
        assert sku.of("order") == {"march": 4}

    def test_is_given_no_lines(self, sku: OneSku) -> None:
        sku.order("another", 4)
        assert sku.of("another") == {"march": 4}

    def test_ships_nothing(self, sku: OneSku) -> None:
        with pytest.raises(BatchIsBlocked):
            sku.ship_line("order", ref="ship")

    def test_can_still_be_changed_and_received(self, sku: OneSku) -> None:
        sku.change_batch_quantity("ship", 8)
        sku.change_batch_eta("ship", FEBRUARY)
        sku.receive_part("ship", "arrived", 3)
        assert sku.units("ship") == (5, 0, 0, 5)
        assert sku.units("arrived") == (3, 0, 0, 3)
        assert sku.of("order") == {"march": 4}

    def test_gets_its_lines_back_where_they_gain_a_day(self, sku: OneSku) -> None:
        sku.unblock_batch("ship")
        assert sku.of("order") == {"ship": 4}


class TestAPartialReceipt:
    def test_moves_the_oldest_lines_that_fit_whole_and_lets_one_stand_on_both(self) -> None:
        sku = OneSku()
        sku.batch("ship", 100, JANUARY)
        sku.order("older", 60)
        sku.order("younger", 40)
        sku.receive_part("ship", "arrived", 50)
        assert sku.of("younger") == {"arrived": 40}
        assert sku.of("older") == {"ship": 50, "arrived": 10}
        assert sku.units("ship") == sku.units("arrived") == (50, 50, 0, 0)

    def test_cuts_split_lines(self) -> None:
        sku = OneSku()
        sku.batch("ship", 100, JANUARY)
        sku.order("older", 60, split=True)
        sku.order("younger", 40, split=True)
        sku.receive_part("ship", "arrived", 50)
        assert sku.of("older") == {"arrived": 50, "ship": 10}
        assert sku.of("younger") == {"ship": 40}

    def test_cuts_no_line_if_the_rest_can_hold_the_others(self) -> None:
        sku = OneSku()
        sku.batch("ship", 100, JANUARY)
        sku.order("older", 60)
        sku.order("younger", 20)
        sku.receive_part("ship", "arrived", 30)
        assert (sku.of("older"), sku.of("younger")) == ({"ship": 60}, {"arrived": 20})
        assert sku.units("arrived") == (30, 20, 10, 0)

    def test_offers_the_room_that_is_left(self) -> None:
        sku = OneSku()
        sku.batch("ship", 60, JANUARY)
        sku.order("order", 60)
        sku.order("waiting", 10)
        sku.receive_part("ship", "arrived", 70)
        assert (sku.of("order"), sku.of("waiting")) == ({"arrived": 60}, {"arrived": 10})

    @pytest.mark.parametrize("qty", [100, 130])
    def test_of_everything_or_more_leaves_the_shipment_nothing(self, qty: int) -> None:
        sku = OneSku()
        sku.batch("ship", 100, JANUARY)
        sku.order("order", 60)
        sku.receive_part("ship", "arrived", qty)
        assert sku.units("ship") == (0, 0, 0, 0)
        assert sku.units("arrived") == (qty, 60, qty - 60, 0)

    def test_that_is_repeated_changes_nothing(self) -> None:
        sku = OneSku()
        sku.batch("ship", 100, JANUARY)
        sku.receive_part("ship", "arrived", 50)
        sku.receive_part("ship", "arrived", 50)
        assert sku.units("ship") == sku.units("arrived") == (50, 0, 50, 0)
        with pytest.raises(BatchConflict):
            sku.receive_part("ship", "arrived", 40)

    def test_says_whether_it_is_repeated(self) -> None:
        sku = OneSku()
        sku.batch("ship", 100, JANUARY)
        receipts = [sku.receive_part("ship", "arrived", 50) for _ in range(2)]
        assert receipts == [Receipt(repeated=False, unexpected=0), Receipt(True, 0)]

    def test_says_how_many_units_were_not_expected(self) -> None:
        sku = OneSku()
        sku.batch("ship", 100, JANUARY)
        assert sku.receive_part("ship", "arrived", 103).unexpected == 3
        assert sku.receive_part("ship", "arrived too", 5).unexpected == 5

    @pytest.mark.parametrize("other", ["another ship", "stock"])
    def test_of_another_shipment_is_no_repetition(self, other: str) -> None:
        sku = OneSku(stock=50)
        sku.batch("ship", 100, JANUARY)
        sku.batch("another ship", 100, JANUARY)
        sku.receive_part("ship", "arrived", 50)
        ref, new_ref = ("another ship", "arrived") if other != "stock" else ("ship", "stock")
        with pytest.raises(BatchConflict) as refused:
            sku.receive_part(ref, new_ref, 50)
        assert (refused.value.field, refused.value.asked) == ("received_from", ref)
        assert sku.units("ship") == (50, 0, 50, 0)
        assert sku.units("another ship") == (100, 0, 100, 0)
