"""A batch with the lines that are promised from it: the newest promise loses first, and is last."""

from datetime import timedelta

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap import operations
from allocation.domain.errors import UnknownBatch
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchEtaChanged,
    BatchPartiallyReceived,
    BatchQuantityChanged,
    OrderLineCancelled,
    OrderLineShipped,
)
from allocation.service_layer.messagebus import REGISTRY
from allocation.views import PromisedPage
from allocation.views.lists.late import LATE
from allocation.views.promised_lines import PromisedLineViews
from tests.support.builders import TODAY
from tests.support.crowded_database import CROWDED, grow
from tests.support.plans import bad_plans, indexes
from tests.support.spies import overheard
from tests.support.stock_harness import StockHarness

MONDAY, TUESDAY, FRIDAY = (TODAY + timedelta(days=days) for days in (1, 2, 5))


@pytest.fixture
def views(database: Database) -> PromisedLineViews:
    return operations.views_of(database, REGISTRY).promised_lines


@pytest.fixture
def harness(database: Database) -> StockHarness:
    """A shipment that was delayed, with lines that are late and lines that are not."""
    harness = StockHarness(database)
    harness.handle(
        BatchCreated("po/1", "LAMP", 40, MONDAY),
        AllocationRequired("z", "LAMP", 9, required_by=TUESDAY),
        AllocationRequired("b", "LAMP", 8),
        BatchEtaChanged("po/1", FRIDAY),
        AllocationRequired("c", "LAMP", 7, required_by=FRIDAY),
        AllocationRequired("a", "LAMP", 6),
        AllocationRequired("waiting", "LAMP", 11),
    )
    return harness


def listed(page: PromisedPage) -> list[str]:
    return [line.orderid for line in page.lines]


def test_a_batch_is_shown_with_its_product_and_quantities(
    harness: StockHarness, views: PromisedLineViews
) -> None:
    assert harness.discrepancies == []
    page = views.page(TODAY, "po/1")
    batch = page.batch
    assert (batch.batchref, batch.sku, batch.received_from) == ("po/1", "LAMP", None)
    assert (batch.status, batch.eta, batch.announced_eta) == ("available", FRIDAY, MONDAY)
    assert (batch.purchased_quantity, batch.allocated_quantity) == (40, 30)
    assert (batch.available_quantity, batch.blocked_quantity) == (10, 0)
    assert page.next_after is None


@pytest.mark.usefixtures("harness")
def test_the_lines_of_a_batch_are_listed_in_the_order_of_allocation(
    views: PromisedLineViews,
) -> None:
    page = views.page(TODAY, "po/1")
    assert listed(page) == ["z", "b", "c", "a"]
    first = page.lines[0]
    assert (first.sku, first.line, first.qty) == ("LAMP", "", 9)
    assert (first.first_promised, first.required_by) == (MONDAY, TUESDAY)


def test_the_last_line_of_a_batch_is_the_first_to_lose_its_units(
    harness: StockHarness, views: PromisedLineViews
) -> None:
    for qty, left in ((29, ["z", "b", "c"]), (9, ["z"])):
        harness.handle(BatchQuantityChanged("po/1", qty))
        assert listed(views.page(TODAY, "po/1")) == left


@pytest.mark.usefixtures("harness")
def test_a_line_after_its_first_promise_or_its_required_day_is_late(
    views: PromisedLineViews,
) -> None:
    late = {line.orderid: line.late for line in views.page(TODAY, "po/1").lines}
    assert late == {"z": True, "b": True, "c": False, "a": False}


@pytest.mark.usefixtures("harness")
def test_every_line_of_an_overdue_shipment_is_late(views: PromisedLineViews) -> None:
    page = views.page(FRIDAY + timedelta(days=1), "po/1")
    assert all(line.late for line in page.lines)


def test_the_late_lines_of_a_batch_are_those_of_the_list_of_late_lines(
    harness: StockHarness, views: PromisedLineViews
) -> None:
    harness.handle(BatchCreated("po/2", "LAMP", 20, FRIDAY + timedelta(days=9)))
    lists = operations.views_of(harness.database, REGISTRY).lists
    for day in (TODAY, FRIDAY, FRIDAY + timedelta(days=1)):
        late = [line.orderid for line in lists.page(LATE, day).rows if line.batchref == "po/1"]
        assert late == [line.orderid for line in views.page(day, "po/1").lines if line.late]


def test_a_received_part_names_its_shipment_and_has_no_late_line(
    harness: StockHarness, views: PromisedLineViews
) -> None:
    harness.handle(BatchPartiallyReceived("po/1", "po/1/a", 17))
    page = views.page(FRIDAY + timedelta(days=1), "po/1/a")
    assert (page.batch.received_from, page.batch.eta) == ("po/1", None)
    assert [(line.orderid, line.late) for line in page.lines] == [("z", False), ("b", False)]
    assert listed(views.page(TODAY, "po/1")) == ["c", "a"]


def test_a_shipped_or_cancelled_line_is_promised_from_no_batch(
    harness: StockHarness, views: PromisedLineViews
) -> None:
    harness.handle(BatchEtaChanged("po/1", None), OrderLineShipped("z", "LAMP"))
    harness.handle(OrderLineCancelled("b", "LAMP"))
    assert not {"z", "b"} & set(listed(views.page(TODAY, "po/1")))


@pytest.mark.usefixtures("harness")
@pytest.mark.parametrize("limit", range(1, 6))
def test_each_line_of_a_batch_is_on_one_page(views: PromisedLineViews, limit: int) -> None:
    page = views.page(TODAY, "po/1", limit=limit)
    collected = [*page.lines]
    while page.next_after is not None:
        page = views.page(TODAY, "po/1", after=page.next_after, limit=limit)
        assert page.lines
        collected += page.lines
    assert collected == views.page(TODAY, "po/1").lines
    assert len(collected) == 4


@pytest.mark.usefixtures("harness")
@pytest.mark.parametrize("ref", ["po", "po/1/a", "PO/1", "", "\0", "x" * 300])
def test_a_reference_that_no_batch_has_is_refused(views: PromisedLineViews, ref: str) -> None:
    with pytest.raises(UnknownBatch) as refusal:
        views.page(TODAY, ref)
    assert refusal.value.ref == ref[:255]


def test_a_page_of_a_batch_reads_only_its_lines_by_their_index(database: Database) -> None:
    grow(database)
    views = PromisedLineViews(database)
    with overheard(database) as traffic:
        first = views.page(TODAY, f"of-{CROWDED}")
        rest = views.page(TODAY, f"of-{CROWDED}", after=first.next_after or 0)
    assert (len(first.lines), len(rest.lines)) == (100, 100)
    # Neither a scan nor a sort: the index lists the lines by their allocation numbers.
    assert bad_plans(database, traffic, {}) == {}
    reads = [each for each in traffic.statements if "FROM order_lines" in each[0]]
    assert len(reads) == 2
    assert all(indexes(database, *each) == {"ix_order_lines_promised"} for each in reads)
