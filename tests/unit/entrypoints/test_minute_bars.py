"""The bars of the last hour."""

from datetime import UTC, datetime, timedelta

from allocation.entrypoints.board.minute_bars import HEIGHT, minute_bars
from allocation.views import Activity, Minute

BEGIN = datetime(2030, 1, 1, 13, 3, tzinfo=UTC)


def activity(*counts: int) -> Activity:
    minutes = [Minute(BEGIN + timedelta(minutes=n), count) for n, count in enumerate(counts)]
    return Activity(minutes, 0.0)


def test_the_busiest_minute_has_the_highest_bar() -> None:
    low, high = minute_bars(activity(30, 0, 0, 60), UTC).bars
    assert (low.x, low.y, low.height) == (0, HEIGHT / 2, HEIGHT / 2)
    assert (high.x, high.y, high.height) == (75, 0, HEIGHT)


def test_a_single_message_can_be_seen_beside_very_many() -> None:
    low, _ = minute_bars(activity(1, 10**6), UTC).bars
    assert (low.height, low.y) == (1, HEIGHT - 1)


def test_the_bars_are_told_in_a_sentence() -> None:
    bars = minute_bars(activity(1, 40, 2), UTC)
    assert bars.text == "About 43 messages in the last hour; the busiest minute was 13:04, with 40"
    assert (bars.begin, bars.end) == ("13:03", "13:05")


def test_an_hour_without_messages_has_no_bar() -> None:
    bars = minute_bars(activity(0, 0), UTC)
    assert (bars.bars, bars.text) == ([], "No message in the last hour")
