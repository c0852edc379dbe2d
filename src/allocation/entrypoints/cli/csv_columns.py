"""The columns of the CSV files, and the conversion of a row into a message."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from allocation.domain.events import AllocationRequired, BatchCreated, Event
from allocation.entrypoints.cli.dates import as_date
from allocation.errors import InvalidValue

_INTEGER: Final = re.compile(r"([+-]?)0*([0-9]+)")
_DIGITS: Final = 20
"""The number of digits to parse; a number with more is too large in any case."""
_FLAGS: Final = {"yes": True, "true": True, "no": False, "false": False}

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
        optional: columns that may be missing; the cells of a missing one are empty.
        warnings: the consequence of a missing column in words, if the user should know it.
        has_standing: whether the outcome of an already known row is reported, too.
    """

    singular: str
    plural: str
    columns: tuple[str, ...]
    convert: Convert
    key: Callable[[Any], str]
    outcome: Callable[[object], str]
    optional: tuple[str, ...] = ()
    warnings: Mapping[str, str] = field(default_factory=dict)
    has_standing: bool = False

    @property
    def every_column(self) -> tuple[str, ...]:
        """The columns that are read, if the file has them."""
        return self.columns + self.optional


def _batch(cells: Cells) -> Event:
    return BatchCreated(
        cells["ref"], cells["sku"], _number("qty", cells["qty"]), _date("eta", cells["eta"])
    )


def _order_line(cells: Cells) -> Event:
    return AllocationRequired(
        cells["orderid"],
        cells["sku"],
        _number("qty", cells["qty"]),
        cells["line"] or None,
        _date("required_by", cells["required_by"]),
        _flag("split", cells["split"]),
    )


def _batch_key(event: BatchCreated) -> str:
    return event.ref


def _line_key(event: AllocationRequired) -> str:
    return f"{event.orderid}\0{event.sku}\0{event.line or ''}"


def _imported(_: object) -> str:
    return "imported"


def _status(result: object) -> str:
    """The status of an order line, by the result of `allocate`."""
    if isinstance(result, Mapping):
        return str(result["status"])
    return "waiting" if result is None else "allocated"


BATCHES: Final = Kind(
    "batch",
    "batches",
    ("ref", "sku", "qty"),
    _batch,
    _batch_key,
    _imported,
    optional=("eta",),
    warnings={"eta": "all batches are imported as warehouse stock"},
)
ORDER_LINES: Final = Kind(
    "order line",
    "order lines",
    ("orderid", "sku", "qty"),
    _order_line,
    _line_key,
    _status,
    optional=("line", "required_by", "split"),
    has_standing=True,
)


def _number(field: str, text: str) -> int:
    # `int` would also accept "1_000" and the digits of other scripts.
    if not (match := _INTEGER.fullmatch(text)):
        raise InvalidValue(field, text, "is not an integer")
    return int(match[1] + match[2][:_DIGITS])


def _date(field: str, text: str) -> date | None:
    """A date; None for an empty cell."""
    if not text:
        return None
    try:
        return as_date(text)
    except ValueError:
        raise InvalidValue(field, text, "is not a date, such as 2026-12-24") from None


def _flag(field: str, text: str) -> bool | None:
    """A truth value, whatever its case; None for an empty cell."""
    if not text:
        return None
    if (flag := _FLAGS.get(text.casefold())) is None:
        raise InvalidValue(field, text, "is none of yes, no, true and false")
    return flag
