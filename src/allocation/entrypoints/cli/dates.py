"""Dates in the arguments of commands and in the cells of files."""

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
