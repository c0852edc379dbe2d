"""Validation of the names, quantities and dates that enter the domain."""

from datetime import date, datetime
from typing import Final

from allocation.domain.characters import composed, describe, first_invisible, is_mark
from allocation.domain.errors import InvalidValue

LONGEST_TEXT: Final = 255
"""The maximum length of a sku, an order id or a batch reference, in characters."""

LARGEST_QUANTITY: Final = 1_000_000_000
"""The maximum number of units in a batch or an order line."""

EARLIEST_DATE: Final = date(2000, 1, 1)
"""Earlier dates are mistakes: a spreadsheet's zero is 1899-12-31 or 1900-01-01."""

LATEST_DATE: Final = date(2099, 12, 31)
"""Later dates are mistakes, or placeholders for "unknown" such as 9999-12-31."""

_LONGEST_DECOMPOSED: Final = 4 * LONGEST_TEXT
"""One character decomposes into four at most."""


def clean_text(field: str, value: object, owner: object = None) -> str:
    """Validate a name and normalise it to NFC, so that names that look the same are equal.

    If the normalised name differs, it is also set as the `field` of a frozen `owner`.

    Raises:
        InvalidValue: not a string, empty, too long, with an invisible character, with a
            combining mark at the beginning, or with leading or trailing blanks.
    """
    if (
        type(value) is str
        and value.isascii()
        and value.isprintable()
        and 0 < len(value) <= LONGEST_TEXT
        and value[0] != " " != value[-1]
    ):
        return value
    text = _cleaned(field, value)
    if owner is not None and text is not value:
        object.__setattr__(owner, field, text)
    return text


def clean_reason(reason: object, owner: object) -> None:
    """Validate a reason like a name, and normalise it in its owner; None is valid, too.

    Raises:
        InvalidValue: see `clean_text`.
    """
    if reason is not None:
        clean_text("reason", reason, owner)


def clean_line(line: object, owner: object) -> None:
    """Validate the name of an order line like a name, and normalise it; "" is valid, too.

    Raises:
        InvalidValue: see `clean_text`.
    """
    if line != "":
        clean_text("line", line, owner)


def normalize_name(text: str) -> str | None:
    """Normalise a name for a query; None for a name that nothing can have."""
    try:
        return clean_text("name", text)
    except InvalidValue:
        return None


def _cleaned(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValue(field, value, "is not a string")
    if not value.strip():
        raise InvalidValue(field, value, "is empty")
    if len(value) > _LONGEST_DECOMPOSED or len(text := composed(str(value))) > LONGEST_TEXT:
        raise InvalidValue(field, value, f"is longer than {LONGEST_TEXT} characters")
    if (invisible := first_invisible(text)) is not None:
        raise InvalidValue(field, value, f"has {describe(invisible)}")
    if is_mark(text[0]):
        raise InvalidValue(field, value, f"begins with {describe(text[0])}, which needs a letter")
    if text[0] == " " or text[-1] == " ":
        raise InvalidValue(field, value, "has blanks around it")
    return text


def check_quantity(field: str, value: object, *, least: int = 1) -> None:
    """Validate a number of units.

    Raises:
        InvalidValue: not an integer, under `least`, or over `LARGEST_QUANTITY`.
    """
    if type(value) is int and least <= value <= LARGEST_QUANTITY:
        return
    if type(value) is not int:
        raise InvalidValue(field, value, "is not an integer")
    if value < least:
        raise InvalidValue(field, value, f"is less than {least}")
    raise InvalidValue(field, value, f"is more than {LARGEST_QUANTITY:,}")


def check_other(field: str, value: str, taken: str) -> None:
    """Check that a name differs from another one.

    Raises:
        InvalidValue: it is the same.
    """
    if value == taken:
        raise InvalidValue(field, value, "must differ from the batch's own reference")


def check_flag(field: str, value: object) -> None:
    """Validate a truth value.

    Raises:
        InvalidValue: neither True nor False.
    """
    if not isinstance(value, bool):
        raise InvalidValue(field, value, "is neither true nor false")


def check_date(field: str, value: object) -> None:
    """Validate a day, such as the arrival of a shipment; None is valid, too.

    Raises:
        InvalidValue: not a date, a date with a time of day, or a date before `EARLIEST_DATE` or
            after `LATEST_DATE`.
    """
    if value is None:
        return
    if isinstance(value, datetime) or not isinstance(value, date):
        raise InvalidValue(field, value, "is not a date")
    if not EARLIEST_DATE <= value <= LATEST_DATE:
        early = value < EARLIEST_DATE
        year = f"before the year {EARLIEST_DATE.year}" if early else f"after {LATEST_DATE.year}"
        raise InvalidValue(field, value.isoformat(), f"is {year}")
