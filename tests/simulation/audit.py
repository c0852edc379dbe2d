"""What must be true of every history."""

from collections import Counter
from collections.abc import Iterator

from allocation.adapters.memory.session import Memory
from allocation.domain.events import AllocationRequired, BatchQuantityChanged, OutOfStock
from allocation.messaging.dead_letters import DeadLetterReplayed
from allocation.messaging.log import Status
from tests.simulation.compare_with_model import differences_from_model
from tests.simulation.counters import unexplained
from tests.simulation.records import Records, taken_off
from tests.simulation.workload import SKUS, Operation


def told_too_early(memory: Memory, operation: Operation, *, plain: bool) -> Iterator[str]:
    """Of the last answer: what it tells must be on disk, with all that follows from it."""
    answer, entry = operation.answers[-1], memory.entries.get(operation.key)
    if entry is None:
        yield f"{operation.key} was answered, and is not on disk"
    elif (list(entry.results), entry.refusal) != (list(answer.results), answer.error):
        yield f"{operation.key} was answered with {answer}, and on disk is {entry}"
    elif plain and any(
        e.status is Status.PENDING and e.envelope.correlation_id == operation.key
        for e in memory.entries.values()
    ):
        yield f"{operation.key} was answered before all that follows from it was done"


def findings(records: Records, *, plain: bool) -> Iterator[str]:
    """What is wrong; `plain` histories are compared with the oracle too."""
    yield from _answers(records)
    yield from unexplained(records)
    yield from _lines(records)
    yield from _follow_ups(records)
    yield from _mails(records)
    if plain:
        yield from differences_from_model(records)


def _answers(records: Records) -> Iterator[str]:
    for operation in records.operations:
        answers = {(str(answer.results), str(answer.error)) for answer in operation.answers}
        if len(answers) > 1:
            yield f"{operation.key} was answered in several ways: {answers}"


def _lines(records: Records) -> Iterator[str]:
    asked = dict[tuple[str, str], int]()
    for operation in records.operations:
        match operation.message:
            case AllocationRequired(orderid, sku, qty) if operation.answers[-1:]:
                if operation.answers[-1].error is None:
                    asked[sku, orderid] = qty
    for (sku, orderid), qty in asked.items():
        product = records.memory.products.get(sku)
        allocation = product.lines.find(orderid) if product else None
        if allocation is None or allocation.line.qty != qty:
            yield f"{sku} {orderid} of {qty} was accepted, and is {allocation}"
    for product in records.memory.products.values():
        for allocation in product.lines.waiting(lambda: 1000):
            room = [batch for batch in product.batches if batch.can_allocate(allocation.line)]
            if room:
                yield f"{allocation} waits, and {room} have room"


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
        arrived = list(dict.fromkeys(id for mailed_sku, id in records.mails if mailed_sku == sku))
        # A dead letter holds up nobody (ADR 10): it arrives when it is replayed.
        in_order = not any(records.of(DeadLetterReplayed))
        if (due != arrived) if in_order else (set(due) != set(arrived)):
            yield f"the mails about {sku} should be {due}, and arrived as {arrived}"
