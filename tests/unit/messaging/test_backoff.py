"""How long a message waits for its next attempt."""

from datetime import timedelta

from allocation.messaging.backoff import Backoff

SECOND = timedelta(seconds=1)


def test_the_pause_doubles_with_every_failure() -> None:
    pauses = [Backoff(first=SECOND).after(attempts) for attempts in (1, 2, 3, 4)]
    assert pauses == [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND]


def test_the_pause_has_a_longest() -> None:
    backoff = Backoff(first=SECOND, longest=5 * SECOND)
    assert [backoff.after(attempts) for attempts in (3, 4, 5)] == [4 * SECOND, *[5 * SECOND] * 2]


def test_a_message_that_has_failed_for_years_still_has_a_pause() -> None:
    assert Backoff().after(10**9) == Backoff().longest


def test_without_a_failure_the_pause_is_the_first() -> None:
    assert Backoff(first=SECOND).after(0) == SECOND
