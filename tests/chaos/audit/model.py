"""The messages of a log, in its order, put to a plain oracle."""

import json
from collections import defaultdict
from collections.abc import Iterator

from allocation.adapters.codec import Codec
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged
from allocation.service_layer.messagebus import REGISTRY
from tests.chaos.audit.records import Entry, Records
from tests.support.stock_oracle import UNKNOWN, Oracle, in_the_oracles_words

CODEC = Codec(REGISTRY)


def differences_from_model(records: Records) -> Iterator[str]:
    """Answers that the oracle does not give, and shortages that it does not have."""
    oracles, skus = defaultdict[str, Oracle](Oracle), dict[str, str]()
    for entry in records.entries:
        if entry.cause is not None or entry.status not in ("handled", "refused"):
            continue
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


def _expected(oracles: dict[str, Oracle], skus: dict[str, str], entry: Entry) -> object:
    message = CODEC.decode_message(entry.type, json.dumps(entry.body))
    match message:
        case BatchCreated(ref, sku):
            skus.setdefault(ref, sku)
            return oracles[sku].answer(message)
        case AllocationRequired():
            return oracles[message.sku].answer(message)
        case BatchQuantityChanged(ref):
            return oracles[skus[ref]].answer(message)
    return None
