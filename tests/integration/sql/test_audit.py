"""The audit finds what somebody has tampered with, and nothing else."""

import pytest

from allocation.adapters.sql.audit import Audit
from allocation.adapters.sql.database import Database
from tests.support.builders import TOMORROW, a_batch_created, a_new_quantity, an_allocation
from tests.support.stock_office import StockOffice

LOG, LINES = "the log", "its lines"
Found = list[tuple[str, str, int, int | None, str]]
Tamperings = dict[str, tuple[str, Found]]
"""What is wrong: how it is brought about, and what must be said of it."""


@pytest.fixture
def office(database: Database) -> StockOffice:
    """Two batches: the first was corrected and has lost an order to the second."""
    office = StockOffice(database)
    office.handle(a_batch_created("b1", 100), a_batch_created("b2", 100, TOMORROW))
    office.handle(an_allocation("o1", 50), an_allocation("o2", 40))
    office.handle(a_new_quantity(60, "b1"))
    office.carry_mails()
    return office


def of_type(kind: str, batchref: str) -> str:
    return f"type = '{kind}' AND body LIKE '%\"{batchref}\"%'"


MOVE_A_LINE = "UPDATE order_lines SET batchref = 'b2' WHERE orderid = 'o1'"
TAMPERINGS: Tamperings = {
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
OF_THE_LOG: Tamperings = {
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
        "UPDATE messages SET fate = 'refused' WHERE type = 'BatchQuantityChanged'",
        [("b1", "purchased", 60, 100, LOG), ("b1", "allocated", 50, 90, LOG)],
    ),
    "a correction that is said to have taken nothing off": (
        "UPDATE messages SET results = '[[]]' WHERE type = 'BatchQuantityChanged'",
        [("b1", "allocated", 50, 90, LOG)],
    ),
}
OF_OPENING_BALANCES: Tamperings = {
    "an opening balance": (
        "UPDATE opening_balances SET purchased_quantity = 99 WHERE reference = 'b2'",
        [("b2", "purchased", 100, 99, LOG)],
    ),
    "an opening balance that is gone": (
        "DELETE FROM opening_balances WHERE reference = 'b2'",
        [("b2", "purchased", 100, None, LOG), ("b2", "allocated", 40, 0, LOG)],
    ),
}


def found_by_audit(office: StockOffice) -> Found:
    return sorted(
        (one.batchref, one.what, one.recorded, one.explained, one.by)
        for one in office.discrepancies
    )


def test_a_database_without_batches_is_sound(database: Database) -> None:
    assert Audit(database).run() == (0, [])


def test_it_counts_the_batches_and_tells_how_far_it_is(office: StockOffice) -> None:
    told: list[tuple[int, int]] = []
    size = len(office.log)
    assert Audit(office.database).run(lambda done, of: told.append((done, of))) == (2, [])
    assert told == [(size, size)]


@pytest.mark.parametrize("what", [*TAMPERINGS, *OF_THE_LOG])
def test_tampering_is_found(office: StockOffice, what: str) -> None:
    statement, found = {**TAMPERINGS, **OF_THE_LOG}[what]
    assert found_by_audit(office) == []
    office.tamper(statement)
    assert found_by_audit(office) == sorted(found)


@pytest.mark.parametrize("what", [*TAMPERINGS, *OF_OPENING_BALANCES])
def test_so_it_is_when_the_log_has_been_pruned(office: StockOffice, what: str) -> None:
    statement, found = {**TAMPERINGS, **OF_OPENING_BALANCES}[what]
    office.life_goes_on()
    office.prune()
    assert len(office.log) == 1
    assert found_by_audit(office) == []
    office.tamper(statement)
    assert found_by_audit(office) == sorted(found)


def test_pruning_explains_nothing_away(office: StockOffice) -> None:
    office.tamper("UPDATE batches SET purchased_quantity = 61 WHERE reference = 'b1'")
    office.life_goes_on()
    office.prune()
    assert found_by_audit(office) == [("b1", "purchased", 61, 60, LOG)]
