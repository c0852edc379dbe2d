"""What somebody else, or trouble with the database, has come in the way of is tried again."""

from collections.abc import Callable

import pytest

from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.retry import DEADLINE, DELAYS, RetryPolicy

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
