"""Stuck: work that does not go on, though everything runs."""

from collections import defaultdict
from collections.abc import Iterator

from tests.chaos.audit.records import Records


def unfinished(records: Records) -> Iterator[str]:
    """Messages, requests and lines that were never finished."""
    for entry in records.entries:
        if entry.status in ("pending", "outgoing", "dead"):
            yield f"{entry} is still {entry.status}"
    for operation in records.observations.unanswered:
        yield f"{operation.request.key} was never answered"
    yield from _waiting_for_nothing(records)
    for line in records.ledger.lines:
        if line["stale_batchref"] is not None:
            yield f"nobody has told {line['orderid']} that a promise has changed: {line}"


def _waiting_for_nothing(records: Records) -> Iterator[str]:
    rooms = defaultdict[str, int](int)
    for batch in records.ledger.batches:
        if batch["blocked"]:
            continue
        room = batch["purchased_quantity"] - batch["allocated_quantity"]
        rooms[batch["sku"]] = max(rooms[batch["sku"]], room)
    for key, parts in records.lines.items():
        for part in parts:
            if part["state"] == "waiting" and part["least_room"] <= rooms[part["sku"]]:
                yield f"the line {key} waits, though a batch has room for it"
