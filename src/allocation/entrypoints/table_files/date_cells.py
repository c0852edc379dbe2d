"""Dates in cells, as ERPs and spreadsheets of different countries write them."""

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from allocation.entrypoints.table_files.names_in_cells import checked_error_value
from allocation.entrypoints.table_files.stored_values import StoredDate, StoredText, Unusable
from allocation.errors import InvalidValue

NO_DATE: Final = "is not a date, such as 2026-12-24"

_TIME: Final = re.compile(
    r"(.*[0-9])[T ]+([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AP]M)?)"
)
_MIDNIGHT: Final = re.compile(r"0?0:00(?::00(?:\.0+)?)?|12:00(?::00)? ?AM")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})([-/.]?)([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_SHORT_YEAR: Final = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{2}")
_DAY_NUMBER: Final = re.compile(r"[0-9]{1,6}(?:[.,][0-9]+)?")

_ADJOINING: Final = re.compile(r"%[A-Za-z]%[A-Za-z]")
"""Directives of a form of dates without a character between them."""

_CACHED: Final = 4_096
"""Dates that are remembered, since a file repeats them, and `strptime` is slow."""


def date_from(column: str, text: str, date_format: str | None) -> date:
    """The date that a cell holds; with a `date_format`, as `strptime` reads it, no other is read.

    Raises:
        InvalidValue: it holds none, or can be read as two different dates.
    """
    if isinstance(text, StoredText):
        return _stored_date(column, text)
    if date_format is not None:
        try:
            return _parsed(text, date_format)
        except ValueError:
            reason = f"is not a date of the form {date_format} (--date-format)"
            raise InvalidValue(column, checked_error_value(column, text), reason) from None
    return _read(column, text)


@lru_cache(maxsize=_CACHED)
def _parsed(text: str, date_format: str) -> date:
    parsed = datetime.strptime(text, date_format)
    # Without a character between them, `strptime` also takes 1112027 for one of two days.
    if _ADJOINING.search(date_format):
        written = parsed.strftime(date_format)
        if written.casefold() != text.casefold():
            raise ValueError(f"{text} is written {written}")
    return parsed.date()


def _stored_date(column: str, text: StoredText) -> date:
    if isinstance(text, Unusable):
        raise InvalidValue(column, text, text.reason)
    if not isinstance(text, StoredDate):
        reason = f"is {text.noun} in the workbook: format the column as a date"
        raise InvalidValue(column, text, reason)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidValue(column, text, "has a time, and dates have none") from None


def _read(column: str, text: str) -> date:
    day = _without_midnight(column, text)
    if match := _YEAR_FIRST.fullmatch(day):
        year, separator, month, of_month = match.groups()
        if separator or len(day) == 8:
            return _date(column, text, int(year), int(month), int(of_month))
    if match := _YEAR_LAST.fullmatch(day):
        first, separator, second, year = match.groups()
        if separator == ".":
            return _date(column, text, int(year), int(second), int(first))
        return _either(column, text, separator, (int(first), int(second), int(year)))
    raise InvalidValue(column, text, _no_date(column, day))


def _without_midnight(column: str, text: str) -> str:
    if not (match := _TIME.fullmatch(text)):
        return text
    if not _MIDNIGHT.fullmatch(match[2]):
        raise InvalidValue(column, text, "has a time, and dates have none")
    return match[1]


def _either(column: str, text: str, separator: str, numbers: tuple[int, int, int]) -> date:
    """A date with the day or the month first, whichever is possible."""
    first, second, year = numbers
    orders = {"%d{0}%m{0}%Y": (second, first), "%m{0}%d{0}%Y": (first, second)}
    readings = {}
    for order, (month, day) in orders.items():
        try:
            readings[order.format(separator)] = date(year, month, day)
        except ValueError:
            continue
    if len(set(readings.values())) > 1:
        choices = " or ".join(f"{day} (--date-format {form})" for form, day in readings.items())
        raise InvalidValue(column, text, f"is {choices}: say which")
    if not readings:
        raise InvalidValue(column, text, NO_DATE)
    return next(iter(readings.values()))


def _date(column: str, text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise InvalidValue(column, text, NO_DATE) from None


def _no_date(column: str, text: str) -> str:
    checked_error_value(column, text)
    if _SHORT_YEAR.fullmatch(text):
        return "has a year of two digits: say how to read it, such as --date-format %d.%m.%y"
    if _DAY_NUMBER.fullmatch(text):
        return "may be a spreadsheet's number of a day: format the column as a date there"
    return NO_DATE
