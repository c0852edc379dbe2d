"""A promise that changes or is lost is told for the units for which it was told before."""

from random import Random
from typing import Final

import pytest

from allocation.domain.events import PromiseChanged, PromiseLost
from tests.support.builders import TODAY
from tests.support.one_sku import FEBRUARY, JANUARY, MARCH, OneSku
from tests.support.promises import Customers

DAYS: Final = (JANUARY, FEBRUARY, MARCH)
ORDERS: Final = tuple(f"order-{n}" for n in range(12))


def letters(sku: OneSku) -> list[tuple[object, ...]]:
    """What the customers are told: units, batch and day before, batch and day now."""
    customers = Customers(sku.product, forgiving=True)
    customers.see_through()
    result: list[tuple[object, ...]] = []
    for fact in sku.product.facts:
        if isinstance(fact, PromiseChanged):
            before, now = (fact.from_batchref, fact.from_day), (fact.to_batchref, fact.to_day)
            result.append((fact.qty, before, now))
        elif isinstance(fact, PromiseLost):
            result.append((fact.qty, (fact.batchref, fact.day), None))
    sku.product.facts.clear()
    return result


def test_units_that_are_lost_beside_waiting_ones_are_told_alone() -> None:
    sku = OneSku(stock=4)
    sku.order("order", 10, split=True)
    sku.change_batch_quantity("stock", 2)
    assert sku.of("order") == {"stock": 2, "waiting": 8}
    assert letters(sku) == [(2, ("stock", TODAY), None)]


def test_units_that_are_lost_later_are_told_alone() -> None:
    sku = OneSku(stock=10)
    sku.order("order", 10, split=True)
    for qty, lost in ((7, 3), (2, 5)):
        sku.change_batch_quantity("stock", qty)
        assert letters(sku) == [(lost, ("stock", TODAY), None)]


def test_a_line_on_two_batches_that_waits_whole_loses_both_promises() -> None:
    sku = OneSku()
    sku.batch("shipment", 100, JANUARY)
    sku.order("order", 60)
    sku.order("other", 40)
    sku.receive_part("shipment", "arrived", 50)
    assert sku.of("order") == {"shipment": 50, "arrived": 10}
    letters(sku)
    sku.change_line("order", 70)
    assert sku.of("order") == {"waiting": 70}
    assert letters(sku) == [
        (50, ("shipment", JANUARY), None),
        (10, ("arrived", TODAY), None),
    ]


def test_a_line_that_grows_beyond_its_batch_loses_what_was_promised() -> None:
    sku = OneSku(stock=5)
    sku.order("order", 5)
    sku.change_line("order", 8)
    assert sku.of("order") == {"waiting": 8}
    assert letters(sku) == [(5, ("stock", TODAY), None)]


VERBS: Final = ("block", "unblock", "slip", "receive", "correct")


def act(sku: OneSku, random: Random, step: int) -> None:
    """One change of a batch."""
    ref, verb = random.choice("abcd"), random.choice(VERBS)
    batch = sku.product.batches.find(ref)
    assert batch is not None
    if verb == "slip":
        sku.change_batch_eta(ref, random.choice(DAYS))
    elif verb == "receive" and batch.eta is not None:
        sku.receive_part(ref, f"arrived-{step}", random.choice([1, 5, 20]))
    elif verb == "correct":
        sku.change_batch_quantity(ref, random.choice([0, 10, 20, 60]))
    elif verb in ("block", "unblock"):
        getattr(sku, f"{verb}_batch")(ref)


@pytest.mark.parametrize("portion", [3, 128])
@pytest.mark.parametrize("seed", range(50))
def test_what_is_told_of_all_parts_is_what_is_promised(
    seed: int, portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("portions", "supply", "demand"):
        monkeypatch.setattr(f"allocation.domain.{module}.PORTION", portion)
    random, sku = Random(seed), OneSku()
    customers = Customers(sku.product, *ORDERS)
    for ref in "abcd":
        sku.batch(ref, 40, random.choice(DAYS))
    for orderid in ORDERS:
        sku.order(orderid, random.choice([2, 5, 12]), split=random.random() < 0.7)
    customers.begin()
    for step in range(12):
        act(sku, random, step)
        customers.listen()
        assert customers.expected == customers.promised(), step
