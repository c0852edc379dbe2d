"""Prunings at the same time, in the middle of business, or cut short: nothing counts twice."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from allocation.adapters.sql.database import Database
from allocation.messaging.errors import StoreUnavailable
from tests.support.builders import a_batch_created, a_new_quantity, an_allocation
from tests.support.crowds import crowd
from tests.support.ledger import read_ledger
from tests.support.stock_office import KEEP, StockOffice
from tests.support.storages import OpenDatabase
from tests.support.waiting import until

ORDERS = 300
MESSAGES = 2 * ORDERS + 3
"""Each order and its promise, a batch, its correction and a refusal."""


@pytest.fixture
def office(database: Database) -> StockOffice:
    """More than two portions of what is finished and old, and one message of today."""
    office = StockOffice(database)
    orders = (an_allocation(f"o{n}", 3) for n in range(ORDERS))
    office.handle(a_batch_created(qty=1000), *orders)
    office.handle(a_new_quantity(950), a_new_quantity(5, "no-such"))
    office.life_goes_on()
    return office


@pytest.fixture
def another(database_url: str, open_database: OpenDatabase, office: StockOffice) -> StockOffice:
    """The same shop, as another process sees it."""
    return StockOffice(open_database(database_url), clock=office.clock, ids=office.ids)


class Kept:
    """An archive in memory, that may have trouble."""

    def __init__(self, *troubles: BaseException | None) -> None:
        self.rows: list[Any] = []
        self.troubles = list(troubles)

    def __call__(self, rows: Sequence[Any]) -> None:
        self.rows += rows
        if self.troubles and (trouble := self.troubles.pop(0)):
            raise trouble


def assert_all_is_pruned(office: StockOffice) -> None:
    assert office.log == ["day-1"]
    assert office.opening_balances == {"batch-1": (950, 3 * ORDERS)}
    assert office.discrepancies == []


def test_prunings_at_the_same_time_count_nothing_twice(
    office: StockOffice, another: StockOffice
) -> None:
    archives = Kept(), Kept()
    counts = crowd(2, lambda n: (office, another)[n].prune(archives[n]))
    assert sum(counts) == MESSAGES
    kept = Counter(row.seq for archive in archives for row in archive.rows)
    assert len(kept) == kept.total() == MESSAGES
    assert_all_is_pruned(office)


def test_prunings_that_take_turns_share_the_portions(
    office: StockOffice, another: StockOffice
) -> None:
    portions = office.retention.prune(KEEP), another.retention.prune(KEEP)
    taken = [next(portions[turn % 2], 0) for turn in range(5)]
    assert taken == [250, 250, MESSAGES - 500, 0, 0]
    assert_all_is_pruned(office)


def test_who_has_no_patience_leaves_it_to_whoever_is_at_it(
    office: StockOffice, another: StockOffice
) -> None:
    counts: list[int] = []

    def meanwhile(_rows: Sequence[Any]) -> None:
        if not another.database.is_sqlite:  # where nobody else can write at all
            counts.extend(another.retention.prune(KEEP, patient=False))

    assert office.prune(meanwhile) == MESSAGES
    assert counts == []
    assert_all_is_pruned(office)


def test_who_comes_in_the_middle_of_a_portion_takes_the_next(
    database: Database, database_url: str, open_database: OpenDatabase
) -> None:
    """Of refusals there are no sums either, in which the two could get in each other's way."""
    office = StockOffice(database)
    office.handle(*(a_new_quantity(n, "no-such") for n in range(ORDERS)))
    office.life_goes_on()
    another = StockOffice(open_database(database_url), clock=office.clock)
    second = Kept()
    with ThreadPoolExecutor(1) as thread:
        started: list[Future[int]] = []

        def archive(rows: Sequence[Any]) -> None:
            if not started:
                started.append(thread.submit(another.prune, second))
                until(lambda: started[0].running() and office.somebody_waits, "it waits")

        assert office.prune(archive) + started[0].result(timeout=30) == ORDERS
    assert len(second.rows) in (0, ORDERS - 250)
    assert office.log == ["day-1"]


def test_business_goes_on_while_the_log_is_pruned(
    office: StockOffice, another: StockOffice
) -> None:
    def sell() -> int:
        for n in range(40):
            another.handle(an_allocation(f"new-{n}", 1))
        another.handle(a_new_quantity(935), a_batch_created("batch-2", qty=100))
        return 0

    crowd(2, lambda n: (office.prune, sell)[n]())
    assert office.opening_balances == {"batch-1": (950, 3 * ORDERS)}
    assert len(office.log) >= 1 + 2 * 40 + 2
    assert office.discrepancies == []
    office.carry_mails()
    office.life_goes_on()
    office.prune()
    assert office.discrepancies == []


def test_every_row_is_archived_whole_before_it_leaves(
    office: StockOffice, another: StockOffice
) -> None:
    before = another.rows("SELECT * FROM messages ORDER BY seq")
    kept: list[tuple[Any, ...]] = []

    def archive(rows: Sequence[Any]) -> None:
        still_there = another.log
        assert all(row.id in still_there for row in rows)
        kept.extend((row.seq, row.id, row.body, row.fate, row.results) for row in rows)

    assert office.prune(archive) == MESSAGES
    assert kept == [(r.seq, r.id, r.body, r.fate, r.results) for r in before[:-1]]


@pytest.mark.parametrize("trouble", [OSError("disk full"), KeyboardInterrupt()])
def test_what_the_archive_has_not_kept_does_not_leave(
    office: StockOffice, database_url: str, trouble: BaseException
) -> None:
    before = read_ledger(database_url)
    with pytest.raises(type(trouble)):
        office.prune(Kept(trouble))
    assert (read_ledger(database_url), office.opening_balances) == (before, {})
    assert office.prune() == MESSAGES
    assert_all_is_pruned(office)


def test_trouble_with_a_later_portion_leaves_the_earlier_ones_settled(office: StockOffice) -> None:
    kept = Kept(None, OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        office.prune(kept)
    assert len(office.log) == MESSAGES + 1 - 250
    assert not {row.id for row in kept.rows[:250]}.intersection(office.log)
    assert {row.id for row in kept.rows[250:]} < set(office.log)
    assert office.discrepancies == []
    assert office.prune() == MESSAGES - 250
    assert_all_is_pruned(office)


def test_a_pruning_can_be_left_between_two_portions(office: StockOffice) -> None:
    portions = office.retention.prune(KEEP)
    assert next(portions) == 250
    del portions
    office.handle(a_new_quantity(940))
    assert office.discrepancies == []
    assert office.prune() == MESSAGES - 250
    assert office.discrepancies == []


def test_a_portion_that_met_trouble_with_the_store_is_tried_again(office: StockOffice) -> None:
    assert office.prune(Kept(StoreUnavailable("gone"), StoreUnavailable("gone"))) == MESSAGES
    assert_all_is_pruned(office)
