"""The same messages, in the order of the log, put to a plain oracle."""

from collections.abc import Iterator

from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    OutOfStock,
)
from allocation.messaging.log import Entry
from tests.simulation.records import Records
from tests.simulation.workload import SKUS, sku_of_batch
from tests.support.stock_oracle import UNKNOWN, Oracle, in_the_oracles_words


def differences_from_model(records: Records) -> Iterator[str]:
    """Answers that the oracle does not give, and what it would have said otherwise."""
    oracles = {sku: Oracle() for sku in SKUS}
    for entry in records.entries:
        # What nobody had heard of may have been announced while it was being refused.
        if entry.envelope.causation_id is None and _answer(entry) != UNKNOWN:
            answer, expected = _answer(entry), _expected(oracles, entry)
            if answer != expected:
                yield f"{entry.envelope} was answered with {answer}, and should with {expected}"
    for sku, oracle in oracles.items():
        raised = sum(e.envelope.message == OutOfStock(sku) for e in records.entries)
        if raised != oracle.times_out_of_stock:
            yield f"{sku} ran out {oracle.times_out_of_stock} times, and {raised} events say so"


def _answer(entry: Entry) -> object:
    return in_the_oracles_words(entry.refusal or entry.results[0])


def _expected(oracles: dict[str, Oracle], entry: Entry) -> object:
    match entry.envelope.message:
        case BatchCreated() | AllocationRequired() as message:
            return oracles[message.sku].answer(message)
        case BatchQuantityChanged(ref) as message:
            return oracles[sku_of_batch(ref)].answer(message)
    raise LookupError(entry)
