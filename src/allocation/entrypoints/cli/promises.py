"""Tables and counts of the order lines that have, or would have, another promised date."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice

from rich.table import Table

from allocation.entrypoints.cli.console import counted, out, safe
from allocation.entrypoints.cli.plain_table import table_of
from allocation.views import LISTED, ChangedPromise


def print_promises(promises: Sequence[ChangedPromise], verb: str, *, complete: bool) -> None:
    """Print the changed promises if there are any; without `complete`, there are more of them."""
    if not promises:
        return
    count = counted(len(promises), "promised date", "promised dates")
    late = sum(promise.late for promise in promises)
    states = f": {late:,} late" if late and complete else ""
    out.print(f"{'' if complete else 'More than '}{count} {verb}{states}.")
    out.print(_table(islice(promises, LISTED)))
    if len(promises) > LISTED or not complete:
        out.print(f"These are the first {LISTED}.")


def _table(promises: Iterable[ChangedPromise]) -> Table:
    listed = list(promises)
    columns = {
        "order": [safe(promise.orderid) for promise in listed],
        "sku": [safe(promise.sku) for promise in listed],
        "line": [safe(promise.line or "") for promise in listed],
        "qty": [str(promise.qty) for promise in listed],
        "batch": [safe(promise.to_batchref) for promise in listed],
        "due before": [
            "" if promise.from_batchref is None else _day(promise.from_day) for promise in listed
        ],
        "due now": [_day(promise.to_day) for promise in listed],
        "required by": ["" if p.required_by is None else str(p.required_by) for p in listed],
        "late": ["late" if promise.late else "" for promise in listed],
    }
    return table_of(columns, "line", "required by", "late")


def _day(day: date | None) -> str:
    return "unknown" if day is None else day.isoformat()
