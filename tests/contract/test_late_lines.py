"""The list of late lines: those of overdue shipments, and those due after the day they are for."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap import operations
from allocation.domain.events import AllocationRequired, BatchCreated, BatchEtaChanged
from allocation.service_layer.messagebus import REGISTRY
from allocation.views import Page
from allocation.views.lists.late import LATE, LateLine
from tests.support.builders import TODAY
from tests.support.stock_harness import StockHarness

MONDAY, TUESDAY, FRIDAY = (TODAY + timedelta(days=days) for days in (1, 2, 5))
LATER = TODAY + timedelta(days=30)


ReadLate = Callable[..., Page[LateLine]]


@pytest.fixture
def late(database: Database) -> ReadLate:
    """Reads a page of the late lines on a day."""
    views = operations.views_of(database, REGISTRY).lists
    return lambda today, sku=None, **options: views.page(
        LATE, today, {} if sku is None else {"sku": sku}, **options
    )


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


def listed(page: Page[LateLine]) -> list[tuple[str, str]]:
    return [(line.orderid, line.batchref) for line in page.rows]


def test_a_line_after_its_first_promise_or_its_required_day_is_late(
    harness: StockHarness, late: ReadLate
) -> None:
    assert harness.discrepancies == []
    page = late(TODAY)
    assert listed(page) == [("promised", "delayed"), ("needed", "delayed")]
    promised, needed = page.rows
    assert (promised.eta, promised.due, promised.required_by) == (FRIDAY, MONDAY, None)
    assert (needed.first_promised, needed.required_by) == (MONDAY, TUESDAY)
    assert not promised.overdue
    assert page.next_after is None


@pytest.mark.usefixtures("harness")
def test_every_line_of_an_overdue_shipment_is_late(late: ReadLate) -> None:
    page = late(TUESDAY)
    in_no_hurry, *others = page.rows
    assert (in_no_hurry.batchref, in_no_hurry.overdue, in_no_hurry.due) == ("overdue", True, None)
    assert [line.batchref for line in others] == ["delayed", "delayed"]


@pytest.mark.usefixtures("harness")
def test_late_lines_of_one_product_can_be_asked_for(late: ReadLate) -> None:
    assert listed(late(LATER, "SOFA")) == [("in no hurry", "overdue"), ("patient", "in time")]
    assert late(LATER, "no such sku").rows == []


@pytest.mark.usefixtures("harness")
@pytest.mark.parametrize("limit", range(1, 7))
@pytest.mark.parametrize("sku", [None, "LAMP"])
def test_each_late_line_is_on_one_page(late: ReadLate, limit: int, sku: str | None) -> None:
    every = late(LATER, sku)
    page = late(LATER, sku, limit=limit)
    collected = [*page.rows]
    while page.next_after is not None:
        page = late(LATER, sku, after=str(page.next_after), limit=limit)
        assert page.rows
        assert page.rows[0] not in collected
        collected += page.rows
    assert collected == every.rows
    assert len(collected) == (5 if sku is None else 3)
