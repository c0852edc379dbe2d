"""The lag: for how long the first message that is due has waited."""

from datetime import UTC, datetime, timedelta

from allocation.entrypoints.board.now import lag
from allocation.views import UnfinishedView

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


def unfinished(age: int, due: int | None = None) -> UnfinishedView:
    """A message that was taken in so many seconds ago, and is due in so many."""
    at, when = NOW - timedelta(seconds=age), None if due is None else NOW + timedelta(seconds=due)
    return UnfinishedView("m1", "Digest", "{}", "outgoing", at, 0, when, None, None)


def test_the_message_that_has_waited_longest_makes_the_lag() -> None:
    assert lag([unfinished(3), unfinished(300), unfinished(9)], NOW) == "5 min"


def test_a_message_waits_from_the_time_at_which_it_is_due() -> None:
    assert lag([unfinished(300, due=-20)], NOW) == "20 s"
    assert lag([unfinished(300, due=20)], NOW) == "none"
