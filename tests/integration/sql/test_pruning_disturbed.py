"""Prunings at the same time, in the middle of business, or cut short: nothing counts twice."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.messaging.errors import StoreUnavailable
from tests.support.builders import a_batch_created, a_new_quantity, an_allocation
from tests.support.concurrent_clients import concurrently
from tests.support.stock_harness import KEEP, StockHarness
from tests.support.storages import OpenDatabase
from tests.support.waiting import wait_until

ORDERS = 300
MESSAGES = 2 * ORDERS + 4
"""Each order and its promise, a batch, its correction with its fact, and a refusal."""


@pytest.fixture
def harness(database: Database) -> StockHarness:
    """More than two portions of what is finished and old, and one message of today."""
    harness = StockHarness(database)
    orders = (an_allocation(f"o{n}", 3) for n in range(ORDERS))
    harness.handle(a_batch_created(qty=1000), *orders)
    harness.handle(a_new_quantity(950), a_new_quantity(5, "no-such"))
    harness.life_goes_on()
    return harness


@pytest.fixture
def another(database_url: str, open_database: OpenDatabase, harness: StockHarness) -> StockHarness:
    """The same shop, as another process sees it."""
    return StockHarness(open_database(database_url), clock=harness.clock, ids=harness.ids)


class ArchivedRows:
    """An archive in memory, that may have trouble."""

    def __init__(self, *troubles: BaseException | None) -> None:
        self.rows: list[Any] = []
        self.troubles = list(troubles)

    def __call__(self, rows: Sequence[Any]) -> None:
        self.rows += rows
        if self.troubles and (trouble := self.troubles.pop(0)):
            raise trouble


def assert_all_is_pruned(harness: StockHarness) -> None:
    assert harness.log == ["day-1"]
    assert harness.opening_balances == {"batch-1": (950, 3 * ORDERS)}
    assert harness.discrepancies == []


def test_prunings_at_the_same_time_count_nothing_twice(
    harness: StockHarness, another: StockHarness
) -> None:
    archives = ArchivedRows(), ArchivedRows()
    counts = concurrently(2, lambda n: (harness, another)[n].prune(archives[n]))
    assert sum(counts) == MESSAGES
    archived = Counter(row.seq for archive in archives for row in archive.rows)
    assert len(archived) == archived.total() == MESSAGES
    assert_all_is_pruned(harness)


def test_prunings_that_take_turns_share_the_portions(
    harness: StockHarness, another: StockHarness
) -> None:
    portions = harness.retention.prune(KEEP), another.retention.prune(KEEP)
    taken = []
    for turn in range(5):
        taken.append(next(portions[turn % 2], 0))
        assert harness.discrepancies == []
    assert taken == [250, 250, MESSAGES - 500, 0, 0]
    assert_all_is_pruned(harness)


def test_a_second_pruning_leaves_the_work_to_the_first(
    harness: StockHarness, another: StockHarness
) -> None:
    counts: list[int] = []

    def meanwhile(_rows: Sequence[Any]) -> None:
        if not another.database.is_sqlite:  # where nobody else can write at all
            counts.extend(another.retention.prune(KEEP, patient=False))

    assert harness.prune(meanwhile) == MESSAGES
    assert counts == []
    assert_all_is_pruned(harness)


def test_a_process_that_starts_during_a_portion_takes_the_next(
    database: Database, database_url: str, open_database: OpenDatabase
) -> None:
    """Of refusals there are no sums either, in which the two could get in each other's way."""
    harness = StockHarness(database)
    harness.handle(*(a_new_quantity(n, "no-such") for n in range(ORDERS)))
    harness.life_goes_on()
    another = StockHarness(open_database(database_url), clock=harness.clock)
    second = ArchivedRows()
    with ThreadPoolExecutor(1) as thread:
        started: list[Future[int]] = []

        def archive(rows: Sequence[Any]) -> None:
            if not started:
                started.append(thread.submit(another.prune, second))
                wait_until(lambda: started[0].running() and harness.somebody_waits, "it waits")

        assert harness.prune(archive) + started[0].result(timeout=30) == ORDERS
    assert len(second.rows) in (0, ORDERS - 250)
    assert harness.log == ["day-1"]


def test_messages_are_handled_while_the_log_is_pruned(
    harness: StockHarness, another: StockHarness
) -> None:
    def sell() -> int:
        for n in range(40):
            another.handle(an_allocation(f"new-{n}", 1))
        another.handle(a_new_quantity(935), a_batch_created("batch-2", qty=100))
        return 0

    concurrently(2, lambda n: (harness.prune, sell)[n]())
    assert harness.opening_balances == {"batch-1": (950, 3 * ORDERS)}
    assert len(harness.log) >= 1 + 2 * 40 + 2
    assert harness.discrepancies == []
    harness.carry_mails()
    harness.life_goes_on()
    harness.prune()
    assert harness.discrepancies == []


def test_every_row_is_archived_before_it_is_deleted(
    harness: StockHarness, another: StockHarness
) -> None:
    before = another.rows("SELECT * FROM messages ORDER BY seq")
    archived: list[tuple[Any, ...]] = []

    def archive(rows: Sequence[Any]) -> None:
        still_there = another.log
        assert all(row.id in still_there for row in rows)
        archived.extend((row.seq, row.id, row.body, row.status, row.results) for row in rows)

    assert harness.prune(archive) == MESSAGES
    assert archived == [(r.seq, r.id, r.body, r.status, r.results) for r in before[:-1]]


@pytest.mark.parametrize("portions", [0, 1])
@pytest.mark.parametrize("trouble", [OSError("disk full"), KeyboardInterrupt()])
def test_the_portion_that_was_not_archived_is_not_deleted(
    harness: StockHarness, portions: int, trouble: BaseException
) -> None:
    archived, before = ArchivedRows(*[None] * portions, trouble), harness.log
    with pytest.raises(type(trouble)):
        harness.prune(archived)
    assert harness.log == before[250 * portions :]
    assert [row.id for row in archived.rows] == before[: 250 * (portions + 1)]
    assert harness.discrepancies == []
    assert harness.prune() == MESSAGES - 250 * portions
    assert_all_is_pruned(harness)


def test_a_portion_that_met_trouble_with_the_store_is_tried_again(harness: StockHarness) -> None:
    assert (
        harness.prune(ArchivedRows(StoreUnavailable("gone"), StoreUnavailable("gone"))) == MESSAGES
    )
    assert_all_is_pruned(harness)
