"""Unexplained: quantities that are not the sum of the facts in the log."""

from collections.abc import Iterator

from allocation.domain.ledger import Balance, Ledger, LedgerEntry
from tests.chaos.audit.records import Records

_ANNOUNCEMENTS = ("BatchCreated", "BatchReceived", "BatchQuantityAdjusted")
_LINE_FACTS = ("Allocated", "Deallocated", "Backordered", "Shipped", "Unshipped", "Cancelled")


def unexplained(records: Records) -> Iterator[str]:
    """What `allocation verify` finds, and the same by the rows alone."""
    yield from records.discrepancies
    yield from _batches(records)
    yield from _lines(records)


def _batches(records: Records) -> Iterator[str]:
    ledger = Ledger()
    for entry in records.of_type(*_ANNOUNCEMENTS, *_LINE_FACTS):
        ledger.enter([LedgerEntry(entry.seq, entry.message)])
    for batch in records.ledger.batches:
        ref = batch["reference"]
        balance = ledger.batches.get(ref, Balance())
        recorded = batch["purchased_quantity"], batch["allocated_quantity"]
        if recorded != (balance.purchased, balance.allocated):
            yield f"the batch {ref} has {recorded} units, all and allocated; the log: {balance}"


def _lines(records: Records) -> Iterator[str]:
    """Each unit of a line is in one part, and no two parts are in one place."""
    for key, parts in records.lines.items():
        units = sum(part["qty"] for part in parts)
        ordered = {part["ordered"] or part["qty"] for part in parts}
        if ordered != {units}:
            yield f"the line {key} has {units} units in its parts, and {ordered} were ordered"
        places = [(part["state"], part["batchref"]) for part in parts]
        if len(places) != len(set(places)):
            yield f"the line {key} has several parts in one place: {places}"
