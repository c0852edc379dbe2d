"""The rules hold for more lines than one message moves, and portions change no result."""

from datetime import date, timedelta
from random import Random
from typing import Final

import pytest

from allocation.domain.events import (
    AllocationRequired,
    BatchQuantityAdjusted,
    DelayContinued,
    Event,
    ReceiptContinued,
    ReleaseContinued,
)
from allocation.domain.order_line import ALLOCATED
from allocation.domain.portions import PORTION
from tests.support.builders import see_through
from tests.support.one_sku import FEBRUARY, JANUARY, MARCH, OneSku

MANY: Final = 300
ALL: Final = tuple(f"order-{n:03d}" for n in range(MANY))
APRIL: Final = MARCH + timedelta(days=30)


def a_shipment_of_many(**more: object) -> OneSku:
    """Many lines of one unit each fill a shipment that is due in January."""
    sku = OneSku()
    sku.batch("january", MANY, JANUARY)
    for orderid in ALL:
        sku.order(orderid, 1, **more)
    return sku


def on(sku: OneSku, ref: str) -> list[str]:
    """The orders with units there, by name."""
    return [orderid for orderid in ALL if ref in sku.of(orderid)]


def times(sku: OneSku, kind: type[Event]) -> int:
    return sum(isinstance(event, kind) for event in sku.raised)


def recorded(sku: OneSku, ref: str, announced: int) -> int:
    """The units of a batch according to the facts."""
    facts = sku.product.facts
    return announced + sum(
        fact.by for fact in facts if isinstance(fact, BatchQuantityAdjusted) and fact.ref == ref
    )


def handle_until(sku: OneSku, kind: type[Event]) -> None:
    """Handle the follow-ups before the first one of a kind."""
    while not isinstance(sku.product.events[0], kind):
        see_through(sku.product, limit=1)


class TestABatchOfManyLines:
    @pytest.mark.parametrize("verb", ["block_batch", "cancel_batch"])
    @pytest.mark.parametrize("room", [MANY, 200, 0])
    def test_loses_all_of_them_which_move_while_there_is_room(self, verb: str, room: int) -> None:
        sku = a_shipment_of_many()
        sku.batch("february", room + 1, FEBRUARY)
        sku.change_batch_quantity("february", room)
        getattr(sku, verb)("january")
        assert on(sku, "february") == [*ALL[:room]]
        assert on(sku, "waiting") == [*ALL[room:]]
        assert times(sku, ReleaseContinued) == MANY // PORTION

    def test_that_is_unblocked_halfway_gets_all_of_them_back(self) -> None:
        sku = a_shipment_of_many()
        sku.product.block_batch("january")
        handle_until(sku, ReleaseContinued)
        sku.unblock_batch("january")
        assert on(sku, "january") == [*ALL]

    def test_that_comes_later_has_all_of_them_late(self) -> None:
        sku = a_shipment_of_many()
        sku.change_batch_eta("january", MARCH)
        assert [sku.product.lines.find(orderid)[0].due for orderid in ALL] == [JANUARY] * MANY
        sku.batch("february", 200, FEBRUARY)
        assert on(sku, "february") == [*ALL[:200]]

    def test_that_comes_on_time_after_all_has_none_late(self) -> None:
        sku = a_shipment_of_many()
        sku.product.change_batch_eta("january", MARCH)
        sku.change_batch_eta("january", JANUARY)
        sku.batch("stock", MANY)
        assert on(sku, "january") == [*ALL]

    @pytest.mark.parametrize("qty", [1, 100, 200, MANY, 2 * MANY])
    def test_is_received_in_part_with_the_oldest_of_them(self, qty: int) -> None:
        sku = a_shipment_of_many()
        sku.receive_part("january", "arrived", qty)
        assert on(sku, "arrived") == [*ALL[:qty]]
        assert on(sku, "january") == [*ALL[qty:]]
        assert sku.units("january") == (max(MANY - qty, 0), max(MANY - qty, 0), 0, 0)
        assert sku.units("arrived")[:2] == (qty, min(qty, MANY))

    def test_that_is_cancelled_while_it_is_received_has_arrived_in_full(self) -> None:
        sku = a_shipment_of_many()
        sku.product.receive_part("january", "arrived", 200)
        handle_until(sku, ReceiptContinued)
        sku.cancel_batch("january")
        assert on(sku, "arrived") == [*ALL[:200]]
        assert sku.units("arrived") == (200, 200, 0, 0)
        assert sku.units("january") == (0, 0, 0, 0)

    @pytest.mark.parametrize(("verb", "units"), [("cancel_batch", 0), ("block_batch", 200)])
    def test_loses_those_of_a_part_that_is_taken_out_of_use_while_it_is_received(
        self, verb: str, units: int
    ) -> None:
        sku = a_shipment_of_many()
        sku.batch("february", 50, FEBRUARY)
        sku.product.receive_part("january", "arrived", 200)
        handle_until(sku, ReceiptContinued)
        getattr(sku, verb)("arrived")
        assert sku.units("arrived") == (units, 0, 0, units)
        assert sku.units("january") == (100, 100, 0, 0)
        assert len(on(sku, "february")) == 50
        assert len(on(sku, "waiting")) == 150
        assert recorded(sku, "january", MANY) == 100
        assert recorded(sku, "arrived", 200) == units


class TestManyUrgentLines:
    """Every second line is needed in January; the shipment slips to April."""

    URGENT: Final = ALL[::2]

    @pytest.fixture
    def sku(self) -> OneSku:
        sku = OneSku()
        sku.batch("january", 2 * MANY, JANUARY)
        for orderid in ALL:
            sku.order(orderid, 1, required_by=JANUARY if orderid in self.URGENT else None)
        return sku

    @pytest.mark.parametrize("room", [20, 140])
    def test_move_before_the_others(self, sku: OneSku, room: int) -> None:
        sku.batch("february", room, FEBRUARY)
        sku.change_batch_eta("january", APRIL)
        assert on(sku, "february") == [*self.URGENT[:room]]

    def test_move_before_the_others_to_the_best_batch(self, sku: OneSku) -> None:
        sku.batch("february", 150, FEBRUARY)
        sku.batch("march", 100, MARCH)
        sku.change_batch_eta("january", APRIL)
        assert on(sku, "february") == [*self.URGENT]
        assert on(sku, "march") == [*ALL[1::2][:100]]

    def test_of_three_portions_move_before_any_other(self) -> None:
        sku = OneSku()
        sku.batch("january", MANY, JANUARY)
        for orderid in ALL:
            sku.order(orderid, 1, required_by=None if orderid in ALL[:10] else JANUARY)
        sku.batch("february", MANY - 5, FEBRUARY)
        sku.change_batch_eta("january", APRIL)
        assert on(sku, "january") == [*ALL[5:10]]
        noted = [e for e in sku.raised if isinstance(e, DelayContinued) and e.noted]
        assert len(noted) == MANY // PORTION

    def test_are_asked_for_in_turn_even_if_those_before_were_not_served(self, sku: OneSku) -> None:
        sku.batch("february", 150, FEBRUARY)
        sku.product.change_batch_eta("january", APRIL)
        handle_until(sku, AllocationRequired)
        continued = sku.product.events.pop()
        assert isinstance(continued, DelayContinued)
        sku.product.events.clear()
        sku.product.continue_delay("january", continued.after, noted=True)
        requests = [e for e in sku.product.events if isinstance(e, AllocationRequired)]
        assert [request.orderid for request in requests] == [*self.URGENT[PORTION:]]

    def test_are_asked_for_once_each(self, sku: OneSku) -> None:
        sku.batch("february", 150, FEBRUARY)
        before = times(sku, AllocationRequired)
        sku.change_batch_eta("january", APRIL)
        assert times(sku, AllocationRequired) - before == 150


VERBS: Final = ("block", "unblock", "slip", "receive", "cancel", "correct", "grow")
DAYS: Final = (JANUARY, FEBRUARY, MARCH, APRIL)


def act(sku: OneSku, random: Random, step: int) -> None:
    """One change of a batch, if it is not refused anyway."""
    ref, verb = random.choice("abcd"), random.choice(VERBS)
    batch = sku.product.batches.find(ref)
    if batch is None or batch.cancelled:
        sku.batch(f"new-{step}", random.choice([20, 200]), random.choice(DAYS))
    elif verb == "slip":
        sku.change_batch_eta(ref, random.choice(DAYS))
    elif verb == "receive":
        sku.receive_part(ref, f"arrived-{step}", random.choice([1, 60, 150, 200]))
    elif verb in ("correct", "grow"):
        sku.change_batch_quantity(ref, random.choice([0, 100, 350, 500]))
    else:
        getattr(sku, f"{verb}_batch")(ref)


def end_of(seed: int) -> object:
    """Where all units are after some changes."""
    random, sku = Random(seed), OneSku()
    for ref in "abcd":
        sku.batch(ref, random.choice([200, 300, 400]), random.choice(DAYS))
    for orderid in ALL:
        required = random.choice([None, None, *DAYS])
        qty, split = random.choice([1, 1, 1, 2, 5]), random.random() < 0.3
        sku.order(orderid, qty, required_by=required, split=split)
    for step in range(8):
        act(sku, random, step)
    batches = {batch.reference: sku.units(batch.reference) for batch in sku.product.batches}
    return batches, [(orderid, sku.of(orderid), dues(sku, orderid)) for orderid in ALL]


def dues(sku: OneSku, orderid: str) -> list[date | None]:
    parts = sku.product.lines.find(orderid)
    return [part.due for part in parts if part.state == ALLOCATED]


@pytest.mark.parametrize("seed", range(6))
def test_portions_of_any_size_lead_to_the_same_end(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = end_of(seed)
    for module in ("portions", "supply"):
        monkeypatch.setattr(f"allocation.domain.{module}.PORTION", 10 * MANY)
    assert end_of(seed) == usual
