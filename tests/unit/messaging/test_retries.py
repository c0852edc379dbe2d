"""What somebody else's commit has come in the way of is tried again."""

from collections.abc import Callable

import pytest

from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.retries import ATTEMPTS, retrying


def failing(*errors: Exception) -> Callable[[], str]:
    """An attempt that meets these, one after another, and then succeeds."""
    left = list(errors)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


def test_an_attempt_that_meets_conflicts_succeeds_in_the_end() -> None:
    assert retrying(failing(*[Conflict()] * (ATTEMPTS - 1))) == "done"


def test_a_conflict_that_comes_every_time_is_told() -> None:
    with pytest.raises(Conflict):
        retrying(failing(*[Conflict()] * ATTEMPTS))


def test_nothing_else_is_tried_again() -> None:
    attempt = failing(StoreUnavailable("disk full"))
    with pytest.raises(StoreUnavailable):
        retrying(attempt)
    assert attempt() == "done"
