"""The kinds of files: their columns, and the conversion of a row into a message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from allocation.domain.events import AllocationRequired, BatchCreated, Event
from allocation.entrypoints.table_files.cells import Cells

Convert = Callable[[Cells], Event]


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
        cells.text("ref"), cells.text("sku"), cells.number("qty"), cells.date("eta")
    )


def _order_line(cells: Cells) -> Event:
    return AllocationRequired(
        cells.text("orderid"),
        cells.text("sku"),
        cells.number("qty"),
        cells.text_or_none("line"),
        cells.date("required_by"),
        cells.flag("split"),
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
