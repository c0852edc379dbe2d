"""The same messages, in the order of the log, put to a plain oracle."""

from collections.abc import Iterator

from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    OutOfStock,
)
from allocation.messaging.log import Entry
from tests.simulation.errands import SKUS, sku_of_batch
from tests.simulation.records import Records
from tests.support.stock_oracle import CONFLICT, UNKNOWN, Oracle


def otherwise_than_the_oracle(records: Records) -> Iterator[str]:
    """Answers that the oracle does not give, and what it would have said otherwise."""
    oracles = {sku: Oracle() for sku in SKUS}
    for entry in records.entries:
        # What nobody had heard of may have been announced while it was being refused.
        if entry.envelope.causation_id is None and _told(entry) != UNKNOWN:
            told, expected = _told(entry), _expected(oracles, entry)
            if told != expected:
                yield f"{entry.envelope} was answered with {told}, and should with {expected}"
    for sku, oracle in oracles.items():
        said = sum(e.envelope.message == OutOfStock(sku) for e in records.entries)
        if said != oracle.told_out_of_stock:
            yield f"{sku} ran out {oracle.told_out_of_stock} times, and that was said {said} times"


def _told(entry: Entry) -> object:
    if entry.refusal is None:
        return entry.results[0]
    conflict = type(entry.refusal).__name__ in ("BatchConflict", "LineConflict")
    return CONFLICT if conflict else UNKNOWN


def _expected(oracles: dict[str, Oracle], entry: Entry) -> object:
    match entry.envelope.message:
        case BatchCreated(ref, sku, qty, eta):
            return oracles[sku].add_batch(ref, qty, eta)
        case AllocationRequired(orderid, sku, qty):
            return oracles[sku].allocate(orderid, qty)
        case BatchQuantityChanged(ref, qty):
            return oracles[sku_of_batch(ref)].change_batch_quantity(ref, qty)
    raise AssertionError(entry)
