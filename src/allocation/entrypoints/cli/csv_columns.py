"""The columns of the CSV files, and the conversion of a row into a message."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from allocation.domain.events import AllocationRequired, BatchCreated, Event
from allocation.errors import InvalidValue

_INTEGER: Final = re.compile(r"([+-]?)0*([0-9]+)")
_DIGITS: Final = 20
"""The number of digits to parse; a number with more is too large in any case."""
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Cells = dict[str, str]
Convert = Callable[[Cells], Event]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: the number of its first line, its cells, and its message.

    An invalid row has a `reason` in place of an `event`.
    """

    number: int
    cells: list[str]
    event: Event | None
    reason: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of CSV file: its columns, and the messages that its rows become.

    Attributes:
        singular: the noun for one row.
        plural: the noun for several rows.
        columns: the required columns.
        convert: makes the message of a row.
        key: identifies the thing that a row is about.
        outcome: the word under which an accepted row is counted, by its result.
        optional: columns that may be missing, each with the consequence in words.
        has_standing: whether the outcome of an already known row is reported, too.
    """

    singular: str
    plural: str
    columns: tuple[str, ...]
    convert: Convert
    key: Callable[[Any], str]
    outcome: Callable[[object], str]
    optional: Mapping[str, str] = field(default_factory=dict)
    has_standing: bool = False


def _batch(cells: Cells) -> Event:
    eta = cells["eta"]
    return BatchCreated(
        cells["ref"], cells["sku"], _number("qty", cells["qty"]), _date("eta", eta) if eta else None
    )


def _order_line(cells: Cells) -> Event:
    return AllocationRequired(cells["orderid"], cells["sku"], _number("qty", cells["qty"]))


def _batch_key(event: BatchCreated) -> str:
    return event.ref


def _line_key(event: AllocationRequired) -> str:
    return f"{event.orderid}\0{event.sku}"


def _imported(_: object) -> str:
    return "imported"


def _allocated_or_waiting(result: object) -> str:
    return "waiting" if result is None else "allocated"


BATCHES: Final = Kind(
    "batch",
    "batches",
    ("ref", "sku", "qty"),
    _batch,
    _batch_key,
    _imported,
    optional={"eta": "all batches are imported as warehouse stock"},
)
ORDER_LINES: Final = Kind(
    "order line",
    "order lines",
    ("orderid", "sku", "qty"),
    _order_line,
    _line_key,
    _allocated_or_waiting,
    has_standing=True,
)


def _number(field: str, text: str) -> int:
    # `int` would also accept "1_000" and the digits of other scripts.
    if not (match := _INTEGER.fullmatch(text)):
        raise InvalidValue(field, text, "is not an integer")
    return int(match[1] + match[2][:_DIGITS])


def _date(field: str, text: str) -> date:
    # `fromisoformat` would also accept weeks, and dates without dashes, which HTTP refuses.
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # for example the 31st of February
    raise InvalidValue(field, text, "is not a date, such as 2026-12-24")
