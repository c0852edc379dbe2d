"""The commands about a batch, apart from `allocation set-quantity`."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final

import typer

from allocation.domain.events import (
    BatchBlocked,
    BatchCancelled,
    BatchEtaChanged,
    BatchPartiallyReceived,
    BatchUnblocked,
)
from allocation.entrypoints.cli.changes import (
    Change,
    Describe,
    KeyOption,
    ReasonOption,
    change,
    describe_batch,
)
from allocation.entrypoints.cli.console import DatabaseOption, counted
from allocation.entrypoints.cli.dry_runs import DryRunOption
from allocation.entrypoints.cli.raw_output import JsonOption
from allocation.entrypoints.dates import as_date
from allocation.errors import InputError

RefArgument = Annotated[str, typer.Argument(metavar="REF", help="Reference of the batch.")]

_ARRIVED: Final = {"arrived", "received"}


def set_eta(
    ref: RefArgument,
    eta: Annotated[
        str,
        typer.Argument(
            metavar="DATE|arrived",
            help="The day on which the batch is due, as YYYY-MM-DD, or the word `arrived`.",
        ),
    ],
    reason: ReasonOption = None,
    key: KeyOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Change the day on which a batch is due, or say that it has arrived.

    An order line that is late because of it moves to another batch if it gains a day there.
    """
    _reschedule(
        BatchEtaChanged(ref, _eta(eta), reason), key, database, dry_run=dry_run, as_json=as_json
    )


def receive(
    ref: RefArgument,
    qty: Annotated[
        int | None,
        typer.Argument(
            metavar="QTY", help="The units that have arrived, if not all.", show_default=False
        ),
    ] = None,
    new_ref: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NEW",
            help="Reference of the batch that these units become; needed with QTY.",
            show_default=False,
        ),
    ] = None,
    reason: ReasonOption = None,
    key: KeyOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Receive a shipment, or, with QTY and --as, a part of it.

    The part becomes a new batch in the warehouse. No order line loses its units.
    """
    if qty is None and new_ref is None:
        _reschedule(
            BatchEtaChanged(ref, None, reason), key, database, dry_run=dry_run, as_json=as_json
        )
    elif qty is None or new_ref is None:
        raise InputError("to receive a part, give both QTY and --as NEW; to receive all, neither")
    else:
        event = BatchPartiallyReceived(ref, new_ref, qty, reason)
        change(
            event,
            _describe_receipt(event),
            key=key,
            dry_run=dry_run,
            as_json=as_json,
            database=database,
        )


def block(
    ref: RefArgument,
    reason: ReasonOption = None,
    key: KeyOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Block a batch, for example after a recall, and move its order lines."""
    event = BatchBlocked(ref, reason)
    describe = describe_batch(event.ref, "is blocked now", "would be blocked")
    change(event, describe, key=key, dry_run=dry_run, as_json=as_json, database=database)


def unblock(
    ref: RefArgument,
    reason: ReasonOption = None,
    key: KeyOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Use a blocked batch again, for the oldest waiting order lines first."""
    event = BatchUnblocked(ref, reason)
    describe = describe_batch(event.ref, "is not blocked now", "would not be blocked")
    change(event, describe, key=key, dry_run=dry_run, as_json=as_json, database=database)


def cancel_batch(
    ref: RefArgument,
    reason: ReasonOption = None,
    key: KeyOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Cancel a batch for good, and move its order lines."""
    event = BatchCancelled(ref, reason)
    describe = describe_batch(event.ref, "is cancelled now", "would be cancelled")
    change(event, describe, key=key, dry_run=dry_run, as_json=as_json, database=database)


def _describe_receipt(event: BatchPartiallyReceived) -> Describe:
    units = f"{counted(event.qty, 'unit', 'units')} of {event.ref}"
    arrived = f"{'has' if event.qty == 1 else 'have'} arrived as {event.new_ref}"

    def describe(change: Change) -> Iterator[str]:
        if change.body.repeated:
            yield f"{units} {arrived} before: nothing has been done again."
            return
        yield f"{units} {change.phrase(arrived, f'would arrive as {event.new_ref}')}."
        if more := change.body.unexpected:
            yield f"{more:,} more than expected: {event.ref} holds none, {event.new_ref} all."

    return describe


def _reschedule(
    event: BatchEtaChanged, key: str | None, database: str | None, *, dry_run: bool, as_json: bool
) -> None:
    place = "in the warehouse" if event.eta is None else f"due on {event.eta}"

    def describe(change: Change) -> Iterator[str]:
        yield f"{event.ref} {change.phrase(f'is {place} now', f'would be {place}')}."
        if change.body.overdue:
            yield "That day has passed: the shipment counts as overdue."

    change(event, describe, key=key, dry_run=dry_run, as_json=as_json, database=database)


def _eta(text: str) -> date | None:
    if text in _ARRIVED:
        return None
    try:
        return as_date(text)
    except ValueError:
        reason = "is neither a date, such as 2026-12-24, nor the word arrived"
        raise InputError(f"{text!r:.80} {reason}") from None
