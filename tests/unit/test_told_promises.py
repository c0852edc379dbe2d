"""What several changes of one promise come to."""

from datetime import date
from typing import Final

from allocation.domain.events import PromiseChanged, PromiseLost
from allocation.domain.order_line import Promise
from allocation.service_layer.told_promises import Fact, told_promises

DAY, LATER = date(2030, 1, 5), date(2030, 2, 10)
B1, B2 = Promise("b1", DAY), Promise("b2", LATER)
LOST: Final = PromiseLost("o1", "LAMP", 4, *B1)


def changed(before: Promise | None, now: Promise, qty: int = 4) -> PromiseChanged:
    batchref, day = before or (None, None)
    return PromiseChanged("o1", "LAMP", qty, batchref, day, *now)


def test_a_promise_that_was_lost_and_is_the_same_again_is_not_told() -> None:
    assert told_promises([LOST, changed(None, B1)]) == []


def test_units_that_waited_before_and_wait_again_are_not_told() -> None:
    assert told_promises([changed(None, B1), LOST]) == []


def test_a_promise_that_was_lost_at_last_is_lost() -> None:
    (change,) = told_promises([LOST, changed(None, B2), PromiseLost("o1", "LAMP", 4, *B2)])
    assert (change.before, change.now) == (B1, None)


def test_several_changes_are_told_as_one() -> None:
    (change,) = told_promises([LOST, changed(None, B2)])
    assert (change.before, change.now) == (B1, B2)


def test_parts_of_a_line_are_told_apart() -> None:
    facts: list[Fact] = [changed(B1, B2, qty=1), PromiseLost("o1", "LAMP", 3, *B1)]
    assert [(change.qty, change.now) for change in told_promises(facts)] == [(1, B2), (3, None)]


def test_a_promise_is_late_after_the_day_on_which_it_is_needed_or_without_a_day() -> None:
    facts = [
        PromiseChanged("o1", "LAMP", 1, *B1, *B2, None, DAY),
        PromiseChanged("o2", "LAMP", 1, *B1, *B2, None, None, LATER),
        PromiseChanged("o3", "LAMP", 1, *B1, "b1", None),
    ]
    assert [change.is_late for change in told_promises(facts)] == [True, False, True]
