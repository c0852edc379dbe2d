"""The audit of lines that are shipped, cancelled, and divided among batches."""

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.domain.errors import BatchConflict
from allocation.domain.events import (
    AllocationRequired,
    BatchBlocked,
    BatchCancelled,
    BatchEtaChanged,
    BatchPartiallyReceived,
    BatchUnblocked,
    Event,
    OrderCancelled,
    OrderLineCancelled,
    OrderLineChanged,
    OrderLineShipped,
    OrderLineUnshipped,
    OrderShipped,
)
from tests.integration.sql.test_audit_alone import alone
from tests.support.builders import SKU, TOMORROW, a_batch_created, a_new_quantity, an_allocation
from tests.support.stock_harness import StockHarness

SHIP, SHIP_ELSEWHERE = OrderLineShipped("o1", SKU), OrderLineShipped("o1", SKU, ref="b3")
LIFE: dict[str, list[Event]] = {
    "ships": [SHIP],
    "ships short": [OrderLineShipped("split", SKU, 1)],
    "ships from another batch": [SHIP_ELSEWHERE],
    "ships an order": [OrderShipped("o1")],
    "comes back": [SHIP, OrderLineUnshipped("o1", SKU)],
    "comes back in part": [SHIP_ELSEWHERE, OrderLineUnshipped("o1", SKU, 2)],
    "comes back to a blocked batch": [SHIP, BatchBlocked("b1"), OrderLineUnshipped("o1", SKU)],
    "is cancelled on a batch": [OrderLineCancelled("o1", SKU)],
    "is cancelled on several batches": [OrderLineCancelled("split", SKU)],
    "is cancelled while it waits": [OrderLineCancelled("waits", SKU)],
    "is cancelled once a part has left": [
        OrderLineShipped("split", SKU, 2),
        OrderLineCancelled("split", SKU),
    ],
    "is one of several": [
        AllocationRequired("o1", SKU, 4, "second"),
        OrderLineShipped("o1", SKU, ref="b3", line="second"),
        OrderLineCancelled("o1", SKU, line=""),
    ],
    "is cancelled with its order": [OrderCancelled("o1"), OrderCancelled("waits")],
    "shrinks": [OrderLineChanged("o1", SKU, 5), OrderLineChanged("split", SKU, 9)],
    "grows": [OrderLineChanged("o1", SKU, 11), OrderLineChanged("split", SKU, 90)],
    "grows while it waits": [OrderLineChanged("waits", SKU, 90)],
    "is received": [BatchPartiallyReceived("b2", "b4", 9)],
    "is received, more than expected": [BatchPartiallyReceived("b2", "b4", 70)],
    "is blocked": [BatchBlocked("b1")],
    "is blocked for a time": [BatchBlocked("b1"), BatchUnblocked("b1")],
    "is blocked and received": [BatchBlocked("b2"), BatchPartiallyReceived("b2", "b4", 9)],
    "will not come": [BatchCancelled("b2")],
    "slips": [BatchEtaChanged("b2", TOMORROW.replace(year=2031))],
    "arrives": [BatchEtaChanged("b2")],
    "is counted": [a_new_quantity(3, "b1"), a_new_quantity(60, "b1")],
}
"""What happens to a line or to a batch."""


def stock() -> list[Event]:
    """Two batches, a third with a line of its own, a line on the first, one on two, one waits."""
    return [
        a_batch_created("b1", 10),
        a_batch_created("b2", 20, TOMORROW),
        an_allocation("o1", 8),
        AllocationRequired("split", SKU, 12, split=True),
        a_batch_created("b3", 9),
        an_allocation("o2", 9),
        an_allocation("waits", 50),
    ]


@pytest.fixture
def harness(database: Database) -> StockHarness:
    harness = StockHarness(database)
    harness.handle(*stock())
    assert parts(harness) == [
        *[("o1", "allocated", 8), ("o2", "allocated", 9)],
        *[("split", "allocated", 2), ("split", "allocated", 10), ("waits", "waiting", 50)],
    ]
    return harness


def parts(harness: StockHarness) -> list[tuple[str, str, int]]:
    return sorted(map(tuple, harness.rows("SELECT orderid, state, qty FROM order_lines")))


def found_by_audit(harness: StockHarness) -> set[str]:
    return {
        f"{one.name}: {one.recorded} {one.what}, {one.explained} by {one.by}"
        for one in harness.discrepancies
    }


@pytest.mark.parametrize("life", LIFE)
def test_whatever_happens_is_explained(harness: StockHarness, life: str) -> None:
    for message in LIFE[life]:
        [answer] = harness.handle(message)
        assert answer.error is None
        assert found_by_audit(harness) == set()
    harness.carry_mails()
    harness.life_goes_on()
    harness.prune()
    assert len(harness.log) == 1
    assert found_by_audit(harness) == set()


@pytest.mark.parametrize("life", LIFE)
def test_whatever_standalone_units_do_is_explained(database: Database, life: str) -> None:
    harness = StockHarness(database)
    alone(harness, *stock(), *LIFE[life])
    assert harness.log == []
    assert found_by_audit(harness) == set()


def test_shipped_units_are_kept_in_the_opening_balances(harness: StockHarness) -> None:
    shipped = "SELECT reference, shipped_quantity FROM opening_balances WHERE shipped_quantity <> 0"
    alone(harness, SHIP)
    assert harness.rows(shipped) == [("b1", 8)]
    harness.handle(OrderLineUnshipped("o1", SKU, 3))
    harness.carry_mails()
    harness.life_goes_on()
    harness.prune()
    assert harness.rows(shipped) == [("b1", 5)]


def test_what_arrives_does_not_take_the_reference_of_another_products_batch(
    harness: StockHarness,
) -> None:
    harness.handle(a_batch_created("of-another", 9, sku="LAMP"))
    [answer] = harness.handle(BatchPartiallyReceived("b2", "of-another", 9))
    assert isinstance(answer.error, BatchConflict)
    assert (answer.error.ref, answer.error.field) == ("of-another", "sku")
    assert found_by_audit(harness) == set()


def a_fact(kind: str) -> str:
    return f"DELETE FROM messages WHERE type = '{kind}'"


FAULTS: dict[str, tuple[list[Event], set[str]]] = {
    a_fact("Shipped"): (
        [SHIP],
        {"b1: 2 purchased, 10 by the log", "b1: 2 allocated, 10 by the log"},
    ),
    a_fact("Unshipped"): (
        [SHIP, OrderLineUnshipped("o1", SKU)],
        {"b1: 10 purchased, 2 by the log", "b1: 10 allocated, 2 by the log"},
    ),
    a_fact("Cancelled"): (
        [OrderLineCancelled("o1", SKU), OrderLineCancelled("waits", SKU)],
        {
            "b1: 2 allocated, 10 by the log",
            f"order waits for {SKU}: 0 units waiting, 50 by the log",
        },
    ),
    a_fact("BatchReceived"): (
        [BatchPartiallyReceived("b2", "b4", 9)],
        {"b4: 9 purchased, None by the log"},
    ),
    a_fact("BatchQuantityAdjusted"): (
        [BatchPartiallyReceived("b2", "b4", 9)],
        {"b2: 11 purchased, 20 by the log"},
    ),
    "UPDATE order_lines SET state = 'allocated', promise = 99 WHERE state = 'shipped'": (
        [SHIP],
        {"b1: 2 allocated, 10 by its lines"},
    ),
    "UPDATE order_lines SET state = 'waiting', least_room = qty WHERE state = 'cancelled'": (
        [OrderLineCancelled("waits", SKU)],
        {f"order waits for {SKU}: 50 units waiting, None by the log"},
    ),
    "UPDATE order_lines SET qty = 1 WHERE orderid = 'split' AND state = 'shipped'": (
        [OrderLineShipped("split", SKU, 2)],
        {f"order split for {SKU}: 12 units ordered, 11 by its parts"},
    ),
    "DELETE FROM order_lines WHERE orderid = 'split' AND state = 'shipped'": (
        [OrderLineShipped("split", SKU, 2)],
        {f"order split for {SKU}: 12 units ordered, 10 by its parts"},
    ),
    "UPDATE order_lines SET ordered = 13 WHERE orderid = 'split' AND part = 0": (
        [],
        {f"order split for {SKU}: 13 units ordered, 12 by its parts"},
    ),
    "UPDATE order_lines SET ordered = NULL WHERE orderid = 'split' AND part = 0": (
        [],
        {f"order split for {SKU}: 2 units ordered, 12 by its parts"},
    ),
    "INSERT INTO order_lines (sku, orderid, part, qty, position, state)"
    f" VALUES ('{SKU}', 'o1', 1, 3, 1, 'cancelled')": (
        [],
        {f"order o1 for {SKU}: 3 units ordered, 11 by its parts"},
    ),
    "UPDATE order_lines SET batchref = 'b1' WHERE orderid = 'split'": (
        [],
        {
            "b1: 10 allocated, 20 by its lines",
            "b2: 10 allocated, 0 by its lines",
            f"order split for {SKU}: 2 parts, 1 by their state and batch",
        },
    ),
    "UPDATE order_lines SET line = 'x' WHERE orderid = 'waits'": (
        [],
        {
            f"order waits for {SKU}: 0 units waiting, 50 by the log",
            f"order waits, line x, for {SKU}: 50 units waiting, None by the log",
        },
    ),
}
"""What happens, and what the audit must report, by the statement that tampers with the database."""


@pytest.mark.parametrize("statement", FAULTS)
def test_tampering_is_found(harness: StockHarness, statement: str) -> None:
    history, findings = FAULTS[statement]
    harness.handle(*history)
    assert found_by_audit(harness) == set()
    harness.tamper(statement)
    assert found_by_audit(harness) == findings


def test_a_line_with_two_waiting_parts_is_found(harness: StockHarness) -> None:
    harness.tamper("UPDATE order_lines SET qty = 20, ordered = 50 WHERE orderid = 'waits'")
    harness.tamper(
        "INSERT INTO order_lines (sku, orderid, part, qty, position, state, least_room, ordered)"
        " SELECT sku, orderid, 1, 30, position, state, 30, 50 FROM order_lines"
        " WHERE orderid = 'waits'"
    )
    assert found_by_audit(harness) == {
        f"order waits for {SKU}: 2 parts, 1 by their state and batch"
    }
