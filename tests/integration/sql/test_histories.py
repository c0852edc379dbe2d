"""The history of an order's lines, from the facts that the log has of them."""

from datetime import timedelta

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap import operations
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    OrderLineCancelled,
    OrderLineChanged,
    OrderLineShipped,
    OrderLineUnshipped,
)
from allocation.service_layer.messagebus import REGISTRY
from allocation.views import HistoryPage, LineFilter, StoryEntry, Views
from tests.support.builders import TOMORROW
from tests.support.stock_harness import StockHarness

LEAK = "leak in the roof"


@pytest.fixture
def harness(database: Database) -> StockHarness:
    return StockHarness(database)


@pytest.fixture
def views(database: Database) -> Views:
    return operations.views_of(database, REGISTRY)


def live(harness: StockHarness) -> None:
    """A line waits for a truck, loses it to a leak, finds another, is shipped and cancelled."""
    for message, key in (
        (BatchCreated("PO-17", "CHAI", 20, TOMORROW), "truck"),
        (AllocationRequired("o1", "CHAI", 12, split=True), "order"),
        (BatchQuantityChanged("PO-17", 5, LEAK), "abc"),
        (BatchCreated("PO-18", "CHAI", 8), "other"),
        (OrderLineShipped("o1", "CHAI", reason="in a hurry"), "van"),
        (OrderLineUnshipped("o1", "CHAI", 3), "back"),
        (OrderLineChanged("o1", "CHAI", 15), "more"),
        (OrderLineCancelled("o1", "CHAI", reason="customer's wish"), "gone"),
    ):
        harness.repeatable(message, key)
        harness.clock.go_on(seconds=60)


def history(views: Views, orderid: str = "o1", *names: str | None) -> HistoryPage:
    page = views.histories.page(orderid, LineFilter(*names))
    assert page is not None
    return page


def texts(entries: list[StoryEntry]) -> list[str]:
    return [entry.text for entry in entries]


def test_each_entry_is_a_sentence_with_its_reason_and_its_cause(
    harness: StockHarness, views: Views
) -> None:
    live(harness)
    page = history(views)
    assert texts(page.entries) == [
        "accepted 12 units, allocated to PO-17, due 2030-01-02 (allocate, key order)",
        "lost 7 units of PO-17: leak in the roof (change_batch_quantity, key abc)",
        "lost the promise of 7 units from PO-17 for 2030-01-02: leak in the roof"
        " (change_batch_quantity, key abc)",
        "promised 7 units from PO-18 for 2030-01-01, instead of no promise (add_batch, key other)",
        "allocated 7 units to PO-18 (add_batch, key other)",
        "shipped 7 units from PO-18: in a hurry (ship_order_line, key van)",
        "took 3 units back to PO-18: recorded as shipped by mistake (unship_order_line, key back)",
        "added 2 units, waiting (change_order_line, key more)",
        "allocated 1 unit to PO-18 (change_order_line, key more)",
        "cancelled 5 units of PO-17: customer's wish (cancel_order_line, key gone)",
        "cancelled 4 units of PO-18: customer's wish (cancel_order_line, key gone)",
        "cancelled 2 units, waiting: customer's wish (cancel_order_line, key gone)",
    ]


def test_an_entry_has_the_same_as_values(harness: StockHarness, views: Views) -> None:
    live(harness)
    accepted, lost, _, _, allocated, *_ = history(views).entries
    assert (lost.kind, lost.sku, lost.line, lost.qty) == ("lost", "CHAI", "", 7)
    assert (lost.batchref, lost.reason) == ("PO-17", LEAK)
    assert (lost.cause.id, lost.cause.type, lost.cause.key) == (
        "abc",
        "BatchQuantityChanged",
        "abc",
    )
    assert lost.time - accepted.time == timedelta(minutes=1)
    assert (allocated.cause.type, allocated.cause.key) == ("AllocationRequired", "other")
    assert allocated.cause.id not in {"order", "other"}, "it is a follow-up"


def test_units_are_listed_as_they_are_now(harness: StockHarness, views: Views) -> None:
    live(harness)
    page = history(views)
    assert {(part.status, part.qty, part.batchref) for part in page.parts} == {
        ("shipped", 4, "PO-18"),
        ("cancelled", 11, None),
    }
    assert page.known_since is None


def test_pages_follow_one_another(harness: StockHarness, views: Views) -> None:
    live(harness)
    paged, after = list[StoryEntry](), 0
    for _ in range(3):  # 12 entries
        page = views.histories.page("o1", after=after, limit=4)
        assert page is not None
        paged += page.entries
        after = page.next_after or 0
    assert (paged, after) == (history(views).entries, 0)


def test_some_of_the_lines_are_asked_for(harness: StockHarness, views: Views) -> None:
    harness.handle(BatchCreated("b1", "CHAI", 20), BatchCreated("b2", "MILK", 20))
    for sku, name in (("CHAI", None), ("CHAI", "second"), ("MILK", None)):
        harness.handle(AllocationRequired("o1", sku, 1, name))
    for names, lines in (
        ((), [("CHAI", ""), ("CHAI", "second"), ("MILK", "")]),
        (("CHAI",), [("CHAI", ""), ("CHAI", "second")]),
        (("CHAI", ""), [("CHAI", "")]),
        (("CHAI", "second"), [("CHAI", "second")]),
    ):
        page = history(views, "o1", *names)
        assert [(entry.sku, entry.line) for entry in page.entries] == lines
        assert [(part.sku, part.line) for part in page.parts] == lines


@pytest.mark.parametrize(
    ("orderid", "names"),
    [("no-such", ()), ("\0", ()), ("o1", ("no-such",)), ("o1", ("\0",)), ("o1", ("CHAI", "x"))],
)
def test_an_unknown_line_has_none(
    harness: StockHarness, views: Views, orderid: str, names: tuple[str, ...]
) -> None:
    live(harness)
    assert views.histories.page(orderid, LineFilter(*names)) is None


def test_it_is_said_since_when_the_log_knows(harness: StockHarness, views: Views) -> None:
    harness.repeatable(BatchCreated("b1", "CHAI", 20), "batch")
    harness.repeatable(AllocationRequired("o1", "CHAI", 12), "old")
    begins = harness.clock.now + timedelta(days=8)
    harness.life_goes_on()
    harness.repeatable(AllocationRequired("o1", "MILK", 12), "refused")
    harness.repeatable(BatchQuantityChanged("b1", 5), "young")
    harness.repeatable(AllocationRequired("o2", "CHAI", 2), "new")
    harness.prune()
    page = history(views)
    assert [entry.kind for entry in page.entries] == ["lost", "promise_lost"]
    assert page.known_since == begins
    assert history(views, "o2").known_since is None


def test_a_line_without_any_fact_in_the_log_is_known_as_it_is(
    harness: StockHarness, views: Views
) -> None:
    harness.handle(BatchCreated("b1", "CHAI", 20), AllocationRequired("o1", "CHAI", 12))
    harness.life_goes_on()
    harness.prune()
    page = history(views)
    assert (page.entries, page.parts[0].status) == ([], "allocated")
    assert page.known_since is not None
