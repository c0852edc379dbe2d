"""The schedule of the simulated year."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise

import pytest

from allocation.demo.schedule import BUYER, SHOP, WAREHOUSE, Dispatch, Leak, Midnight, Scheduled
from allocation.demo.year import OPENING, year
from allocation.domain.events import (
    AllocationRequired,
    BatchBlocked,
    BatchCreated,
    BatchEtaChanged,
    BatchPartiallyReceived,
    Event,
    OrderCancelled,
)

SEEDS = (0, 1, 7, 2024)


def actions(scheduled: Iterable[Scheduled], kind: type) -> list[Scheduled]:
    return [each for each in scheduled if isinstance(each.action, kind)]


def test_a_seed_makes_the_same_year_every_time() -> None:
    assert year(7) == year(7)


def test_another_seed_makes_another_year() -> None:
    assert year(7) != year(8)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_year_is_in_order_of_time_and_ends_after_a_year(seed: int) -> None:
    times = [each.at for each in year(seed)]

    assert times == sorted(times)
    assert OPENING + timedelta(days=363) < times[-1] < OPENING + timedelta(days=364)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_year_has_everything_that_the_board_can_show(seed: int) -> None:
    after = [each for each in year(seed) if each.at > OPENING]

    for kind in (
        *(AllocationRequired, OrderCancelled, BatchCreated, BatchEtaChanged),
        *(BatchPartiallyReceived, BatchBlocked, Leak, Dispatch, Midnight),
    ):
        assert len(actions(after, kind)) > 10, kind


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_leak_of_the_year_is_on_its_first_day(seed: int) -> None:
    leaks = [each.at for each in actions(year(seed), Leak) if each.at > OPENING]

    assert leaks[0] - OPENING <= timedelta(hours=10)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_event_of_the_year_has_a_sender_of_the_shop(seed: int) -> None:
    assert {each.sender for each in actions(year(seed), Event)} == {BUYER, SHOP, WAREHOUSE}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_midnight_of_the_year_is_scheduled_once(seed: int) -> None:
    midnights = [each.at for each in actions(year(seed), Midnight)]

    apart = {after - before for before, after in pairwise(midnights)}
    assert apart == {timedelta(days=1)}
    assert {at.hour for at in midnights} == {0}


@pytest.mark.parametrize("seed", SEEDS)
def test_orders_of_the_year_are_cancelled_before_any_of_their_lines_is_shipped(seed: int) -> None:
    scheduled = year(seed)
    placed = {
        each.action.orderid: each.at
        for each in scheduled
        if isinstance(each.action, AllocationRequired)
    }
    [dispatch] = {each.action for each in scheduled if isinstance(each.action, Dispatch)}

    for each in scheduled:
        if isinstance(each.action, OrderCancelled):
            age = each.at - placed[each.action.orderid]
            assert timedelta() < age < timedelta(days=dispatch.days)
