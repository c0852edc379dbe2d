"""`allocation set-quantity`."""

from typing import Annotated

import typer

from allocation.domain.events import BatchQuantityChanged
from allocation.entrypoints.cli.batches import RefArgument
from allocation.entrypoints.cli.changes import KeyOption, ReasonOption, change, describe_batch
from allocation.entrypoints.cli.console import DatabaseOption
from allocation.entrypoints.cli.dry_runs import DryRunOption
from allocation.entrypoints.cli.raw_output import JsonOption


def set_quantity(
    ref: RefArgument,
    qty: Annotated[
        int,
        typer.Argument(metavar="QTY", help="All units of the batch, including allocated ones."),
    ],
    reason: ReasonOption = None,
    key: KeyOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Correct a batch's quantity, and list the order lines that moved.

    The reason is recorded with each order line that the batch loses.
    """
    event = BatchQuantityChanged(ref, qty, reason)
    describe = describe_batch(event.ref, f"holds {qty} now", f"would hold {qty}")
    change(event, describe, key=key, dry_run=dry_run, as_json=as_json, database=database)
