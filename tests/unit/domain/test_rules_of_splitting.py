"""Whole lines and split ones, and what happens when they grow or shrink: rules 7 to 11."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.domain.errors import LessThanShipped, LineClosed
from allocation.domain.rooms import Room, fewest
from tests.support.builders import a_batch
from tests.support.one_sku import MARCH, OneSku


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
        assert sku.units("c") == (4, 2, 2, 0)

    def test_takes_any_room_past_an_older_unsplit_line(self) -> None:
        sku = OneSku()
        sku.order("unsplit", 10)
        sku.order("split", 10, split=True)
        sku.batch("stock", 4)
        assert sku.of("unsplit") == {"waiting": 10}
        assert sku.of("split") == {"stock": 4, "waiting": 6}

    def test_keeps_its_older_promise_where_more_units_join(self) -> None:
        sku = OneSku(stock=10)
        sku.order("split", 5, split=True)
        sku.order("younger", 3)
        sku.change_line("split", 7)
        sku.change_batch_quantity("stock", 9)
        assert (sku.of("split"), sku.of("younger")) == ({"stock": 7}, {"waiting": 3})

    def test_loses_only_the_units_that_are_short(self) -> None:
        sku = OneSku(stock=10)
        sku.order("order", 10, split=True)
        sku.change_batch_quantity("stock", 8)
        assert sku.of("order") == {"stock": 8, "waiting": 2}
        assert sku.lost() == [("order", 2)]

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


@given(st.lists(st.integers(1, 12), min_size=1, max_size=9), st.integers(1, 60))
def test_the_fewest_batches_of_one_day_are_taken_and_ties_go_to_the_preferred(
    rooms: list[int], qty: int
) -> None:
    sku = OneSku(**{f"b{n}": room for n, room in enumerate(rooms)})
    sku.order("order", qty, split=True)
    expected, left = Counter[str](), qty
    free = {f"b{n}": room for n, room in enumerate(rooms)}
    while free and left:
        whole = [ref for ref in free if free[ref] >= left]
        ref = min(whole) if whole else min(free, key=lambda ref: (-free[ref], ref))
        expected[ref] = min(free.pop(ref), left)
        left -= expected[ref]
    if left:
        expected["waiting"] = left
    assert sku.of("order") == expected


def test_a_line_over_many_batches_of_one_day_compares_each_a_few_times() -> None:
    compared = 0

    class Size(int):
        def __ge__(self, other: int) -> bool:
            nonlocal compared
            compared += 1
            return int(self) >= int(other)

    batch = a_batch()
    group = [Room((n,), batch, Size(1)) for n in range(2_000)]
    assert len(list(fewest(group, 1_999))) == 1_999
    assert compared < 10_000
