"""What is tried again at once, and how long a message waits for its next attempt."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.retry import DEADLINE, DELAYS, Backoff, RetryPolicy

ATTEMPTS = len(DELAYS) + 1
AT_ONCE = RetryPolicy(sleep=lambda _: None)


def failing(*errors: Exception) -> Callable[[], str]:
    """An attempt that meets these, one after another, and then succeeds."""
    left = list(errors)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


@pytest.mark.parametrize("trouble", [Conflict(), StoreUnavailable("it restarts")])
def test_a_failed_attempt_is_repeated_up_to_the_last_one(trouble: Exception) -> None:
    assert AT_ONCE.until_done(failing(*[trouble] * (ATTEMPTS - 1))) == "done"
    with pytest.raises(type(trouble)):
        AT_ONCE.until_done(failing(*[trouble] * ATTEMPTS))


def test_a_database_may_be_given_one_chance_only() -> None:
    attempt = failing(Conflict(), StoreUnavailable("gone"))
    with pytest.raises(StoreUnavailable):
        AT_ONCE.unless_unavailable(attempt)
    assert attempt() == "done"
    with pytest.raises(Conflict):
        AT_ONCE.unless_unavailable(failing(*[Conflict()] * ATTEMPTS))


def test_other_errors_are_not_retried() -> None:
    attempt = failing(ValueError("a fault of ours"))
    with pytest.raises(ValueError, match="fault"):
        AT_ONCE.until_done(attempt)
    assert attempt() == "done"


@pytest.mark.parametrize(("jitter", "share"), [(1.0, 1), (0.0, 0.5)])
def test_delays_grow_to_five_seconds_in_all_and_have_jitter(jitter: float, share: float) -> None:
    slept: list[float] = []
    retries = RetryPolicy(sleep=slept.append, jitter=lambda: jitter)
    retries.until_done(failing(*[Conflict()] * (ATTEMPTS - 1)))
    assert slept == [pause * share for pause in sorted(DELAYS)]
    assert 4 < sum(slept) / share < 6


def test_slow_attempts_are_fewer() -> None:
    """As when another process has a file locked, and each attempt waits for it."""
    times = iter((0.0, DEADLINE / 2, DEADLINE + 1))
    attempt = failing(*[StoreUnavailable("locked")] * 2)
    with pytest.raises(StoreUnavailable):
        RetryPolicy(sleep=lambda _: None, clock=lambda: next(times)).until_done(attempt)
    assert attempt() == "done", "it was made twice"


@pytest.mark.parametrize(
    ("backoff", "seconds"),
    [
        ({}, [1, 1, 2, 4, 8]),
        ({"maximum": timedelta(seconds=5)}, [1, 1, 2, 4, 5, 5]),
        ({"max_attempts": 3}, [1, 1, 2, None, None]),
        ({"jitter": lambda: 0.0}, [0.75, 0.75, 1.5, 3]),
        ({"jitter": lambda: 0.5}, [0.875, 0.875, 1.75, 3.5]),
    ],
    ids=["it doubles", "up to a longest", "until the last attempt", "by chance", "by chance, too"],
)
def test_the_pause_before_an_attempt_grows_with_the_failures(
    backoff: dict[str, Any], seconds: list[float | None]
) -> None:
    pauses = [
        Backoff(**{"jitter": lambda: 1.0, **backoff}).after(failures)
        for failures in range(len(seconds))
    ]
    assert [pause and pause.total_seconds() for pause in pauses] == seconds


def test_attempts_are_made_for_about_a_day() -> None:
    backoff = Backoff(jitter=lambda: 1.0)
    pauses = [backoff.after(attempts) for attempts in range(1, backoff.max_attempts)]
    assert 0.9 < sum((p for p in pauses if p), timedelta()) / timedelta(days=1) < 1.1


def test_repeated_refusals_are_given_up_after_a_few_long_pauses() -> None:
    pause = timedelta(seconds=9)
    backoff = Backoff(maximum=pause, max_refusals=3, jitter=lambda: 1.0)
    pauses = [backoff.after(40 + refusals, refusals=refusals) for refusals in (2, 3)]
    assert pauses == [pause, None]
    assert backoff.after(3) == backoff.after(3, refusals=1) == timedelta(seconds=4)
