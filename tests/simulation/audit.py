"""What must be true of every history."""

from collections import Counter
from collections.abc import Iterator

from allocation.adapters.memory.session import Memory
from allocation.domain.events import AllocationRequired, BatchQuantityChanged, OutOfStock
from allocation.messaging.dead_letters import DeadLetterReplayed
from allocation.messaging.log import Fate
from tests.simulation.by_oracle import otherwise_than_the_oracle
from tests.simulation.counters import unexplained
from tests.simulation.errands import SKUS, Errand
from tests.simulation.records import Records, taken_off


def told_too_early(memory: Memory, errand: Errand, *, plain: bool) -> Iterator[str]:
    """Of the last answer: what it tells must be on disk, with all that follows from it."""
    answer, entry = errand.answers[-1], memory.entries.get(errand.key)
    if entry is None:
        yield f"{errand.key} was answered, and is not on disk"
    elif (list(entry.results), entry.refusal) != (list(answer.results), answer.error):
        yield f"{errand.key} was answered with {answer}, and on disk is {entry}"
    elif plain and any(
        e.fate is Fate.PENDING and e.envelope.correlation_id == errand.key
        for e in memory.entries.values()
    ):
        yield f"{errand.key} was answered before all that follows from it was done"


def findings(records: Records, *, plain: bool) -> Iterator[str]:
    """What is wrong; `plain` histories are compared with the oracle too."""
    yield from _answers(records)
    yield from unexplained(records)
    yield from _lines(records)
    yield from _follow_ups(records)
    yield from _mails(records)
    if plain:
        yield from otherwise_than_the_oracle(records)


def _answers(records: Records) -> Iterator[str]:
    for errand in records.errands:
        told = {(str(answer.results), str(answer.error)) for answer in errand.answers}
        if len(told) > 1:
            yield f"{errand.key} was answered in several ways: {told}"


def _lines(records: Records) -> Iterator[str]:
    asked = dict[tuple[str, str], int]()
    for errand in records.errands:
        match errand.message:
            case AllocationRequired(orderid, sku, qty) if errand.answers[-1:]:
                if errand.answers[-1].error is None:
                    asked[sku, orderid] = qty
    for (sku, orderid), qty in asked.items():
        product = records.memory.products.get(sku)
        placement = product.lines.find(orderid) if product else None
        if placement is None or placement.line.qty != qty:
            yield f"{sku} {orderid} of {qty} was accepted, and is {placement}"
    for product in records.memory.products.values():
        for placement in product.lines.waiting(lambda: 1000):
            room = [batch for batch in product.batches if batch.can_allocate(placement.line)]
            if room:
                yield f"{placement} waits, and {room} have room"


def _follow_ups(records: Records) -> Iterator[str]:
    caused = Counter((e.envelope.causation_id, e.envelope.message) for e in records.entries)
    for (cause, message), times in caused.items():
        if cause is not None and times > 1:
            yield f"{cause} caused {message} {times} times"
    asked = {
        (e.envelope.causation_id, e.envelope.message.orderid)
        for e in records.of(AllocationRequired)
        if isinstance(e.envelope.message, AllocationRequired)
    }
    for change in records.of(BatchQuantityChanged):
        for orderid in taken_off(change):
            if (change.envelope.id, orderid) not in asked:
                yield f"{change} took {orderid} off, and nothing followed"


def _mails(records: Records) -> Iterator[str]:
    for sku in SKUS:
        due = [
            e.envelope.id for e in records.of(OutOfStock) if e.envelope.message == OutOfStock(sku)
        ]
        arrived = list(dict.fromkeys(id for known, id in records.mails if known == sku))
        # A dead letter holds up nobody (ADR 10): it arrives when it is replayed.
        in_order = not any(records.of(DeadLetterReplayed))
        if (due != arrived) if in_order else (set(due) != set(arrived)):
            yield f"the mails about {sku} should be {due}, and arrived as {arrived}"
