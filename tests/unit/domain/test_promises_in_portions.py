"""What the customers are told at last is what is promised, however many lines have changed."""

from datetime import timedelta
from random import Random
from typing import Final

import pytest

from allocation.domain.portions import PORTION
from tests.support.builders import see_through
from tests.support.one_sku import FEBRUARY, JANUARY, MARCH, OneSku
from tests.support.promises import Customers

MANY: Final = 2 * PORTION + 40
ALL: Final = tuple(f"order-{n:03d}" for n in range(MANY))
APRIL: Final = MARCH + timedelta(days=30)
DAYS: Final = (JANUARY, FEBRUARY, MARCH, APRIL)


def a_shipment_of_many(*, forgiving: bool = False) -> tuple[OneSku, Customers]:
    """Many lines of one unit each fill a shipment that is due in January."""
    sku = OneSku()
    customers = Customers(sku.product, *ALL, forgiving=forgiving)
    sku.batch("shipment", MANY, JANUARY)
    for orderid in ALL:
        sku.order(orderid, 1)
    customers.begin()
    return sku, customers


class TestAShipmentThatSlips:
    def test_is_told_to_each_customer_once(self) -> None:
        sku, customers = a_shipment_of_many()
        sku.change_batch_eta("shipment", MARCH)
        customers.listen()
        assert customers.expected == {(orderid, ""): {("shipment", MARCH): 1} for orderid in ALL}
        assert customers.letters == MANY

    def test_and_comes_back_when_all_is_noted_is_told_twice(self) -> None:
        sku, customers = a_shipment_of_many()
        for day in (MARCH, JANUARY):
            sku.change_batch_eta("shipment", day)
            customers.listen()
            assert customers.expected == customers.promised()
        assert customers.letters == 2 * MANY

    @pytest.mark.parametrize("handled", [0, 1, 2])
    @pytest.mark.parametrize("last", [JANUARY, FEBRUARY])
    def test_and_changes_again_while_its_lines_are_noted_is_told_as_it_is_at_last(
        self, handled: int, last: object
    ) -> None:
        sku, customers = a_shipment_of_many()
        sku.product.change_batch_eta("shipment", MARCH)
        if handled:
            see_through(sku.product, limit=handled)
        sku.change_batch_eta("shipment", last)
        customers.listen()
        assert customers.expected == customers.promised()
        assert customers.letters == (0 if last == JANUARY else MANY)

    @pytest.mark.parametrize("seed", range(20))
    def test_whenever_it_likes_is_told_as_it_is_at_last(self, seed: int) -> None:
        # A line that has moved before its delay was noted is told, instead of which day it never
        # heard of. That needs a change that passes the follow-ups of another one.
        random = Random(seed)
        sku, customers = a_shipment_of_many(forgiving=True)
        sku.batch("other", 100, FEBRUARY)
        for _ in range(5):
            sku.product.change_batch_eta(random.choice(["shipment", "other"]), random.choice(DAYS))
            if steps := random.randrange(4):
                see_through(sku.product, limit=steps)
        sku.change_batch_quantity("other", 101)
        customers.listen()
        assert customers.expected == customers.promised()
