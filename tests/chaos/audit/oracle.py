"""The messages of a log, in its order, put to a plain oracle that knows the chapter's three."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged
from tests.chaos.audit.records import CODEC, Entry, Records
from tests.support.stock_oracle import UNKNOWN, Oracle, in_the_oracles_words


def differences_from_oracle(records: Records, today: date) -> Iterator[str]:
    """Answers that the oracle does not give, and shortages that it does not have."""
    roots = [e for e in records.entries if e.cause is None and e.status in ("handled", "refused")]
    if not all(_is_plain(entry.message, today) for entry in roots):
        return
    oracles, skus = defaultdict[str, Oracle](Oracle), dict[str, str]()
    for entry in roots:
        answer = in_the_oracles_words(CODEC.decode_refusal(entry.refusal) or entry.result)
        if answer == UNKNOWN:
            continue  # the product may have been announced while the message was being refused
        expected = _expected(oracles, skus, entry)
        if answer != expected:
            yield f"{entry} was answered with {answer}, and should have been with {expected}"
    for sku, oracle in oracles.items():
        raised = sum(entry.body["sku"] == sku for entry in records.of_type("OutOfStock"))
        if raised != oracle.times_out_of_stock:
            yield f"{sku} ran out {oracle.times_out_of_stock} times, and {raised} events say so"


def _is_plain(message: Any, today: date) -> bool:
    """Whether the oracle knows such messages: it has no overdue batches, and no wishes."""
    match message:
        case BatchCreated(eta=eta):
            return eta is None or eta >= today
        case AllocationRequired():
            return not (message.line or message.required_by or message.split)
    return isinstance(message, BatchQuantityChanged)


def _expected(oracles: dict[str, Oracle], skus: dict[str, str], entry: Entry) -> object:
    message = entry.message
    match message:
        case BatchCreated(ref, sku):
            skus.setdefault(ref, sku)
            return oracles[sku].answer(message)
        case AllocationRequired():
            return oracles[message.sku].answer(message)
        case BatchQuantityChanged(ref):
            return oracles[skus[ref]].answer(message)
    return None
