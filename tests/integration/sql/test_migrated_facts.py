"""A database of the version before facts told what was taken off a batch is taken to this one."""

import json
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.migrate import upgrade
from allocation.domain.moves import Move
from allocation.views.facts import FactNames
from allocation.views.moves import MoveViews
from tests.support.builders import a_batch_created, a_new_quantity
from tests.support.schemas import upgrade_to
from tests.support.stock_harness import StockHarness

STOCK = (
    "products VALUES ('CHAIR', 9, 5, true)",
    "batches VALUES ('b1', 'CHAIR', 30, 10, 10, NULL)",
    "batches VALUES ('b2', 'CHAIR', 10, 10, 0, '2030-01-02')",
    "order_lines VALUES ('CHAIR', 'o1', 10, 'b1', 1, 1)",
    "order_lines VALUES ('CHAIR', 'o2', 10, NULL, 2, NULL)",
    "order_lines VALUES ('CHAIR', 'o3', 10, NULL, 3, NULL)",
    "order_lines VALUES ('CHAIR', 'o4', 20, NULL, 4, NULL)",
)
"""b1 has shrunk from 30 to 10: o3 and o2 were taken off; b2 has room for o2."""

Row = tuple[str, str, dict[str, object], str | None, str, object]


def a_line(orderid: str, qty: int = 10) -> dict[str, object]:
    return {"orderid": orderid, "sku": "CHAIR", "qty": qty}


def the_log() -> Iterator[Row]:
    """Id, type, body, cause, fate and results. Half of a cascade, a mail and dead letters wait."""
    announced = {"ref": "b1", "sku": "CHAIR", "qty": 30, "eta": None}
    later = {"ref": "b2", "sku": "CHAIR", "qty": 10, "eta": "2030-01-02"}
    yield "m1", "BatchCreated", announced, None, "handled", ["b1"]
    for orderid in ("o1", "o2", "o3"):
        yield orderid, "AllocationRequired", a_line(orderid), None, "handled", ["b1"]
        promised = {**a_line(orderid), "batchref": "b1"}
        yield f"{orderid}-a", "Allocated", promised, orderid, "handled", []
    yield "o4", "AllocationRequired", a_line("o4", 20), None, "handled", [None]
    yield "dead", "OutOfStock", {"sku": "CHAIR"}, "o4", "dead", None
    yield "m2", "BatchCreated", later, None, "handled", ["b2"]
    change = {"ref": "b1", "qty": 10}
    yield "m3", "BatchQuantityChanged", change, None, "handled", [["o3", "o2"]]
    yield "m3-1", "AllocationRequired", a_line("o2"), "m3", "pending", None
    yield "m3-2", "AllocationRequired", a_line("o3"), "m3", "dead", None
    yield "mail", "OutOfStock", {"sku": "CHAIR"}, "m3", "outgoing", None


@pytest.fixture
def older(empty_database: Database) -> Database:
    """At revision 0006, as that version has left it."""
    upgrade_to("0006", empty_database)
    with empty_database.writing() as connection:
        for row in STOCK:
            connection.execute(text(f"INSERT INTO {row}"))
        for id, kind, body, cause, fate, results in the_log():
            due = "2030-01-01 10:00:00.000000" if fate == "outgoing" else None
            key = {
                "id": id,
                "type": kind,
                "body": json.dumps(body),
                "cause": cause,
                "fate": fate,
                "chain": cause or id,
                "results": None if results is None else json.dumps(results),
                "due": due,
            }
            connection.execute(INSERT, key)
        connection.commit()
    return empty_database


INSERT = text(
    "INSERT INTO messages (id, type, body, correlation_id, causation_id, at, fate, results,"
    " attempts, due, sku) VALUES (:id, :type, :body, :chain, :cause, '2030-01-01 10:00:00', :fate,"
    " :results, 0, :due, 'CHAIR')"
)


@pytest.fixture
def harness(older: Database) -> StockHarness:
    upgrade(older)
    return StockHarness(older)


def test_its_quantities_and_its_waiting_lines_are_explained(harness: StockHarness) -> None:
    assert harness.discrepancies == []
    harness.tamper("UPDATE order_lines SET orderid = 'o9' WHERE orderid = 'o4'")
    assert [(one.name, one.what) for one in harness.discrepancies] == [("CHAIR", "units waiting")]


def test_what_was_unexplained_before_stays_so(older: Database) -> None:
    harness = StockHarness(older)
    harness.tamper("UPDATE batches SET purchased_quantity = 11 WHERE sku = 'CHAIR'")
    upgrade(older)
    assert {(one.name, one.explained) for one in harness.discrepancies} == {("b1", 10), ("b2", 10)}


def test_its_unfinished_work_is_finished(harness: StockHarness) -> None:
    assert {id for id, fate in harness.statuses.items() if fate == "dead"} == {
        "dead:digest",
        "m3-2",
    }
    harness.clock.go_on(seconds=3600 * 24)
    harness.processor.recover()
    harness.dead_letters.replay("m3-2")
    harness.processor.recover()
    harness.carry_mails()
    assert set(harness.statuses.values()) == {"handled", "dead"}
    assert harness.rows("SELECT orderid FROM order_lines WHERE batchref = 'b2'") == [("o2",)]
    assert harness.discrepancies == []
    harness.handle(a_batch_created("b3", 50, sku="CHAIR"), a_new_quantity(0, "b2"))
    assert harness.discrepancies == []


def test_a_correction_tells_as_before_what_it_has_moved(harness: StockHarness) -> None:
    harness.processor.recover()
    assert MoveViews(harness.database, FactNames("Allocated", "Deallocated")).page("m3").moves == [
        Move("o2", "CHAIR", 10, "b1", "b2", to_eta=date(2030, 1, 2)),
        Move("o3", "CHAIR", 10, "b1", None),
    ]


def test_its_history_can_be_pruned(harness: StockHarness) -> None:
    harness.processor.recover()
    harness.carry_mails()
    for letter in ("dead:digest", "m3-2"):
        harness.dead_letters.discard(letter)
    harness.clock.go_on(seconds=3600 * 24 * 365)
    harness.life_goes_on()
    assert harness.prune() > 10
    assert harness.discrepancies == []


PRUNED = (
    "products VALUES ('CHAIR', 9, 5, true, 0, NULL)",
    "batches (reference, sku, initial_quantity, purchased_quantity, allocated_quantity)"
    " VALUES ('b1', 'CHAIR', 10, 10, 10)",
    "opening_balances VALUES ('b1', 10, 1, 0, 3)",
    "opening_backorders VALUES ('CHAIR', 3, 16, 12345)",
    "order_lines VALUES ('CHAIR', 'o1', 3, 'b1', 1, 1)",
    "order_lines VALUES ('CHAIR', 'o2', 7, 'b1', 2, 2)",
    "order_lines VALUES ('CHAIR', 'o3', 9, NULL, 3, NULL)",
    "order_lines VALUES ('CHAIR', 'o4', 4, NULL, 4, NULL)",
)
"""Of the lines that waited when the log was pruned, o2 was served since, and o4 is new."""


def test_the_waiting_lines_of_a_pruned_log_are_explained(empty_database: Database) -> None:
    upgrade_to("0011", empty_database)
    facts = [
        ("Allocated", {**a_line("o2", 7), "batchref": "b1", "backordered": True}),
        ("Allocated", {**a_line("o9", 1), "batchref": "b1"}),
        ("Deallocated", {**a_line("o9", 1), "batchref": "b1", "reason": "count"}),
        ("Allocated", {**a_line("o9", 1), "batchref": "b1", "backordered": True}),
        ("Deallocated", {**a_line("o9", 1), "batchref": "b1", "reason": "count"}),
        ("Backordered", a_line("o4", 4)),
    ]
    with empty_database.writing() as connection:
        for row in (*PRUNED, "order_lines VALUES ('CHAIR', 'o9', 1, NULL, 5, NULL)"):
            connection.execute(text(f"INSERT INTO {row}"))
        for n, (kind, body) in enumerate(facts):
            written = {"id": f"older-{n}", "type": kind, "body": json.dumps(body)}
            connection.execute(INSERT_FACT, written)
        connection.commit()
    upgrade(empty_database)
    harness = StockHarness(empty_database)
    assert harness.discrepancies == []
    assert harness.rows("SELECT units FROM opening_backorders") == [(16,)]
    harness.handle(a_batch_created("b2", 9, sku="CHAIR"))
    assert harness.rows("SELECT orderid FROM order_lines WHERE batchref = 'b2'") == [("o3",)]
    assert harness.discrepancies == []
    harness.tamper("DELETE FROM order_lines WHERE orderid = 'o4'")
    [one] = harness.discrepancies
    assert (one.name, one.recorded, one.explained) == ("order o4 for CHAIR", 0, 4)


INSERT_FACT = text(
    "INSERT INTO messages (id, type, body, correlation_id, at, status, results, attempts)"
    " VALUES (:id, :type, :body, :id, '2030-01-01 10:00:00', 'handled', '[]', 0)"
)
