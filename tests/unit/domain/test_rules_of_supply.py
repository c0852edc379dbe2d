"""What happens to lines when batches change: rules 12 to 17."""

from datetime import timedelta

import pytest

from allocation.domain.errors import BatchConflict, BatchIsBlocked
from allocation.domain.events import Allocated
from tests.support.builders import TODAY, TOMORROW
from tests.support.one_sku import FEBRUARY, JANUARY, MARCH, OneSku

YESTERDAY = TODAY - timedelta(days=1)


class TestTheQuantityOfABatch:
    def test_includes_allocated_units_and_no_shipped_ones(self) -> None:
        sku = OneSku(stock=10)
        sku.order("shipped", 4)
        sku.order("allocated", 3)
        sku.ship_line("shipped")
        assert sku.kept("stock") == (6, 3, 3, 0)
        sku.change_batch_quantity("stock", 6)
        assert sku.kept("stock") == (6, 3, 3, 0)

    def test_grows_from_50_to_100_if_the_first_one_is_recorded_after_a_partial_receipt(
        self,
    ) -> None:
        sku = OneSku()
        sku.batch("ship", 100, JANUARY)
        sku.receive_part("ship", "arrived", 50)
        assert sku.kept("ship") == (50, 0, 50, 0)
        sku.change_batch_quantity("ship", 100)
        assert sku.kept("ship") == (100, 0, 100, 0)

    def test_is_allocated_available_or_blocked(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 4)
        assert sku.kept("stock") == (10, 4, 6, 0)
        sku.block_batch("stock")
        assert sku.kept("stock") == (10, 0, 0, 10)


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
        assert sku.kept("ship") == (5, 0, 0, 5)
        assert sku.kept("arrived") == (3, 0, 0, 3)
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
        assert sku.kept("ship") == sku.kept("arrived") == (50, 50, 0, 0)

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
        assert sku.kept("arrived") == (30, 20, 10, 0)

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
        assert sku.kept("ship") == (0, 0, 0, 0)
        assert sku.kept("arrived") == (qty, 60, qty - 60, 0)

    def test_that_is_repeated_changes_nothing(self) -> None:
        sku = OneSku()
        sku.batch("ship", 100, JANUARY)
        sku.receive_part("ship", "arrived", 50)
        sku.receive_part("ship", "arrived", 50)
        assert sku.kept("ship") == sku.kept("arrived") == (50, 0, 50, 0)
        with pytest.raises(BatchConflict):
            sku.receive_part("ship", "arrived", 40)


class TestASlip:
    def test_moves_lines_where_they_gain_a_day(self) -> None:
        sku = OneSku()
        sku.batch("january", 10, JANUARY)
        sku.order("order", 10)
        sku.batch("february", 10, FEBRUARY)
        sku.change_batch_eta("january", MARCH)
        assert sku.of("order") == {"february": 10}

    def test_moves_lines_that_would_miss_their_required_day_first(self) -> None:
        sku = OneSku()
        sku.batch("january", 3, JANUARY)
        sku.order("patient", 1)
        sku.order("long after", 1, required_by=MARCH)
        sku.order("urgent", 1, required_by=JANUARY)
        sku.batch("february", 1, JANUARY + timedelta(days=1))
        sku.change_batch_eta("january", FEBRUARY)
        assert sku.of("urgent") == {"february": 1}
        assert sku.of("patient") == sku.of("long after") == {"january": 1}

    def test_moves_the_others_by_position_and_then_serves_who_waits(self) -> None:
        sku = OneSku()
        sku.batch("january", 3, JANUARY)
        for orderid, required in (("a", None), ("b", None), ("c", JANUARY)):
            sku.order(orderid, 1, required_by=required)
        sku.order("waiting", 2)
        sku.batch("february", 1, FEBRUARY)
        sku.batch("another", 1, FEBRUARY)
        sku.change_batch_eta("january", MARCH)
        assert [sku.of(o) for o in ("c", "a", "b", "waiting")] == [
            {"another": 1},
            {"february": 1},
            {"january": 1},
            {"january": 2},
        ]

    def test_moves_urgent_lines_by_position(self) -> None:
        sku = OneSku()
        sku.batch("january", 2, JANUARY)
        sku.order("older", 1, required_by=JANUARY)
        sku.order("younger", 1, required_by=TODAY)
        sku.batch("february", 1, FEBRUARY)
        sku.change_batch_eta("january", MARCH)
        assert (sku.of("older"), sku.of("younger")) == ({"february": 1}, {"january": 1})


class TestAnOverdueShipment:
    def test_is_preferred_last(self) -> None:
        sku = OneSku()
        sku.batch("overdue", 1, YESTERDAY)
        sku.batch("january", 1, JANUARY)
        sku.batch("stock", 1)
        for orderid in ("a", "b", "c"):
            sku.order(orderid, 1)
        assert [sku.of(o) for o in "abc"] == [{"stock": 1}, {"january": 1}, {"overdue": 1}]

    def test_is_preferred_by_its_date_among_others(self) -> None:
        sku = OneSku()
        sku.batch("yesterday", 1, YESTERDAY)
        sku.batch("before", 1, YESTERDAY - timedelta(days=1))
        sku.order("order", 1)
        assert sku.of("order") == {"before": 1}

    def test_due_today_is_not_overdue(self) -> None:
        sku = OneSku()
        sku.batch("today", 1, TODAY)
        sku.batch("january", 1, JANUARY)
        sku.order("order", 1)
        assert sku.of("order") == {"today": 1}

    def test_loses_its_lines_to_the_stock_and_to_no_other_shipment(self) -> None:
        sku = OneSku()
        sku.batch("overdue", 2, YESTERDAY)
        sku.order("a", 1)
        sku.order("b", 1)
        sku.batch("tomorrow", 2, TOMORROW)
        assert (sku.of("a"), sku.of("b")) == ({"overdue": 1}, {"overdue": 1})
        sku.batch("stock", 1)
        assert (sku.of("a"), sku.of("b")) == ({"stock": 1}, {"overdue": 1})

    def test_moves_nobody_at_midnight(self) -> None:
        sku = OneSku()
        sku.batch("today", 1, TODAY)
        sku.order("order", 1)
        sku.batch("stock", 1)
        raised = len(sku.raised)
        sku.product.today = TOMORROW
        assert sku.of("order") == {"today": 1}
        assert not sku.product.events
        sku.serve("order")  # as the daily job has it done
        assert sku.of("order") == {"stock": 1}
        assert [type(event) for event in sku.raised[raised:]][:1] == [Allocated]
