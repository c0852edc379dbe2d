"""The audit finds what somebody has tampered with, and nothing else."""

import pytest

from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.engine.database import Database
from allocation.service_layer.messagebus import REGISTRY
from tests.support.builders import SKU, TOMORROW, a_batch_created, a_new_quantity, an_allocation
from tests.support.stock_harness import StockHarness

LOG, LINES, WAITING_UNITS = "the log", "its lines", "units waiting"
Found = list[tuple[str, str, int, int | str | None, str]]
Corruptions = dict[str, tuple[str, Found]]
"""What is wrong: how it is brought about, and what must be said of it."""


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


WAITING = "sku = 'DESK' AND orderid = 'o1' AND batchref IS NULL"
OF_O1 = "orderid = 'o1' AND batchref IS NOT NULL"
MOVE_A_LINE = f"UPDATE order_lines SET batchref = 'b2' WHERE {OF_O1}"
CORRUPTIONS: Corruptions = {
    "purchased": (
        "UPDATE batches SET purchased_quantity = 61 WHERE reference = 'b1'",
        [("b1", "purchased", 61, 60, LOG)],
    ),
    "allocated": (
        "UPDATE batches SET allocated_quantity = 49 WHERE reference = 'b1'",
        [("b1", "allocated", 49, 50, LOG), ("b1", "allocated", 49, 50, LINES)],
    ),
    "batchref of a line": (
        MOVE_A_LINE,
        [("b1", "allocated", 50, 0, LINES), ("b2", "allocated", 40, 90, LINES)],
    ),
    "a line that waits": (
        f"UPDATE order_lines SET batchref = NULL, promise = NULL WHERE {OF_O1}",
        [("b1", "allocated", 50, 0, LINES), (f"order o1 for {SKU}", WAITING_UNITS, 50, None, LOG)],
    ),
    "a line that is gone": (
        f"DELETE FROM order_lines WHERE {OF_O1}",
        [("b1", "allocated", 50, 0, LINES)],
    ),
    "a waiting line of another quantity": (
        f"UPDATE order_lines SET qty = 10 WHERE {WAITING}",
        [("order o1 for DESK", WAITING_UNITS, 10, 9, LOG)],
    ),
    "a waiting line too many": (
        "INSERT INTO order_lines (sku, orderid, qty, position) VALUES ('DESK', 'o9', 4, 9)",
        [("order o9 for DESK", WAITING_UNITS, 4, None, LOG)],
    ),
}
OF_WAITING_LINES: dict[str, tuple[str, Found, Found]] = {
    "a waiting line that is gone": (
        f"DELETE FROM order_lines WHERE {WAITING}",
        [("order o1 for DESK", WAITING_UNITS, 0, 9, LOG)],
        [("DESK", "lines waiting", 1, 2, LOG), ("DESK", WAITING_UNITS, 8, 17, LOG)],
    ),
    "a waiting line of another order": (
        f"UPDATE order_lines SET orderid = 'o4' WHERE {WAITING}",
        [
            ("order o1 for DESK", WAITING_UNITS, 0, 9, LOG),
            ("order o4 for DESK", WAITING_UNITS, 9, None, LOG),
        ],
        [("DESK", "lines waiting", 2, "other lines", LOG)],
    ),
    "waiting lines that have exchanged their quantities": (
        "UPDATE order_lines SET qty = 17 - qty WHERE sku = 'DESK' AND batchref IS NULL",
        [
            ("order o1 for DESK", WAITING_UNITS, 8, 9, LOG),
            ("order o3 for DESK", WAITING_UNITS, 9, 8, LOG),
        ],
        [("DESK", "lines waiting", 2, "other lines", LOG)],
    ),
}
"""What must be said while the log has all facts, and when it has been pruned: only their sum."""
OF_THE_LOG: Corruptions = {
    "a correction that is gone": (
        f"DELETE FROM messages WHERE {of_type('BatchQuantityChanged', 'b1')}",
        [("b1", "purchased", 60, 100, LOG)],
    ),
    "an announcement that is gone": (
        f"DELETE FROM messages WHERE {of_type('BatchCreated', 'b2')}",
        [("b2", "purchased", 100, None, LOG)],
    ),
    "an announcement of another quantity": (
        "UPDATE messages SET body = replace(body, '100', '10')"
        f" WHERE {of_type('BatchCreated', 'b2')}",
        [("b2", "purchased", 100, 10, LOG)],
    ),
    "a promise that is gone": (
        f"DELETE FROM messages WHERE {of_type('Allocated', 'b2')}",
        [
            ("b2", "allocated", 40, 0, LOG),
            (f"order o2 for {SKU}", WAITING_UNITS, 0, 40, LOG),
        ],
    ),
    "a promise of another batch": (
        "UPDATE messages SET body = replace(body, '\"b2\"', '\"b1\"')"
        f" WHERE {of_type('Allocated', 'b2')}",
        [("b1", "allocated", 50, 90, LOG), ("b2", "allocated", 40, 0, LOG)],
    ),
    "a correction that is said to have been refused": (
        f"UPDATE messages SET status = 'refused' WHERE {of_type('BatchQuantityChanged', 'b1')}",
        [("b1", "purchased", 60, 100, LOG)],
    ),
    "a line taken off that is gone": (
        f"DELETE FROM messages WHERE {of_type('Deallocated', 'b1')}",
        [
            ("b1", "allocated", 50, 90, LOG),
            (SKU, "lines waiting", 0, -1, LOG),
            (SKU, "units waiting", 0, -40, LOG),
        ],
    ),
    "a line that began to wait, and is gone": (
        "DELETE FROM messages WHERE type = 'Backordered' AND body LIKE '%\"o2\"%'",
        [("DESK", "lines waiting", 2, 1, LOG), ("DESK", WAITING_UNITS, 17, 10, LOG)],
    ),
}
OF_OPENING_BALANCES: Corruptions = {
    "opening backorders that are gone": (
        "DELETE FROM opening_backorders WHERE sku = 'DESK'",
        [
            ("order o1 for DESK", WAITING_UNITS, 9, None, LOG),
            ("order o3 for DESK", WAITING_UNITS, 8, None, LOG),
        ],
    ),
    "an opening balance": (
        "UPDATE opening_balances SET purchased_quantity = 99 WHERE reference = 'b2'",
        [("b2", "purchased", 100, 99, LOG)],
    ),
    "an opening balance that is gone": (
        "DELETE FROM opening_balances WHERE reference = 'b2'",
        [("b2", "purchased", 100, None, LOG), ("b2", "allocated", 40, 0, LOG)],
    ),
}


def found_by_audit(harness: StockHarness) -> Found:
    return sorted(
        (one.name, one.what, one.recorded, one.explained, one.by) for one in harness.discrepancies
    )


def test_a_database_without_batches_is_sound(database: Database) -> None:
    assert Audit(database, REGISTRY).run() == (0, [])


def test_it_counts_the_batches_and_tells_how_far_it_is(harness: StockHarness) -> None:
    progress: list[tuple[int, int]] = []
    size = len(harness.log)
    audit = Audit(harness.database, REGISTRY)
    assert audit.run(lambda done, of: progress.append((done, of))) == (4, [])
    assert progress == [(size, size)]


@pytest.mark.parametrize("what", [*CORRUPTIONS, *OF_WAITING_LINES, *OF_THE_LOG])
def test_tampering_is_found(harness: StockHarness, what: str) -> None:
    named = {what: each[:2] for what, each in OF_WAITING_LINES.items()}
    statement, expected = {**CORRUPTIONS, **named, **OF_THE_LOG}[what]
    assert found_by_audit(harness) == []
    harness.tamper(statement)
    assert found_by_audit(harness) == sorted(expected)


@pytest.mark.parametrize("what", [*CORRUPTIONS, *OF_WAITING_LINES, *OF_OPENING_BALANCES])
def test_so_it_is_when_the_log_has_been_pruned(harness: StockHarness, what: str) -> None:
    summed = {what: each[::2] for what, each in OF_WAITING_LINES.items()}
    statement, expected = {**CORRUPTIONS, **summed, **OF_OPENING_BALANCES}[what]
    harness.life_goes_on()
    harness.prune()
    assert len(harness.log) == 1
    assert found_by_audit(harness) == []
    harness.tamper(statement)
    assert found_by_audit(harness) == sorted(expected)


def test_a_batch_whose_lines_are_being_taken_off_is_explained(harness: StockHarness) -> None:
    harness.handle(a_batch_created("many", 200, sku="LAMP"))
    harness.handle(*(an_allocation(f"o{n}", 1, sku="LAMP") for n in range(200)))
    harness.begin(a_new_quantity(5, "many"), "correction")
    held = "SELECT purchased_quantity FROM batches WHERE reference = 'many'"
    assert harness.rows(held) == [(72,)]
    assert found_by_audit(harness) == []
    harness.tamper("UPDATE batches SET purchased_quantity = 73 WHERE reference = 'many'")
    assert found_by_audit(harness) == [("many", "purchased", 73, 72, LOG)]
    harness.tamper("UPDATE batches SET purchased_quantity = 72 WHERE reference = 'many'")
    harness.processor.recover()
    assert harness.rows(held) == [(5,)]
    assert harness.rows("SELECT count(*) FROM order_lines WHERE batchref = 'many'") == [(5,)]
    assert found_by_audit(harness) == []


def test_pruning_explains_nothing_away(harness: StockHarness) -> None:
    harness.tamper("UPDATE batches SET purchased_quantity = 61 WHERE reference = 'b1'")
    harness.life_goes_on()
    harness.prune()
    assert found_by_audit(harness) == [("b1", "purchased", 61, 60, LOG)]


def test_a_line_that_began_to_wait_since_the_log_was_pruned_is_named(
    harness: StockHarness,
) -> None:
    harness.life_goes_on()
    harness.prune()
    harness.handle(an_allocation("o7", 5, sku="DESK"))
    harness.tamper("DELETE FROM order_lines WHERE orderid = 'o7'")
    assert found_by_audit(harness) == [("order o7 for DESK", WAITING_UNITS, 0, 5, LOG)]
