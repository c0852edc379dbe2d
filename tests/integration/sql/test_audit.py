"""The audit finds what somebody has tampered with, and nothing else."""

import json

import pytest

from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.engine.database import Database
from allocation.service_layer.messagebus import REGISTRY
from tests.support.builders import SKU, TOMORROW, a_batch_created, a_new_quantity, an_allocation
from tests.support.stock_harness import StockHarness

Corruptions = dict[str, set[str]]
"""What the audit must report, by the statement that tampers with the database."""


@pytest.fixture
def harness(database: Database) -> StockHarness:
    """Two batches: the first was corrected and has lost an order to the second.

    Of another sku an order waits, another has waited and was served, and a third has lost its
    batch and waits.
    """
    harness = StockHarness(database)
    harness.handle(a_batch_created("d1", 9, sku="DESK"), an_allocation("o1", 9, sku="DESK"))
    harness.handle(an_allocation("o2", 7, sku="DESK"), an_allocation("o3", 8, sku="DESK"))
    harness.handle(a_batch_created("d2", 8, sku="DESK"), a_new_quantity(2, "d1"))
    harness.handle(a_batch_created("b1", 100), a_batch_created("b2", 100, TOMORROW))
    harness.handle(an_allocation("o1", 50), an_allocation("o2", 40))
    harness.handle(a_new_quantity(60, "b1"))
    harness.carry_mails()
    return harness


def of_type(kind: str, batchref: str) -> str:
    return f"type = '{kind}' AND body LIKE '%\"{batchref}\"%'"


WAITING = "sku = 'DESK' AND orderid = 'o1' AND state = 'waiting'"
OF_O1 = "orderid = 'o1' AND state = 'allocated'"
LET_WAIT = "state = 'waiting', least_room = qty, batchref = NULL, promise = NULL"
A_LINE = "(sku, orderid, qty, position, state, least_room)"
RENAME = f"UPDATE order_lines SET orderid = 'o4' WHERE {WAITING}"
EXCHANGE = "UPDATE order_lines SET qty = 17 - qty WHERE sku = 'DESK' AND state = 'waiting'"
ANNOUNCED = of_type("BatchCreated", "b2")
CORRECTED = of_type("BatchQuantityAdjusted", "b1")
PROMISED = of_type("Allocated", "b2")
CORRUPTIONS: Corruptions = {
    "UPDATE batches SET purchased_quantity = 61 WHERE reference = 'b1'": {
        "b1: 61 purchased, 60 by the log"
    },
    "UPDATE batches SET allocated_quantity = 49 WHERE reference = 'b1'": {
        "b1: 49 allocated, 50 by the log",
        "b1: 49 allocated, 50 by its lines",
    },
    f"UPDATE order_lines SET batchref = 'b2' WHERE {OF_O1}": {
        "b1: 50 allocated, 0 by its lines",
        "b2: 40 allocated, 90 by its lines",
    },
    f"UPDATE order_lines SET {LET_WAIT} WHERE {OF_O1}": {
        "b1: 50 allocated, 0 by its lines",
        f"order o1 for {SKU}: 50 units waiting, None by the log",
    },
    f"DELETE FROM order_lines WHERE {OF_O1}": {"b1: 50 allocated, 0 by its lines"},
    f"UPDATE order_lines SET qty = 10 WHERE {WAITING}": {
        "order o1 for DESK: 10 units waiting, 9 by the log"
    },
    f"INSERT INTO order_lines {A_LINE} VALUES ('DESK', 'o9', 4, 9, 'waiting', 4)": {
        "order o9 for DESK: 4 units waiting, None by the log"
    },
}
OF_THE_LOG: Corruptions = {
    f"DELETE FROM order_lines WHERE {WAITING}": {
        "order o1 for DESK: 0 units waiting, 9 by the log"
    },
    RENAME: {
        "order o1 for DESK: 0 units waiting, 9 by the log",
        "order o4 for DESK: 9 units waiting, None by the log",
    },
    EXCHANGE: {
        "order o1 for DESK: 8 units waiting, 9 by the log",
        "order o3 for DESK: 9 units waiting, 8 by the log",
    },
    f"DELETE FROM messages WHERE {CORRECTED}": {"b1: 60 purchased, 100 by the log"},
    f"UPDATE messages SET status = 'refused' WHERE {CORRECTED}": {
        "b1: 60 purchased, 100 by the log"
    },
    f"DELETE FROM messages WHERE {ANNOUNCED}": {"b2: 100 purchased, None by the log"},
    f"UPDATE messages SET body = replace(body, '100', '10') WHERE {ANNOUNCED}": {
        "b2: 100 purchased, 10 by the log"
    },
    f"DELETE FROM messages WHERE {PROMISED}": {
        "b2: 40 allocated, 0 by the log",
        f"order o2 for {SKU}: 0 units waiting, 40 by the log",
    },
    f"UPDATE messages SET body = replace(body, '\"b2\"', '\"b1\"') WHERE {PROMISED}": {
        "b1: 50 allocated, 90 by the log",
        "b2: 40 allocated, 0 by the log",
    },
    f"DELETE FROM messages WHERE {of_type('Deallocated', 'b1')}": {
        "b1: 50 allocated, 90 by the log",
        f"order o2 for {SKU}: 0 units waiting, -40 by the log",
    },
    f"DELETE FROM messages WHERE {of_type('Backordered', 'o2')}": {
        "order o2 for DESK: 0 units waiting, -7 by the log",
    },
}
OF_THE_PRUNED_LOG: Corruptions = {
    f"DELETE FROM order_lines WHERE {WAITING}": {
        "DESK: 8 units waiting, 17 by the log",
    },
    RENAME: {"DESK: 17 units waiting, units of other lines by the log"},
    EXCHANGE: {"DESK: 17 units waiting, units of other lines by the log"},
    "DELETE FROM opening_backorders WHERE sku = 'DESK'": {
        "order o1 for DESK: 9 units waiting, None by the log",
        "order o3 for DESK: 8 units waiting, None by the log",
    },
    "UPDATE opening_balances SET adjusted_quantity = -1 WHERE reference = 'b2'": {
        "b2: 100 purchased, 99 by the log"
    },
    "DELETE FROM opening_balances WHERE reference = 'b2'": {
        "b2: 100 purchased, None by the log",
        "b2: 40 allocated, 0 by the log",
    },
}


def found_by_audit(harness: StockHarness) -> set[str]:
    return {
        f"{one.name}: {one.recorded} {one.what}, {one.explained} by {one.by}"
        for one in harness.discrepancies
    }


def test_a_correction_that_is_replayed_after_a_younger_one_is_explained(database: Database) -> None:
    harness = StockHarness(database)
    harness.repeatable(a_batch_created(qty=100), "cause")
    columns = "id, type, body, correlation_id, causation_id, at, status, attempts"
    older = json.dumps({"ref": "batch-1", "qty": 50}).replace(":", "\\:")
    harness.tamper(
        f"INSERT INTO messages ({columns}) SELECT 'older', 'BatchQuantityChanged', '{older}',"
        " id, id, at, 'dead', 300 FROM messages"
    )
    harness.handle(a_new_quantity(90))
    harness.dead_letters.replay("older")
    harness.processor.recover()
    assert harness.rows("SELECT purchased_quantity FROM batches") == [(50,)]
    assert harness.discrepancies == []


def test_a_database_without_batches_is_sound(database: Database) -> None:
    assert Audit(database, REGISTRY).run() == (0, [])


def test_it_counts_the_batches_and_tells_how_far_it_is(harness: StockHarness) -> None:
    progress: list[tuple[int, int]] = []
    size = len(harness.log)
    audit = Audit(harness.database, REGISTRY)
    assert audit.run(lambda done, of: progress.append((done, of))) == (4, [])
    assert progress == [(size, size)]


@pytest.mark.parametrize("statement", CORRUPTIONS | OF_THE_LOG)
def test_tampering_is_found(harness: StockHarness, statement: str) -> None:
    assert found_by_audit(harness) == set()
    harness.tamper(statement)
    assert found_by_audit(harness) == (CORRUPTIONS | OF_THE_LOG)[statement]


@pytest.mark.parametrize("statement", CORRUPTIONS | OF_THE_PRUNED_LOG)
def test_so_it_is_when_the_log_has_been_pruned(harness: StockHarness, statement: str) -> None:
    harness.life_goes_on()
    harness.prune()
    assert len(harness.log) == 1
    assert found_by_audit(harness) == set()
    harness.tamper(statement)
    assert found_by_audit(harness) == (CORRUPTIONS | OF_THE_PRUNED_LOG)[statement]


def test_a_batch_whose_lines_are_being_taken_off_is_explained(harness: StockHarness) -> None:
    harness.handle(a_batch_created("many", 200, sku="LAMP"))
    harness.handle(*(an_allocation(f"o{n}", 1, sku="LAMP") for n in range(200)))
    harness.begin(a_new_quantity(5, "many"), "correction")
    held = "SELECT purchased_quantity FROM batches WHERE reference = 'many'"
    assert harness.rows(held) == [(72,)]
    assert found_by_audit(harness) == set()
    harness.tamper("UPDATE batches SET purchased_quantity = 73 WHERE reference = 'many'")
    assert found_by_audit(harness) == {"many: 73 purchased, 72 by the log"}
    harness.tamper("UPDATE batches SET purchased_quantity = 72 WHERE reference = 'many'")
    harness.processor.recover()
    assert harness.rows(held) == [(5,)]
    assert harness.rows("SELECT count(*) FROM order_lines WHERE batchref = 'many'") == [(5,)]
    assert found_by_audit(harness) == set()


def test_pruning_explains_nothing_away(harness: StockHarness) -> None:
    harness.tamper("UPDATE batches SET purchased_quantity = 61 WHERE reference = 'b1'")
    harness.life_goes_on()
    harness.prune()
    assert found_by_audit(harness) == {"b1: 61 purchased, 60 by the log"}


def test_a_line_that_began_to_wait_since_the_log_was_pruned_is_named(
    harness: StockHarness,
) -> None:
    harness.life_goes_on()
    harness.prune()
    harness.handle(an_allocation("o7", 5, sku="DESK"))
    harness.tamper("DELETE FROM order_lines WHERE orderid = 'o7'")
    assert found_by_audit(harness) == {"order o7 for DESK: 0 units waiting, 5 by the log"}
