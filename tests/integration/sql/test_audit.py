"""The audit finds what somebody has tampered with, and nothing else."""

import pytest

from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.engine.database import Database
from tests.support.builders import TOMORROW, a_batch_created, a_new_quantity, an_allocation
from tests.support.stock_harness import StockHarness

LOG, LINES = "the log", "its lines"
Found = list[tuple[str, str, int, int | None, str]]
Corruptions = dict[str, tuple[str, Found]]
"""What is wrong: how it is brought about, and what must be said of it."""


@pytest.fixture
def harness(database: Database) -> StockHarness:
    """Two batches: the first was corrected and has lost an order to the second."""
    harness = StockHarness(database)
    harness.handle(a_batch_created("b1", 100), a_batch_created("b2", 100, TOMORROW))
    harness.handle(an_allocation("o1", 50), an_allocation("o2", 40))
    harness.handle(a_new_quantity(60, "b1"))
    harness.carry_mails()
    return harness


def of_type(kind: str, batchref: str) -> str:
    return f"type = '{kind}' AND body LIKE '%\"{batchref}\"%'"


MOVE_A_LINE = "UPDATE order_lines SET batchref = 'b2' WHERE orderid = 'o1'"
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
        "UPDATE order_lines SET batchref = NULL, promise = NULL WHERE orderid = 'o1'",
        [("b1", "allocated", 50, 0, LINES)],
    ),
    "a line that is gone": (
        "DELETE FROM order_lines WHERE orderid = 'o1'",
        [("b1", "allocated", 50, 0, LINES)],
    ),
}
OF_THE_LOG: Corruptions = {
    "a correction that is gone": (
        f"DELETE FROM messages WHERE {of_type('BatchQuantityChanged', 'b1')}",
        [("b1", "purchased", 60, 100, LOG), ("b1", "allocated", 50, 90, LOG)],
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
        [("b2", "allocated", 40, 0, LOG)],
    ),
    "a promise of another batch": (
        "UPDATE messages SET body = replace(body, '\"b2\"', '\"b1\"')"
        f" WHERE {of_type('Allocated', 'b2')}",
        [("b1", "allocated", 50, 90, LOG), ("b2", "allocated", 40, 0, LOG)],
    ),
    "a correction that is said to have been refused": (
        "UPDATE messages SET status = 'refused' WHERE type = 'BatchQuantityChanged'",
        [("b1", "purchased", 60, 100, LOG), ("b1", "allocated", 50, 90, LOG)],
    ),
    "a correction that is said to have taken nothing off": (
        "UPDATE messages SET results = '[[]]' WHERE type = 'BatchQuantityChanged'",
        [("b1", "allocated", 50, 90, LOG)],
    ),
}
OF_OPENING_BALANCES: Corruptions = {
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
        (one.batchref, one.what, one.recorded, one.explained, one.by)
        for one in harness.discrepancies
    )


def test_a_database_without_batches_is_sound(database: Database) -> None:
    assert Audit(database).run() == (0, [])


def test_it_counts_the_batches_and_tells_how_far_it_is(harness: StockHarness) -> None:
    progress: list[tuple[int, int]] = []
    size = len(harness.log)
    assert Audit(harness.database).run(lambda done, of: progress.append((done, of))) == (2, [])
    assert progress == [(size, size)]


@pytest.mark.parametrize("what", [*CORRUPTIONS, *OF_THE_LOG])
def test_tampering_is_found(harness: StockHarness, what: str) -> None:
    statement, expected = {**CORRUPTIONS, **OF_THE_LOG}[what]
    assert found_by_audit(harness) == []
    harness.tamper(statement)
    assert found_by_audit(harness) == sorted(expected)


@pytest.mark.parametrize("what", [*CORRUPTIONS, *OF_OPENING_BALANCES])
def test_so_it_is_when_the_log_has_been_pruned(harness: StockHarness, what: str) -> None:
    statement, expected = {**CORRUPTIONS, **OF_OPENING_BALANCES}[what]
    harness.life_goes_on()
    harness.prune()
    assert len(harness.log) == 1
    assert found_by_audit(harness) == []
    harness.tamper(statement)
    assert found_by_audit(harness) == sorted(expected)


def test_pruning_explains_nothing_away(harness: StockHarness) -> None:
    harness.tamper("UPDATE batches SET purchased_quantity = 61 WHERE reference = 'b1'")
    harness.life_goes_on()
    harness.prune()
    assert found_by_audit(harness) == [("b1", "purchased", 61, 60, LOG)]
