"""Dates in the arguments of commands, in the cells of files and in tables."""

import re
from datetime import date
from typing import Final

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def as_date(text: str) -> date:
    """A date of the form YYYY-MM-DD.

    `date.fromisoformat` alone would also accept weeks, and dates without dashes, which HTTP
    refuses.

    Raises:
        ValueError: there is no such date.
    """
    if not _DATE.fullmatch(text):
        raise ValueError(f"{text!r} is not of the form YYYY-MM-DD")
    return date.fromisoformat(text)


def shown_day(day: date | None) -> str:
    """A day as tables show it: nothing if there is none."""
    return "" if day is None else day.isoformat()


def shown_arrival(eta: date | None) -> str:
    """The day on which a batch is due, as tables show it."""
    return "in stock" if eta is None else eta.isoformat()


def is_overdue(eta: date | None, today: date) -> bool:
    """Whether a batch with this ETA should have arrived."""
    return eta is not None and eta < today
