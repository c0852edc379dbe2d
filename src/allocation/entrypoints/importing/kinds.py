"""The kinds of files: their columns, the meaning of a row, and the words of the summary."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from allocation.domain.events import AllocationRequired, BatchCreated, BatchEtaChanged
from allocation.entrypoints.importing.conversions import (
    CountedBatch,
    as_batch,
    as_cancellation,
    as_counted_batch,
    as_order_line,
    as_receipt,
    as_shipment,
)
from allocation.entrypoints.table_files.cells import Cells

Convert = Callable[[Cells], Any]


@dataclass(frozen=True)
class Kind:
    """A kind of file: its columns, and what its rows mean.

    Attributes:
        name: the word of the command line.
        singular: the noun for one row.
        plural: the noun for several rows.
        columns: the required columns.
        convert: makes of a row its message; with `has_ids` a `KeyedMessage`.
        key: identifies the thing that a message is about.
        outcome: the word under which an accepted row is counted, by its result.
        optional: columns that may be missing; the cells of a missing one are empty.
        ignored: columns that are not read, and about which there is nothing to say, since our own
            exports have them.
        warnings: the consequence of a missing column in words, if the user should know it.
        has_standing: whether the outcome of an already known row is reported, too.
        has_ids: whether each row has an idempotency key, because the domain could not tell a
            repeated message from another one.
        is_compared: whether a row is compared with the batch of its reference.
        day: the attribute of a message with a day that is checked for likely mistakes.
    """

    name: str
    singular: str
    plural: str
    columns: tuple[str, ...]
    convert: Convert
    key: Callable[[Any], str]
    outcome: Callable[[object], str]
    optional: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    warnings: Mapping[str, str] = field(default_factory=dict)
    has_standing: bool = False
    has_ids: bool = False
    is_compared: bool = False
    day: str | None = None

    @property
    def every_column(self) -> tuple[str, ...]:
        """The columns that are read, if the file has them."""
        return self.columns + self.optional


def _batch_key(event: BatchCreated | CountedBatch) -> str:
    return event.ref


def _line_key(event: AllocationRequired) -> str:
    return f"{event.orderid}\0{event.sku}\0{event.line or ''}"


def _order_key(event: Any) -> str:
    """The key of a message about a line, or about a whole order."""
    sku, line = getattr(event, "sku", ""), getattr(event, "line", "")
    return f"{event.orderid}\0{sku}\0{line or ''}"


def _receipt_key(event: Any) -> str:
    return event.ref if isinstance(event, BatchEtaChanged) else f"{event.ref}\0{event.new_ref}"


def _always(word: str) -> Callable[[object], str]:
    return lambda _: word


def _status(result: object) -> str:
    """The status of an order line, by the result of `allocate`."""
    if isinstance(result, Mapping):
        return str(result["status"])
    return "waiting" if result is None else "allocated"


BATCHES: Final = Kind(
    *("batches", "batch", "batches"),
    ("ref", "sku", "qty"),
    as_batch,
    _batch_key,
    _always("imported"),
    optional=("eta",),
    warnings={"eta": "all batches are imported as warehouse stock"},
    day="eta",
)
COUNT: Final = Kind(
    *("batches", "batch", "batches"),
    ("ref", "sku", "qty"),
    as_counted_batch,
    _batch_key,
    _always("same"),
    optional=("eta",),
    warnings={"eta": "dates are not compared, and new batches are imported as warehouse stock"},
    is_compared=True,
    day="eta",
)
"""The daily count: batches as the warehouse or an ERP has them now (`import batches --update`)."""
ORDER_LINES: Final = Kind(
    *("orders", "order line", "order lines"),
    ("orderid", "sku", "qty"),
    as_order_line,
    _line_key,
    _status,
    optional=("line", "required_by", "split"),
    has_standing=True,
    day="required_by",
)
CANCELLATIONS: Final = Kind(
    *("cancellations", "cancellation", "cancellations"),
    ("orderid",),
    as_cancellation,
    _order_key,
    _always("cancelled"),
    optional=("sku", "line", "reason", "id"),
    warnings={"sku": "whole orders are cancelled"},
    has_ids=True,
)
SHIPMENTS: Final = Kind(
    *("shipments", "shipment", "shipments"),
    ("orderid",),
    as_shipment,
    _order_key,
    _always("shipped"),
    optional=("sku", "line", "qty", "ref", "reason", "id"),
    ignored=("required_by",),
    warnings={"sku": "whole orders are shipped", "qty": "all open units are shipped"},
    has_ids=True,
)
RECEIPTS: Final = Kind(
    *("receipts", "receipt", "receipts"),
    ("ref",),
    as_receipt,
    _receipt_key,
    _always("received"),
    optional=("qty", "new_ref", "reason", "id"),
    warnings={"qty": "all units of each shipment are received"},
    has_ids=True,
)
