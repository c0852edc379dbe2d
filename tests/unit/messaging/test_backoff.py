"""How long a message waits for its next attempt, and when it is given up."""

from datetime import timedelta

from allocation.messaging.retry import Backoff

SECOND = timedelta(seconds=1)


def a_backoff(jitter: float = 1.0, **other: timedelta | int) -> Backoff:
    return Backoff(jitter=lambda: jitter, **{"initial": SECOND, **other})  # type: ignore[arg-type]


def test_the_pause_doubles_with_every_failure() -> None:
    pauses = [a_backoff().after(attempts) for attempts in (1, 2, 3, 4)]
    assert pauses == [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND]


def test_the_pause_has_a_longest() -> None:
    backoff = a_backoff(maximum=5 * SECOND)
    assert [backoff.after(attempts) for attempts in (3, 4, 5)] == [4 * SECOND, *[5 * SECOND] * 2]


def test_messages_that_failed_together_are_retried_at_different_times() -> None:
    pauses = [a_backoff(jitter).after(3) for jitter in (0.0, 0.5, 1.0)]
    assert pauses == [3 * SECOND, 3.5 * SECOND, 4 * SECOND]


def test_without_a_failure_the_pause_is_the_first() -> None:
    assert a_backoff().after(0) == SECOND


def test_a_message_is_given_up_after_the_last_attempt() -> None:
    backoff = a_backoff(max_attempts=3)
    assert [backoff.after(attempts) is None for attempts in (2, 3, 4)] == [False, True, True]


def test_attempts_are_made_for_about_a_day() -> None:
    pauses = [a_backoff().after(attempts) for attempts in range(1, Backoff().max_attempts)]
    assert 0.9 < sum((p for p in pauses if p), timedelta()) / timedelta(days=1) < 1.1


def test_repeated_refusals_are_given_up_after_a_few_long_pauses() -> None:
    backoff = a_backoff(maximum=9 * SECOND, max_refusals=3)
    pauses = [backoff.after(40 + refusals, refusals=refusals) for refusals in (2, 3)]
    assert pauses == [9 * SECOND, None]
    assert backoff.after(3) == backoff.after(3, refusals=1) == 4 * SECOND
