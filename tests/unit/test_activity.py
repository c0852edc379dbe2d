"""The number at a point in time is found by a search from the end of the log."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from allocation.views.activity import LastUpTo, LogEntry, last_before

BEGIN = datetime(2030, 1, 1, tzinfo=UTC)


def log_of(entries: list[LogEntry]) -> LastUpTo:
    numbers = [entry.number for entry in entries]

    def last_up_to(number: int) -> LogEntry | None:
        place = bisect_left(numbers, number + 1)
        return entries[place - 1] if place else None

    return last_up_to


def after(seconds: int) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 9)), min_size=1, max_size=80),
    st.integers(-5, 800),
)
def test_every_entry_before_the_moment_has_at_most_the_number_that_is_found(
    steps: list[tuple[int, int]], seconds: int
) -> None:
    entries, number, at = list[LogEntry](), 0, 0
    for gap, pause in steps:
        number, at = number + gap, at + pause
        entries.append(LogEntry(number, after(at)))

    match = last_before(after(seconds), number, log_of(entries))

    for entry in entries:
        assert (entry.at < after(seconds)) == (entry.number <= match)


def test_the_search_reads_few_entries_of_a_long_log() -> None:
    read = list[int]()

    def last_up_to(number: int) -> LogEntry | None:
        read.append(number)
        return LogEntry(number, after(number)) if number else None

    end = 10**9
    assert last_before(after(end - 100), end, last_up_to) == end - 101
    assert len(read) < 20


def test_an_empty_log_has_nothing_before_any_moment() -> None:
    assert last_before(BEGIN, 0, log_of([])) == 0
