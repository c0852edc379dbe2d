"""Counters and places, explained by the log."""

from collections import Counter
from collections.abc import Iterator

from allocation.domain.events import Allocated, BatchCreated, BatchQuantityChanged
from allocation.messaging.log import Status
from tests.simulation.records import Records, taken_off
from tests.simulation.workload import sku_of_batch

Line = tuple[str, str]
"""Its sku, its order."""


def _where_the_log_says(records: Records) -> tuple[dict[Line, str | None], list[str]]:
    """Where each line stands, from what was recorded; and what cannot have been."""
    where: dict[Line, str | None] = {}
    wrong_answers: list[str] = []
    for entry in records.entries:
        match entry.envelope.message:
            case Allocated(orderid, sku, _, ref):
                if where.get((sku, orderid)) is not None:
                    wrong_answers.append(f"{sku} {orderid} is allocated twice: {entry}")
                where[sku, orderid] = ref
            case BatchQuantityChanged(ref, _) if entry.status is Status.HANDLED:
                for orderid in taken_off(entry):
                    line = sku_of_batch(ref), orderid
                    if where.get(line) != ref:
                        wrong_answers.append(
                            f"{line} is taken off {ref}, but was on {where.get(line)}"
                        )
                    where[line] = None
    return where, wrong_answers


def unexplained(records: Records) -> Iterator[str]:
    """Lines that are not where the log put them, and batches that count otherwise."""
    where, wrong_answers = _where_the_log_says(records)
    yield from wrong_answers
    for sku, product in records.memory.products.items():
        on = Counter[str]()
        for line, ref in where.items():
            allocation = product.lines.find(line[1]) if line[0] == sku else None
            if line[0] == sku and (allocation is None or allocation.batchref != ref):
                yield f"{line} is on {ref} by the log, and in fact {allocation}"
            if allocation is not None and ref is not None:
                on[ref] += allocation.line.qty
        for batch in product.batches:
            held = _held(records, batch.reference)
            if (batch.purchased_quantity, batch.allocated_quantity) != (held, on[batch.reference]):
                counted = f"{batch.purchased_quantity} held, {batch.allocated_quantity} promised"
                yield f"{batch}: {counted}; by the log {held} and {on[batch.reference]}"
            if not 0 <= batch.allocated_quantity <= batch.purchased_quantity:
                yield f"{batch} is oversold"


def _held(records: Records, ref: str) -> int | None:
    held: int | None = None
    for entry in records.entries:
        match entry.envelope.message:
            case BatchCreated(changed, _, qty) if changed == ref and entry.status is Status.HANDLED:
                held = qty if held is None else held
            case BatchQuantityChanged(changed, qty) if (
                changed == ref and entry.status is Status.HANDLED
            ):
                held = qty
    return held
