"""What the rows of a file are: columns, and the event that each row asks for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from allocation.domain.events import AllocationRequired, BatchCreated, Event
from allocation.errors import InvalidValue

_INTEGER: Final = re.compile(r"([+-]?)0*([0-9]+)")
_DIGITS: Final = 20
"""More than any quantity has: what is longer is as much too large, or too small."""
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Cells = dict[str, str]
Convert = Callable[[Cells], Event]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: its first line's number, its cells, and what it asks for.

    A row that asks for nothing that can be has a `reason` in place of an `event`.
    """

    number: int
    cells: list[str]
    event: Event | None
    reason: str = ""


@dataclass(frozen=True)
class Kind:
    """What the rows of a file are: the columns they need, and the events they become.

    `optional` columns may be left out: what that means is told. Rows of the same `key` are about
    the same thing. `outcome` is the word under which an accepted row is counted, by its result;
    with `has_standing`, it tells of a row that is known already where that stands now.
    """

    one: str
    noun: str
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


def _taken_in(_: object) -> str:
    return "taken in"


def _allocated_or_waiting(result: object) -> str:
    return "waiting" if result is None else "allocated"


BATCHES: Final = Kind(
    "batch",
    "batches",
    ("ref", "sku", "qty"),
    _batch,
    _batch_key,
    _taken_in,
    optional={"eta": "every batch counts as in the warehouse"},
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
    # `int` would also take "1_000" and the digits of other scripts.
    if not (found := _INTEGER.fullmatch(text)):
        raise InvalidValue(field, text, "is not an integer")
    return int(found[1] + found[2][:_DIGITS])


def _date(field: str, text: str) -> date:
    # `fromisoformat` would also take weeks, and dates without dashes, which HTTP refuses.
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # such as the 31st of February
    raise InvalidValue(field, text, "is not a date, such as 2026-12-24")
