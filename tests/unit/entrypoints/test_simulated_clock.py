"""The clock of the demo."""

from datetime import UTC, datetime, timedelta

from allocation.entrypoints.cli.demo.simulated_clock import SimulatedClock
from tests.support.clock import Stopwatch

OPENING = datetime(2024, 1, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_simulated_clock_runs_in_real_time_between_two_moments() -> None:
    stopwatch = Stopwatch()
    clock = SimulatedClock(OPENING, 10, stopwatch)
    clock.jump(OPENING)

    stopwatch.seconds += 1.5

    assert clock() == OPENING + timedelta(seconds=1.5)


def test_a_simulated_clock_waits_for_a_moment_at_its_speed() -> None:
    clock = SimulatedClock(OPENING, 10, Stopwatch())
    clock.jump(OPENING)

    assert clock.seconds_to(OPENING + DAY) == 6.0


def test_a_simulated_clock_does_not_wait_for_what_work_has_taken() -> None:
    stopwatch = Stopwatch()
    clock = SimulatedClock(OPENING, 10, stopwatch)
    clock.jump(OPENING)

    stopwatch.seconds += 4
    assert clock.seconds_to(OPENING + DAY) == 2.0

    stopwatch.seconds += 4
    assert clock.seconds_to(OPENING + DAY) == 0.0


def test_a_simulated_clock_does_not_wait_for_moments_before_the_opening() -> None:
    clock = SimulatedClock(OPENING, 10, Stopwatch())
    clock.jump(OPENING - 20 * DAY)

    assert clock.seconds_to(OPENING) == 0.0
    assert clock.seconds_to(OPENING + DAY) == 6.0


async def test_a_simulated_clock_shows_the_moment_that_it_has_reached() -> None:
    clock = SimulatedClock(OPENING, 10, Stopwatch())

    await clock.reach(OPENING - 3 * DAY)

    assert clock() == OPENING - 3 * DAY


def test_a_simulated_clock_never_goes_back() -> None:
    clock = SimulatedClock(OPENING, 10, Stopwatch())
    clock.jump(OPENING)

    clock.jump(OPENING - DAY)

    assert clock() == OPENING
