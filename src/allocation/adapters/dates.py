"""The date at a point in time, which depends on the timezone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Final

TodayOf = Callable[[datetime], date]
"""Returns the date on which messages are handled at a time, which has a timezone of its own."""


def date_in(timezone: tzinfo) -> TodayOf:
    """Return a function that converts a time to the date in this timezone.

    It remembers its last result, because all messages of a group have the same time.
    """

    @lru_cache(maxsize=1)
    def today_of(now: datetime) -> date:
        return now.astimezone(timezone).date()

    return today_of


date_in_utc: Final = date_in(UTC)


def current_date() -> date:
    """The date in UTC now, by the clock of this machine."""
    return date_in_utc(datetime.now(UTC))


def current_date_in(timezone: tzinfo) -> Callable[[], date]:
    """Return a function that returns the date in this timezone, by the clock of this machine."""
    return lambda: datetime.now(timezone).date()
