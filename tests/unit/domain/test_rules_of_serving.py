"""Who is served, by which batches, and who loses: rules 5 to 11."""

import pytest

from allocation.domain.errors import LessThanShipped, LineClosed
from tests.support.one_sku import FEBRUARY, JANUARY, MARCH, OneSku


class TestTheQueue:
    def test_has_late_lines_which_come_back_to_the_stock_that_they_have_lost(self) -> None:
        sku = OneSku(stock=1)
        sku.batch("january", 1, JANUARY)
        sku.order("v", 1)
        sku.block_batch("stock")
        assert sku.of("v") == {"january": 1}
        sku.unblock_batch("stock")
        assert sku.of("v") == {"stock": 1}

    def test_serves_waiting_and_late_lines_by_position(self) -> None:
        sku = OneSku(stock=1)
        sku.batch("january", 1, JANUARY)
        for orderid in ("older", "younger", "waiting"):
            sku.order(orderid, 1)
        sku.change_batch_eta("january", MARCH)
        sku.batch("more", 1)
        assert [sku.of(o) for o in ("older", "younger", "waiting")] == [
            {"stock": 1},
            {"more": 1},
            {"january": 1},
        ]

    def test_moves_no_late_line_that_does_not_gain_a_day(self) -> None:
        sku = OneSku()
        sku.batch("january", 1, JANUARY)
        sku.order("late", 1)
        sku.change_batch_eta("january", MARCH)
        sku.batch("another", 1, MARCH)
        assert sku.of("late") == {"january": 1}

    def test_moves_no_line_that_is_on_time(self) -> None:
        sku = OneSku()
        sku.batch("january", 1, JANUARY)
        sku.order("content", 1)
        sku.batch("stock", 1)
        assert sku.of("content") == {"january": 1}

    def test_has_lines_that_their_customer_needs_earlier(self) -> None:
        sku = OneSku()
        sku.batch("march", 1, MARCH)
        sku.order("urgent", 1, required_by=FEBRUARY)
        sku.batch("january", 1, JANUARY)
        assert sku.of("urgent") == {"january": 1}

    def test_is_served_anew_by_an_undone_change(self) -> None:
        sku = OneSku(stock=4)
        sku.order("v", 5)
        sku.order("w", 4)
        sku.change_batch_quantity("stock", 5)
        assert (sku.of("v"), sku.of("w")) == ({"waiting": 5}, {"stock": 4})
        sku.block_batch("stock")
        sku.unblock_batch("stock")
        assert (sku.of("v"), sku.of("w")) == ({"stock": 5}, {"waiting": 4})


class TestAnUnsplitLine:
    def test_goes_whole_to_the_preferred_batch_that_can_hold_it(self) -> None:
        sku = OneSku(stock=6)
        sku.batch("march", 10, MARCH)
        sku.order("order", 10)
        assert sku.of("order") == {"march": 10}

    def test_loses_whole(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 10)
        sku.change_batch_quantity("stock", 8)
        assert sku.of("order") == {"waiting": 10}

    def test_of_13_goes_to_the_batch_of_15_beside_one_of_10(self) -> None:
        sku = OneSku(a=10, b=15)
        sku.order("order", 13)
        assert sku.of("order") == {"b": 13}

    def test_of_10_waits_while_deliveries_come_as_4_and_4_and_4(self) -> None:
        sku = OneSku()
        sku.order("order", 10)
        for ref in "abc":
            sku.batch(ref, 4)
        assert sku.of("order") == {"waiting": 10}

    def test_grows_on_its_own_batch(self) -> None:
        sku = OneSku(a=8, b=100)
        sku.order("order", 5)
        sku.change_line("order", 8)
        assert sku.of("order") == {"a": 8}

    def test_grows_on_any_batch_if_its_own_has_no_room(self) -> None:
        sku = OneSku(a=7, b=100)
        sku.order("order", 5)
        sku.change_line("order", 8)
        assert sku.of("order") == {"b": 8}

    def test_waits_whole_if_no_batch_has_room_and_its_units_are_offered_on(self) -> None:
        sku = OneSku(stock=5)
        sku.order("order", 5)
        sku.order("next", 5)
        sku.change_line("order", 8)
        assert (sku.of("order"), sku.of("next")) == ({"waiting": 8}, {"stock": 5})
        sku.batch("more", 8)
        assert sku.of("order") == {"more": 8}


class TestASplitLine:
    def test_goes_to_the_earliest_date_first(self) -> None:
        sku = OneSku(stock=6)
        sku.batch("march", 10, MARCH)
        sku.order("order", 10, split=True)
        assert sku.of("order") == {"stock": 6, "march": 4}

    def test_goes_to_the_fewest_batches_of_a_date(self) -> None:
        sku = OneSku(a=3, b=10)
        sku.order("order", 10, split=True)
        assert sku.of("order") == {"b": 10}

    def test_goes_to_the_preferred_of_equal_batches(self) -> None:
        sku = OneSku(c=5, b=5, a=5)
        sku.order("order", 10, split=True)
        assert sku.of("order") == {"a": 5, "b": 5}

    def test_waits_with_its_remainder(self) -> None:
        sku = OneSku(stock=6)
        sku.order("order", 10, split=True)
        assert sku.of("order") == {"stock": 6, "waiting": 4}

    def test_of_13_goes_to_the_batch_of_15_of_the_same_date_or_to_both_of_two_dates(self) -> None:
        sku = OneSku(a=10, b=15)
        sku.order("order", 13, split=True)
        assert sku.of("order") == {"b": 13}
        sku = OneSku(a=10)
        sku.batch("march", 15, MARCH)
        sku.order("order", 13, split=True)
        assert sku.of("order") == {"a": 10, "march": 3}

    def test_of_10_is_filled_by_deliveries_of_4_and_4_and_4(self) -> None:
        sku = OneSku()
        sku.order("order", 10, split=True)
        for ref in "abc":
            sku.batch(ref, 4)
        assert sku.of("order") == {"a": 4, "b": 4, "c": 2}
        assert sku.kept("c") == (4, 2, 2, 0)

    def test_takes_any_room_past_an_older_unsplit_line(self) -> None:
        sku = OneSku()
        sku.order("unsplit", 10)
        sku.order("split", 10, split=True)
        sku.batch("stock", 4)
        assert sku.of("unsplit") == {"waiting": 10}
        assert sku.of("split") == {"stock": 4, "waiting": 6}

    def test_keeps_its_older_promise_where_more_units_join(self) -> None:
        sku = OneSku(stock=4)
        sku.order("split", 6, split=True)
        sku.change_batch_quantity("stock", 5)
        sku.order("younger", 2)
        sku.change_batch_quantity("stock", 8)
        assert (sku.of("split"), sku.of("younger")) == ({"stock": 6}, {"stock": 2})
        sku.change_batch_quantity("stock", 7)
        assert (sku.of("split"), sku.of("younger")) == ({"stock": 6}, {"waiting": 2})

    def test_loses_only_the_units_that_are_short(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 10, split=True)
        sku.change_batch_quantity("stock", 8)
        assert sku.of("order") == {"stock": 8, "waiting": 2}

    def test_places_only_the_units_by_which_it_grows(self) -> None:
        sku = OneSku(a=5, b=2)
        sku.order("order", 5, split=True)
        sku.change_line("order", 8)
        assert sku.of("order") == {"a": 5, "b": 2, "waiting": 1}

    def test_gives_up_waiting_units_first_and_then_those_with_the_latest_date(self) -> None:
        sku = OneSku(stock=4)
        sku.batch("march", 3, MARCH)
        sku.order("order", 10, split=True)
        sku.change_line("order", 6)
        assert sku.of("order") == {"stock": 4, "march": 2}


class TestAPromise:
    @pytest.mark.parametrize("qty", [6, 4])
    def test_keeps_its_age_when_it_grows_or_shrinks_in_place(self, qty: int) -> None:
        sku = OneSku(stock=10)
        sku.order("older", 5)
        sku.order("younger", 3)
        sku.change_line("older", qty)
        sku.change_batch_quantity("stock", 8 if qty > 5 else 6)
        assert (sku.of("older"), sku.of("younger")) == ({"stock": qty}, {"waiting": 3})

    def test_that_is_the_newest_loses_first(self) -> None:
        sku = OneSku(stock=15)
        for orderid in ("first", "second", "third"):
            sku.order(orderid, 5)
        sku.change_batch_quantity("stock", 14)
        assert [sku.of(o) for o in ("first", "second", "third")] == [
            {"stock": 5},
            {"stock": 5},
            {"waiting": 5},
        ]


class TestTheOrderedQuantity:
    @pytest.fixture
    def sku(self) -> OneSku:
        sku = OneSku(stock=10)
        sku.order("order", 10, split=True)
        sku.ship_line("order", qty=4)
        return sku

    def test_includes_shipped_units(self, sku: OneSku) -> None:
        sku.change_line("order", 9)
        assert sku.of("order") == {"shipped from stock": 4, "stock": 5}

    def test_is_refused_below_what_was_shipped(self, sku: OneSku) -> None:
        with pytest.raises(LessThanShipped):
            sku.change_line("order", 3)

    def test_closes_the_line_if_it_equals_what_was_shipped(self, sku: OneSku) -> None:
        sku.change_line("order", 4)
        assert sku.of("order") == {"shipped from stock": 4}
        with pytest.raises(LineClosed):
            sku.change_line("order", 5)


class TestEqualLines:
    def test_of_5_on_a_stock_of_5_are_served_one_after_the_other(self) -> None:
        sku = OneSku(stock=5)
        for orderid in ("first", "second", "third"):
            sku.order(orderid, 5)
        assert sku.of("first") == {"stock": 5}
        sku.cancel_line("first")
        assert (sku.of("second"), sku.of("third")) == ({"stock": 5}, {"waiting": 5})

    def test_of_5_in_one_order_do_not_share_a_stock_of_5(self) -> None:
        sku = OneSku(stock=5)
        sku.order("order", 5, line="1")
        sku.order("order", 5, line="2")
        assert (sku.of("order", "1"), sku.of("order", "2")) == ({"stock": 5}, {"waiting": 5})

    def test_of_1_from_10_callers_are_served_5_times_by_a_stock_of_5(self) -> None:
        sku = OneSku(stock=5)
        callers = [f"caller-{n}" for n in range(10)]
        for orderid in callers:
            sku.order(orderid, 1)
        assert [sku.of(orderid) for orderid in callers] == [{"stock": 1}] * 5 + [{"waiting": 1}] * 5
