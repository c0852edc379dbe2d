"""Lost: what was answered and is not there, what should have followed and has not."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from allocation.bootstrap.digest_mails import NOTHING_TO_TELL
from allocation.service_layer.messagebus import REGISTRY
from tests.chaos.audit.records import Entry, LineKey, Records
from tests.chaos.audit.units import told_too_seldom
from tests.chaos.workload import MESSAGES

_FOLLOWED: Final = ("BatchQuantityChanged", "BatchBlocked", "BatchCancelled")

_LINES_OF: Final = {
    "OrderShipped": "OrderLineShipped",
    "OrderCancelled": "OrderLineCancelled",
}

AUDIENCES: Final = {
    REGISTRY.name_of(kind): audience for kind, audience in REGISTRY.audiences.items()
}


def lost(records: Records) -> Iterator[str]:
    """What is missing."""
    yield from _answers_without_a_message(records)
    yield from _lines(records)
    yield from _batches(records)
    yield from _follow_ups(records)
    yield from _lines_of_orders(records)
    yield from told_too_seldom(records)
    yield from _mails(records)


def _answers_without_a_message(records: Records) -> Iterator[str]:
    for call in records.observations.calls:
        request, entry = call.operation.request, records.by_id.get(call.key)
        if call.answer.status >= 500:
            continue  # of which nothing is kept
        if entry is None:
            yield f"{call.key} was answered with {call.answer.status} and is not in the log"
        elif (entry.type, _given(entry.body)) != (MESSAGES[request.path], _given(request.body)):
            yield f"{call.key} is in the log as something else: {entry} {entry.body}"
        elif call.done and entry.status != "handled":
            yield f"{call.key} was answered with {call.answer.status} and is {entry.status}"


def _given(body: dict[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in body.items() if value is not None}


def _lines(records: Records) -> Iterator[str]:
    for key, qty in records.asked_lines.items():
        parts = records.lines.get(key, [])
        units = sum(part["qty"] for part in parts)
        if not parts:
            yield f"the line {key} was accepted and is not in the table"
        elif units != qty:
            yield f"the line {key} was accepted with {qty} units and has {units}"
        for part in parts:
            if part["batchref"] is not None and part["batchref"] not in records.batches:
                yield f"the line {key} is promised from {part['batchref']}, which does not exist"


def _batches(records: Records) -> Iterator[str]:
    first: dict[str, Entry] = {}
    for entry in records.of_type("BatchCreated", "BatchReceived"):
        first.setdefault(entry.body["ref"], entry)  # a repeat may have the current quantity
    for ref, entry in first.items():
        batch = records.batches.get(ref)
        if batch is None:
            yield f"the batch {ref} was taken in and is not in the table"
        elif (batch["sku"], batch["initial_quantity"]) != (entry.body["sku"], entry.body["qty"]):
            yield f"the batch {ref} has other facts than were announced: {batch}"


def _follow_ups(records: Records) -> Iterator[str]:
    """Who loses units because a batch has fewer is asked for again."""
    asked = defaultdict[str, set[LineKey]](set)
    for entry in records.entries:
        if entry.type == "AllocationRequired":
            asked[entry.chain].add(entry.line)
    # Of very many lines, only those are asked for that there is room for.
    in_portions = {entry.chain for entry in records.of_type("ReleaseContinued", "FillContinued")}
    for fact in records.of_type("Deallocated"):
        cause = records.by_id.get(fact.cause or "")
        is_followed = cause is not None and cause.type in _FOLLOWED
        if is_followed and fact.chain not in in_portions and fact.line not in asked[fact.chain]:
            yield f"{fact} took the line {fact.line} off, and nothing asked for its new place"


def _lines_of_orders(records: Records) -> Iterator[str]:
    """What is open of an order is shipped, or cancelled, line by line."""
    for order in records.of_type(*_LINES_OF):
        followed = {
            entry.line
            for entry in records.by_chain[order.chain]
            if (entry.type, entry.cause) == (_LINES_OF[order.type], order.id)
        }
        for line in order.result:
            key = line["sku"], order.body["orderid"], line["line"]
            if line["open"] and key not in followed:
                yield f"{order} is done, and nothing was done with the line {key}"


def _mails(records: Records) -> Iterator[str]:
    ranges = defaultdict[tuple[str, str], list[range]](list)
    digests = list(records.of_type("Digest"))
    for entry in digests:
        for chain, *ends in entry.body["facts"]:
            first, last = (records.by_id[id].seq for id in ends)
            ranges[entry.body["audience"], chain].append(range(first, last + 1))
    for entry in records.of_type(*AUDIENCES):
        if not any(entry.seq in covered for covered in ranges[AUDIENCES[entry.type], entry.chain]):
            yield f"{entry} is handled and no digest has it"
    if records.mailed is not None:
        ids = {id.partition(".")[0] for id in records.mailed}  # see `Delivery.id`
        delivered = {records.by_id[id].message.key for id in ids if id in records.by_id}
        for entry in digests:
            if entry.message.key not in delivered and entry.error != NOTHING_TO_TELL:
                yield f"{entry} is handled and its mail has never been delivered"
