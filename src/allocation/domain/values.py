"""What a text, a quantity and a date must be to enter the domain."""

from datetime import date, datetime
from typing import Final

from allocation.domain.errors import InvalidValue

LONGEST_TEXT: Final = 255
"""Characters in a sku, an order id or a batch reference."""

LARGEST_QUANTITY: Final = 1_000_000_000
"""Units in one batch or one order line."""


def check_text(field: str, value: object) -> None:
    """Refuse what cannot name anything.

    Raises:
        InvalidValue: not a string, empty, too long, with characters that cannot be
            printed, or with blanks around it (which make two names that look the same).
    """
    if (
        type(value) is str
        and value.isprintable()
        and 0 < len(value) <= LONGEST_TEXT
        and value[0] != " " != value[-1]
    ):
        return
    if not isinstance(value, str):
        raise InvalidValue(field, value, "is not a text")
    if not value.strip():
        raise InvalidValue(field, value, "is empty")
    if len(value) > LONGEST_TEXT:
        raise InvalidValue(field, value, f"is longer than {LONGEST_TEXT} characters")
    if not value.isprintable():
        raise InvalidValue(field, value, "has control characters")
    raise InvalidValue(field, value, "has blanks around it")


def check_quantity(field: str, value: object, *, least: int = 1) -> None:
    """Refuse what is no number of units.

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


def check_eta(field: str, value: object) -> None:
    """Refuse what is neither a date nor None.

    Raises:
        InvalidValue: anything else; a date with a time of day too.
    """
    if value is not None and (isinstance(value, datetime) or not isinstance(value, date)):
        raise InvalidValue(field, value, "is not a date")
