"""Batches as they are now, by their references and page by page."""

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.domain.events import (
    AllocationRequired,
    BatchBlocked,
    BatchCancelled,
    BatchCreated,
    BatchEtaChanged,
    BatchQuantityChanged,
    OrderShipped,
)
from allocation.views.current_batches import PAGE, CurrentBatch, CurrentBatchViews
from tests.support.builders import TODAY
from tests.support.crowded_database import grow, stock
from tests.support.plans import bad_plans
from tests.support.spies import overheard
from tests.support.stock_harness import StockHarness


@pytest.fixture
def views(database: Database) -> CurrentBatchViews:
    return CurrentBatchViews(database)


def test_a_batch_is_shown_as_it_is_now(database: Database, views: CurrentBatchViews) -> None:
    StockHarness(database).handle(
        BatchCreated("shipped", "LAMP", 30),
        AllocationRequired("o1", "LAMP", 4),
        OrderShipped("o1"),
        AllocationRequired("o2", "LAMP", 5),
        BatchCreated("late", "LAMP", 10, TODAY),
        BatchEtaChanged("late", TODAY.replace(year=TODAY.year + 1)),
        BatchCreated("blocked", "SOFA", 10),
        BatchBlocked("blocked"),
        BatchQuantityChanged("blocked", 7),
        BatchCreated("cancelled", "SOFA", 10),
        BatchCancelled("cancelled"),
    )

    current = views.of(["shipped", "late", "blocked", "cancelled", "none"])

    assert current == {
        "shipped": CurrentBatch("shipped", "LAMP", 26, None, cancelled=False),
        "late": CurrentBatch(
            "late", "LAMP", 10, TODAY.replace(year=TODAY.year + 1), cancelled=False
        ),
        "blocked": CurrentBatch("blocked", "SOFA", 7, None, cancelled=False),
        "cancelled": CurrentBatch("cancelled", "SOFA", 0, None, cancelled=True),
    }
    assert views.of([]) == {}
    assert [batch.reference for page in views.pages() for batch in page] == [
        *("blocked", "late", "shipped")
    ]


def test_a_correction_that_is_not_finished_counts_as_made(
    database: Database, views: CurrentBatchViews
) -> None:
    harness = StockHarness(database, max_group_size=4)
    lines = [AllocationRequired(f"o{number}", "LAMP", 1) for number in range(300)]
    harness.handle(BatchCreated("b1", "LAMP", 300), *lines)
    harness.begin(BatchQuantityChanged("b1", 0), "shrink")

    [batch] = views.of(["b1"]).values()

    assert batch.qty == 0
    assert list(views.pages()) == []


def test_every_batch_with_units_is_on_one_page(
    database: Database, views: CurrentBatchViews
) -> None:
    references = [f"b{number:05}" for number in range(2 * PAGE)]
    stock(database, "LAMP", {ref: (number % 3, 0) for number, ref in enumerate(references)})

    pages = list(views.pages())

    assert [len(page) for page in pages] == [PAGE, 333]
    assert [batch.reference for page in pages for batch in page] == [
        ref for number, ref in enumerate(references) if number % 3
    ]
    assert views.of(references).keys() == set(references), "more than are read at once"


def test_no_query_reads_all_batches_for_a_few(database: Database, views: CurrentBatchViews) -> None:
    grow(database)
    with overheard(database) as traffic:
        assert len(views.of([f"of-SKU-{number}" for number in range(20)])) == 20
        next(views.pages())
    assert traffic.statements
    assert bad_plans(database, traffic, {}) == {}
