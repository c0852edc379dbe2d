"""The list of late lines: those of overdue shipments, and those due after the day they are for."""

from datetime import timedelta

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap import operations
from allocation.domain.events import AllocationRequired, BatchCreated, BatchEtaChanged
from allocation.service_layer.messagebus import REGISTRY
from allocation.views import LateLineCursor, LateLinePage
from allocation.views.late_lines import LateLineViews
from tests.support.builders import TODAY
from tests.support.crowded_database import grow
from tests.support.plans import bad_plans
from tests.support.spies import overheard
from tests.support.stock_harness import StockHarness

MONDAY, TUESDAY, FRIDAY = (TODAY + timedelta(days=days) for days in (1, 2, 5))
LATER = TODAY + timedelta(days=30)


@pytest.fixture
def views(database: Database) -> LateLineViews:
    return operations.views_of(database, REGISTRY).late_lines


@pytest.fixture
def harness(database: Database) -> StockHarness:
    """Two products, each with lines that are late and lines that are not."""
    harness = StockHarness(database)
    harness.handle(
        BatchCreated("delayed", "LAMP", 30, MONDAY),
        BatchCreated("overdue", "SOFA", 10, MONDAY),
        AllocationRequired("in no hurry", "SOFA", 9),
        BatchCreated("in time", "SOFA", 10, TUESDAY),
        AllocationRequired("promised", "LAMP", 9),
        AllocationRequired("needed", "LAMP", 9, required_by=TUESDAY),
        AllocationRequired("patient", "SOFA", 10, required_by=FRIDAY),
        BatchEtaChanged("delayed", FRIDAY),
        AllocationRequired("informed", "LAMP", 9),
        AllocationRequired("waiting", "LAMP", 9, required_by=TODAY),
    )
    return harness


def listed(page: LateLinePage) -> list[tuple[str, str]]:
    return [(line.orderid, line.batchref) for line in page.lines]


def test_a_line_after_its_first_promise_or_its_required_day_is_late(
    harness: StockHarness, views: LateLineViews
) -> None:
    assert harness.discrepancies == []
    page = views.page(TODAY)
    assert listed(page) == [("promised", "delayed"), ("needed", "delayed")]
    promised, needed = page.lines
    assert (promised.eta, promised.due, promised.required_by) == (FRIDAY, MONDAY, None)
    assert (needed.first_promised, needed.required_by) == (MONDAY, TUESDAY)
    assert not promised.overdue
    assert page.next_after is None


@pytest.mark.usefixtures("harness")
def test_every_line_of_an_overdue_shipment_is_late(views: LateLineViews) -> None:
    page = views.page(TUESDAY)
    in_no_hurry, *others = page.lines
    assert (in_no_hurry.batchref, in_no_hurry.overdue, in_no_hurry.due) == ("overdue", True, None)
    assert [line.batchref for line in others] == ["delayed", "delayed"]


@pytest.mark.usefixtures("harness")
def test_late_lines_of_one_product_can_be_asked_for(views: LateLineViews) -> None:
    assert listed(views.page(LATER, "SOFA")) == [("in no hurry", "overdue"), ("patient", "in time")]
    assert views.page(LATER, "no such sku").lines == []
    assert views.page(LATER, "\0").lines == []


@pytest.mark.usefixtures("harness")
@pytest.mark.parametrize("limit", range(1, 7))
@pytest.mark.parametrize("sku", [None, "LAMP"])
def test_each_late_line_is_on_one_page(views: LateLineViews, limit: int, sku: str | None) -> None:
    every = views.page(LATER, sku)
    page = views.page(LATER, sku, limit=limit)
    collected = [*page.lines]
    while page.next_after is not None:
        after = LateLineCursor.of(page.next_after)
        assert after is not None
        page = views.page(LATER, sku, after=after, limit=limit)
        assert page.lines
        collected += page.lines
    assert collected == every.lines
    assert len(collected) == (5 if sku is None else 3)


@pytest.mark.parametrize("text", ["", "2030-01-01", "2030-02-30:1:b1", "x:1:b1", "2030-01-01:x:b"])
def test_a_text_that_is_no_cursor_is_none(text: str) -> None:
    assert LateLineCursor.of(text) is None


def test_the_list_reads_only_the_shipments_and_the_late_lines(database: Database) -> None:
    grow(database)
    harness = StockHarness(database)
    harness.handle(
        BatchCreated("delayed", "LAMP", 30, MONDAY),
        AllocationRequired("promised", "LAMP", 9),
        BatchEtaChanged("delayed", FRIDAY),
        BatchCreated("overdue", "SOFA", 10, MONDAY),
        AllocationRequired("o1", "SOFA", 10),
    )
    views = LateLineViews(database)
    with overheard(database) as traffic:
        assert len(views.page(TUESDAY).lines) == 2
        assert len(views.page(TUESDAY, "LAMP").lines) == 1
    assert len(traffic.statements) >= 5
    # The late lines of one shipment, by the index of due days, are sorted.
    may_sort = {"order_lines.due": {"Sort", "USE TEMP B-TREE FOR ORDER BY"}}
    assert bad_plans(database, traffic, may_sort) == {}
