"""Who is served first, and who loses first: rules 5, 6, 9 and 10."""

import pytest

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
