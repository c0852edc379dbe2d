"""The calendar of arrivals: weeks from Monday to Sunday, with the units that are due each day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from allocation.entrypoints.board import formats
from allocation.entrypoints.dates import is_overdue
from allocation.views import Arrivals

WEEKS: Final = 5
"""The number of weeks in the calendar."""

WEEK: Final = timedelta(days=7)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day with what is due on it.

    The `label` is its number, with the month for the first day of one, or of the calendar.
    `share` is that of its units in those of the busiest day, in percent.
    """

    day: date
    label: str
    arrivals: Arrivals
    share: float


def span_of(begin: date) -> tuple[date, date]:
    """The first and the last day of the calendar whose first week has this day."""
    monday = monday_of(begin)
    return monday, monday + WEEKS * WEEK - DAY


def monday_of(day: date) -> date:
    """The Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def begin_of(today: date, next_arrival: date | None) -> date:
    """A day of the calendar's first week: today, unless the next arrival comes only later."""
    if next_arrival is None or next_arrival <= span_of(today)[1]:
        return today
    return next_arrival


def calendar(arrivals: Mapping[date, Arrivals], begin: date) -> list[list[CalendarDay]]:
    """The weeks of the calendar; days before today have nothing due, since it is overdue."""
    first, _ = span_of(begin)
    days = [first + timedelta(days=number) for number in range(7 * WEEKS)]
    busiest = max((of_day.units for of_day in arrivals.values()), default=0)
    cells = [_cell(day, arrivals, first, busiest) for day in days]
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def _cell(day: date, arrivals: Mapping[date, Arrivals], first: date, busiest: int) -> CalendarDay:
    due = arrivals.get(day, Arrivals(0, 0))
    is_first = day.day == 1 or day == first
    return CalendarDay(
        day,
        formats.day(day, day) if is_first else str(day.day),
        due,
        share=round(100 * due.units / max(1, busiest), 1),
    )


def week_of(eta: date, today: date) -> date | None:
    """The Monday of the week in which a shipment arrives; None if it is overdue."""
    return None if is_overdue(eta, today) else monday_of(eta)
