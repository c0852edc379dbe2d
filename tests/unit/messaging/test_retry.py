"""What somebody else, or trouble with the database, has come in the way of is tried again."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.retry import DEADLINE, DELAYS, RetryPolicy

ATTEMPTS = len(DELAYS) + 1


@dataclass
class Bed:
    """Where attempts sleep in between."""

    slept: list[float] = field(default_factory=list)

    def retries(self, jitter: float = 1.0) -> RetryPolicy:
        return RetryPolicy(sleep=self.slept.append, jitter=lambda: jitter)


def failing(*errors: Exception) -> Callable[[], str]:
    """An attempt that meets these, one after another, and then succeeds."""
    left = list(errors)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


@pytest.mark.parametrize("trouble", [Conflict(), StoreUnavailable("it restarts")])
def test_an_attempt_that_meets_trouble_succeeds_in_the_end(trouble: Exception) -> None:
    assert Bed().retries().until_done(failing(*[trouble] * (ATTEMPTS - 1))) == "done"


@pytest.mark.parametrize("trouble", [Conflict(), StoreUnavailable("the disk is full")])
def test_an_error_at_every_attempt_is_raised(trouble: Exception) -> None:
    with pytest.raises(type(trouble)):
        Bed().retries().until_done(failing(*[trouble] * ATTEMPTS))


def test_a_database_may_be_given_one_chance_only() -> None:
    attempt = failing(Conflict(), StoreUnavailable("gone"))
    with pytest.raises(StoreUnavailable):
        Bed().retries().unless_unavailable(attempt)
    assert attempt() == "done"


def test_a_conflict_at_every_attempt_is_raised() -> None:
    with pytest.raises(Conflict):
        Bed().retries().unless_unavailable(failing(*[Conflict()] * ATTEMPTS))


def test_nothing_else_is_tried_again() -> None:
    attempt = failing(ValueError("a fault of ours"))
    with pytest.raises(ValueError, match="fault"):
        Bed().retries().until_done(attempt)
    assert attempt() == "done"


def test_pauses_grow_to_five_seconds_in_all_and_differ_by_chance() -> None:
    whole, half = Bed(), Bed()
    trouble = [Conflict()] * (ATTEMPTS - 1)
    whole.retries(1.0).until_done(failing(*trouble))
    half.retries(0.0).until_done(failing(*trouble))
    assert whole.slept == sorted(DELAYS)
    assert 4 < sum(whole.slept) < 6
    assert half.slept == [pause / 2 for pause in DELAYS]


def test_attempts_that_take_long_are_fewer() -> None:
    """As when another process has a file locked, and each attempt waits for it."""
    times = iter((0.0, DEADLINE / 2, DEADLINE + 1))
    left = [StoreUnavailable("locked")] * ATTEMPTS

    def attempt() -> str:
        raise left.pop()

    with pytest.raises(StoreUnavailable):
        RetryPolicy(sleep=lambda _: None, clock=lambda: next(times)).until_done(attempt)
    assert len(left) == ATTEMPTS - 2
