"""The cursor of a list is a place in it, and nothing else is."""

from base64 import urlsafe_b64encode
from datetime import date

import msgspec
import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.domain.events import BatchCreated
from allocation.errors import InvalidValue
from allocation.views.lists.batches import BATCHES
from allocation.views.lists.late import LATE
from allocation.views.lists.listing import SearchLimits
from allocation.views.lists.shipments import SHIPMENTS
from allocation.views.lists.views import ListViews
from tests.support.builders import TODAY
from tests.support.stock_harness import StockHarness

SOON, LATER = date(2031, 1, 1), date(2031, 2, 2)


def encoded(*parts: object) -> str:
    return urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


@pytest.fixture
def harness(database: Database) -> StockHarness:
    harness = StockHarness(database)
    shipments = (BatchCreated(f"b{n}", "LAMP", 5, SOON if n < 3 else LATER) for n in range(6))
    harness.handle(*shipments)
    return harness


@pytest.fixture
def views(harness: StockHarness) -> ListViews:
    return ListViews(harness.database)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "=", "é", "A" * 5_000, encoded(), encoded("shipments", "eta", 0)),
        encoded("batches", "eta", 0, ["2031-01-01", "b1"]),
        encoded("shipments", "ref", 0, ["2031-01-01", "b1"]),
        encoded("shipments", "eta", 7, ["2031-01-01", "b1"]),
        encoded("shipments", "eta", -1, ["2031-01-01", "b1"]),
        encoded("shipments", "eta", 0, ["2031-01-01"]),
        encoded("shipments", "eta", 0, ["2031-02-30", "b1"]),
        encoded("shipments", "eta", 0, ["2031-01-01", "b\0"]),
        encoded("shipments", "eta", 0, ["2031-01-01", 7]),
        encoded("shipments", "eta", 0, [7, "b1"]),
    ],
)
def test_a_text_that_is_no_cursor_of_the_list_is_refused(views: ListViews, text: str) -> None:
    with pytest.raises(InvalidValue, match="is not a cursor"):
        views.page(SHIPMENTS, TODAY, after=text)


def test_a_number_that_no_database_can_have_is_no_cursor(views: ListViews) -> None:
    with pytest.raises(InvalidValue, match="is not a cursor"):
        views.page(LATE, TODAY, after=encoded("late", "eta", 0, ["2031-01-01", "b1", 10**19]))


def test_a_cursor_before_the_range_of_a_filter_begins_with_the_range(views: ListViews) -> None:
    first = views.page(SHIPMENTS, TODAY, limit=1)
    page = views.page(SHIPMENTS, TODAY, {"eta_from": "2031-01-15"}, after=str(first.next_after))
    assert [row.batchref for row in page.rows] == ["b3", "b4", "b5"]


def test_a_cursor_after_the_range_of_a_filter_ends_the_list(views: ListViews) -> None:
    first = views.page(SHIPMENTS, TODAY, limit=5)
    page = views.page(SHIPMENTS, TODAY, {"eta_to": "2031-01-15"}, after=str(first.next_after))
    assert (page.rows, page.next_after) == ([], None)


def test_a_bounded_search_may_end_a_page_early_and_leads_on(
    database: Database, views: ListViews
) -> None:
    impatient = ListViews(database, SearchLimits(statement=2, page=4))
    page = impatient.page(BATCHES, TODAY, {"ref_prefix": "b5"}, sort="eta")
    assert page.rows == []
    page = impatient.page(
        BATCHES, TODAY, {"ref_prefix": "b5"}, sort="eta", after=str(page.next_after)
    )
    assert [row.batchref for row in page.rows] == ["b5"]


def test_what_is_added_while_a_list_is_read_does_not_repeat_a_row(
    harness: StockHarness, views: ListViews
) -> None:
    first = views.page(BATCHES, TODAY, limit=3)
    harness.handle(BatchCreated("a0", "LAMP", 5), BatchCreated("b9", "LAMP", 5))
    second = views.page(BATCHES, TODAY, after=str(first.next_after))
    assert [row.batchref for row in second.rows] == ["b3", "b4", "b5", "b9"]
