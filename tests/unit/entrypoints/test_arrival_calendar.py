"""The calendar of arrivals: weeks from Monday to Sunday."""

from datetime import date, timedelta

from allocation.entrypoints.board.arrival_calendar import (
    WEEKS,
    begin_of,
    calendar,
    span_of,
    week_of,
)
from allocation.views import Arrivals

WEDNESDAY = date(2026, 12, 2)


def test_the_calendar_begins_with_the_monday_of_the_present_week() -> None:
    assert span_of(WEDNESDAY) == (date(2026, 11, 30), date(2027, 1, 3))


def test_the_calendar_has_whole_weeks_with_what_arrives_each_day() -> None:
    days = {date(2026, 12, 14): Arrivals(2, 80), date(2026, 12, 15): Arrivals(1, 20)}
    weeks = calendar(days, WEDNESDAY)

    assert [len(week) for week in weeks] == [7] * WEEKS
    monday, tuesday, *_ = weeks[2]
    assert (monday.day, monday.arrivals, monday.share) == (date(2026, 12, 14), (2, 80), 100)
    assert (tuesday.arrivals.units, tuesday.share) == (20, 25)


def test_a_day_names_its_month_at_the_beginning_only() -> None:
    cells = [cell for week in calendar({}, WEDNESDAY) for cell in week]
    assert [cell.label for cell in cells[:3]] == ["30 Nov", "1 Dec", "2"]
    assert cells[-3].label == "1 Jan"


def test_an_overdue_shipment_arrives_in_no_week() -> None:
    assert week_of(date(2026, 12, 1), WEDNESDAY) is None
    assert week_of(WEDNESDAY, WEDNESDAY) == date(2026, 11, 30)


def test_the_calendar_begins_today_unless_nothing_arrives_in_its_weeks() -> None:
    _, last_day = span_of(WEDNESDAY)
    assert begin_of(WEDNESDAY, None) == WEDNESDAY
    assert begin_of(WEDNESDAY, last_day) == WEDNESDAY
    later = last_day + timedelta(days=1)
    assert begin_of(WEDNESDAY, later) == later
