"""Reordered: what took effect in another order than it came in."""

from collections.abc import Iterator

from tests.chaos.audit.last_words import last_words
from tests.chaos.audit.records import Entry, LineKey, Records
from tests.chaos.audit.units import misplaced


def reordered(records: Records) -> Iterator[str]:
    """What stands before what it comes after."""
    yield from _follow_ups(records)
    yield from _requests(records)
    yield from _queues(records)
    yield from last_words(records)
    yield from misplaced(records)


def _follow_ups(records: Records) -> Iterator[str]:
    for entry in records.entries:
        if entry.cause is None:
            continue
        cause = records.by_id.get(entry.cause)
        if cause is None:
            yield f"{entry} follows from {entry.cause}, which is not in the log"
        elif cause.seq >= entry.seq:
            yield f"{entry} stands before {cause}, from which it follows"


def _requests(records: Records) -> Iterator[str]:
    """Each caller waits for an answer before it sends the next."""
    latest: dict[tuple[str, str], Entry] = {}
    for call in records.observations.calls:
        entry = records.by_id.get(call.key)
        if entry is None:
            continue
        one_after_another = (call.caller, call.operation.sku)
        before = latest.get(one_after_another)
        if before is not None and before.seq > entry.seq:
            yield f"{entry} was sent after {before} was answered, and stands before it"
        latest[one_after_another] = entry


def _queues(records: Records) -> Iterator[str]:
    """A line's place in the queue is where it first stands in the log."""
    first: dict[LineKey, Entry] = {}
    for entry in records.of_type("AllocationRequired"):
        first.setdefault(entry.line, entry)
    latest: dict[str, LineKey] = {}
    for key in first:
        if key not in records.lines:
            continue
        before, sku = latest.get(key[0]), key[0]
        if before is not None and _position(records, before) > _position(records, key):
            yield f"the line {key} came after {before}, and stands before it in the queue"
        latest[sku] = key


def _position(records: Records, key: LineKey) -> int:
    position: int = records.lines[key][0]["position"]
    return position
