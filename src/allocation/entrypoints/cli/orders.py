"""The commands about an order and its lines: cancel, ship, unship and change."""

from typing import Annotated, Any

import typer

from allocation.domain.events import (
    OrderCancelled,
    OrderLineCancelled,
    OrderLineChanged,
    OrderLineShipped,
    OrderLineUnshipped,
    OrderShipped,
)
from allocation.entrypoints.cli.changes import Change, KeyOption, ReasonOption, change
from allocation.entrypoints.cli.console import DatabaseOption
from allocation.entrypoints.cli.dry_runs import DryRunOption
from allocation.entrypoints.cli.raw_output import JsonOption
from allocation.errors import InputError

OrderArgument = Annotated[str, typer.Argument(metavar="ORDERID", help="The order's id.")]
SkuArgument = Annotated[str, typer.Argument(metavar="SKU", help="The sku of the order line.")]
OptionalSkuArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="SKU", help="The sku of one order line; without it, all.", show_default=False
    ),
]
LineOption = Annotated[
    str | None,
    typer.Option(
        "--line",
        metavar="LINE",
        help="The name of the line, if the order has several for the sku.",
        show_default=False,
    ),
]
QtyOption = Annotated[
    int | None,
    typer.Option(
        "--qty", metavar="N", help="The number of units; without it, all.", show_default=False
    ),
]
FromOption = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="REF", help="The batch that the units have left.", show_default=False
    ),
]
BackToOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="REF",
        help="Only units that have left this batch; they come back to it.",
        show_default=False,
    ),
]


def cancel(
    orderid: OrderArgument,
    sku: OptionalSkuArgument = None,
    line: LineOption = None,
    reason: ReasonOption = None,
    key: KeyOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Cancel what has not been shipped of an order, or, with SKU, of a line."""
    if sku is None:
        _check_needs_sku(line=line)
        order = OrderCancelled(orderid, reason)
        change(order, _describe_order, key=key, dry_run=dry_run, as_json=as_json, database=database)
    else:
        event = OrderLineCancelled(orderid, sku, line, reason)
        change(event, _describe_line, key=key, dry_run=dry_run, as_json=as_json, database=database)


def ship(
    orderid: OrderArgument,
    sku: OptionalSkuArgument = None,
    qty: QtyOption = None,
    ref: FromOption = None,
    line: LineOption = None,
    reason: ReasonOption = None,
    key: KeyOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Record that an order, or, with SKU, one of its lines has been shipped.

    With --from, the units were taken from that batch, whatever batch they were allocated to; other
    order lines lose their units of it if there are too few.
    """
    if sku is None:
        _check_needs_sku(qty=qty, ref=ref, line=line)
        order = OrderShipped(orderid, reason)
        change(order, _describe_order, key=key, dry_run=dry_run, as_json=as_json, database=database)
    else:
        event = OrderLineShipped(orderid, sku, qty, ref, line, reason)
        change(event, _describe_line, key=key, dry_run=dry_run, as_json=as_json, database=database)


def unship(
    orderid: OrderArgument,
    sku: SkuArgument,
    qty: QtyOption = None,
    ref: BackToOption = None,
    line: LineOption = None,
    reason: ReasonOption = None,
    key: KeyOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Take back units that were recorded as shipped by mistake.

    They come back to the batch that they left, and are allocated to it.
    """
    event = OrderLineUnshipped(orderid, sku, qty, ref, line, reason)
    change(event, _describe_line, key=key, dry_run=dry_run, as_json=as_json, database=database)


def change_line(
    orderid: OrderArgument,
    sku: SkuArgument,
    qty: Annotated[
        int, typer.Argument(metavar="QTY", help="All units of the line, including shipped ones.")
    ],
    line: LineOption = None,
    reason: ReasonOption = None,
    key: KeyOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Change the ordered quantity of an order line."""
    event = OrderLineChanged(orderid, sku, qty, line, reason)
    change(event, _describe_line, key=key, dry_run=dry_run, as_json=as_json, database=database)


def _check_needs_sku(
    *, qty: int | None = None, ref: str | None = None, line: str | None = None
) -> None:
    options = {"--qty": qty, "--from": ref, "--line": line}
    given = [option for option, value in options.items() if value is not None]
    if given:
        raise InputError(f"{given[0]} is for one line of the order: give its SKU, too")


def _describe_line(change: Change) -> list[str]:
    return [_text(change, change.body)]


def _describe_order(change: Change) -> list[str]:
    return [_text(change, line) for line in change.body.lines]


def _text(change: Change, line: Any) -> str:
    named = f", line {line.line}" if line.line else ""
    name = f"Order {change.body.orderid}, {line.sku}{named}"
    cancelled = f", {line.cancelled:,} cancelled" if line.cancelled else ""
    units = f"{line.open:,} open, {line.shipped:,} shipped{cancelled}"
    return f"{name}: {change.phrase('', 'would have ')}{units}."
