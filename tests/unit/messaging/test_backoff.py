"""How long a message waits for its next attempt, and when it is given up."""

from datetime import timedelta
from typing import Any

import pytest

from allocation.messaging.retry import Backoff


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
