"""What happens to a batch while it still releases lines is explained, and ends the same way."""

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.domain.events import (
    BatchBlocked,
    BatchPartiallyReceived,
    Event,
    OrderLineCancelled,
    OrderLineShipped,
    OrderLineUnshipped,
)
from tests.support.builders import SKU, TOMORROW, a_batch_created, a_new_quantity, an_allocation
from tests.support.stock_harness import StockHarness

MANY = 200
"""Lines of three units each: more than a portion holds."""


def the_first(count: int) -> list[OrderLineShipped]:
    """Their shipments."""
    return [OrderLineShipped(f"o{n}", SKU) for n in range(count)]


def begin_and_fail(harness: StockHarness, correction: Event) -> None:
    """The first portion is released; the next one is a dead letter, for which nobody waits."""
    harness.begin(correction, "correction")
    harness.tamper("UPDATE messages SET status = 'dead' WHERE status = 'pending'")


def handle_well(harness: StockHarness, message: Event) -> None:
    [answer] = harness.handle(message)
    assert answer.error is None


def finish(harness: StockHarness) -> None:
    assert sum(harness.dead_letters.replay_all()) > 0
    harness.processor.recover()


@pytest.fixture
def harness(database: Database) -> StockHarness:
    harness = StockHarness(database)
    harness.handle(a_batch_created("b1", 3 * MANY))
    harness.handle(*(an_allocation(f"o{n}", 3) for n in range(MANY)))
    return harness


@pytest.mark.parametrize(
    ("corrected", "meanwhile", "left"),
    [
        (30, the_first(1), 27),
        (30, the_first(9), 3),
        (30, [*the_first(2), OrderLineUnshipped("o1", SKU)], 27),
        (1, the_first(1), 0),
        (0, the_first(2), 0),
        (30, [OrderLineCancelled("o0", SKU)], 30),
    ],
    ids=["shipped", "nearly all", "back", "more than was counted", "none was counted", "cancelled"],
)
def test_units_leave_and_come_back_while_a_batch_releases_lines(
    harness: StockHarness, corrected: int, meanwhile: list[Event], left: int
) -> None:
    begin_and_fail(harness, a_new_quantity(corrected, "b1"))
    for message in meanwhile:
        handle_well(harness, message)
        assert harness.discrepancies == []
    finish(harness)
    assert harness.rows("SELECT purchased_quantity, allocated_quantity FROM batches") == [
        (left, left)
    ]
    assert harness.discrepancies == []


@pytest.mark.parametrize("arrived", [1, 7, 30, 50])
def test_a_part_of_a_shipment_arrives_while_it_releases_lines(
    database: Database, arrived: int
) -> None:
    harness = StockHarness(database)
    harness.handle(a_batch_created("b1", 3 * MANY, TOMORROW))
    harness.handle(*(an_allocation(f"o{n}", 3) for n in range(MANY)))
    begin_and_fail(harness, a_new_quantity(30, "b1"))
    handle_well(harness, BatchPartiallyReceived("b1", "b2", arrived))
    assert harness.discrepancies == []
    finish(harness)
    held = "SELECT reference, purchased_quantity FROM batches ORDER BY 1"
    assert harness.rows(held) == [("b1", max(30 - arrived, 0)), ("b2", arrived)]
    assert harness.discrepancies == []


def test_what_arrives_of_a_blocked_shipment_releases_its_lines_as_well(database: Database) -> None:
    harness = StockHarness(database)
    harness.handle(a_batch_created("b1", 3 * MANY, TOMORROW))
    harness.handle(*(an_allocation(f"o{n}", 3) for n in range(MANY)))
    begin_and_fail(harness, BatchBlocked("b1"))
    handle_well(harness, BatchPartiallyReceived("b1", "b2", 3))
    assert harness.rows("SELECT blocked, allocated_quantity FROM batches ORDER BY reference") == [
        (True, 3 * (MANY - 128) - 3),
        (True, 0),
    ]
    finish(harness)
    assert harness.rows("SELECT sum(allocated_quantity) FROM batches") == [(0,)]
    assert harness.discrepancies == []
