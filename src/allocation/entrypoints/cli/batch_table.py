"""The table of batches, as `allocation show sku` and `show batch` print it."""

from collections.abc import Sequence

from rich.table import Table

from allocation.entrypoints.cli.console import safe
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.dates import shown_arrival
from allocation.views import BatchView


def table_of_batches(batches: Sequence[BatchView]) -> Table:
    """Batches with their quantities; what is usual is left out."""
    columns = {
        "batch": [safe(batch.batchref) for batch in batches],
        "eta": [shown_arrival(batch.eta) for batch in batches],
        "purchased": [str(batch.purchased_quantity) for batch in batches],
        "allocated": [str(batch.allocated_quantity) for batch in batches],
        "available": [str(batch.available_quantity) for batch in batches],
        "blocked": [str(batch.blocked_quantity or "") for batch in batches],
        "status": ["" if b.status == "available" else b.status for b in batches],
        "announced for": [
            "" if batch.announced_eta == batch.eta else shown_arrival(batch.announced_eta)
            for batch in batches
        ],
    }
    return table_of(columns, "blocked", "status", "announced for")
