"""Doubled: what happened twice, or was answered in two ways."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from allocation.service_layer.messagebus import REGISTRY
from tests.chaos.audit.duplicate_answers import as_the_log_tells
from tests.chaos.audit.records import Entry, Records, line_of
from tests.chaos.audit.units import told_too_often
from tests.support.ledger import Row

_ONCE: Final = {entry.name for entry in REGISTRY.entries if entry.handlers} | {
    *("PromiseChanged", "PromiseLost", "BackInStock")
}
"""What a message causes once only; other facts may be equal, as two parts can move together."""


def doubled(records: Records) -> Iterator[str]:
    """What there is more than once."""
    yield from _same(records.ledger.messages, "id", what="messages")
    yield from _same(records.ledger.lines, "sku", "orderid", "line", "part", what="lines")
    yield from _shared(records.ledger.lines, "position")
    promised = [line for line in records.ledger.lines if line["state"] == "allocated"]
    yield from _shared(promised, "promise")
    yield from _same(records.ledger.batches, "reference", what="batches")
    yield from _unasked(records)
    yield from _follow_ups(records)
    yield from told_too_often(records)
    yield from _answers(records)


def _same(rows: Iterable[Row], *names: str, what: str) -> Iterator[str]:
    counts: Counter[tuple[Any, ...]] = Counter(tuple(row[n] for n in names) for row in rows)
    for values, times in counts.items():
        if times > 1:
            yield f"{times} {what} have the same {' and '.join(names)}: {values}"


def _shared(rows: Iterable[Row], number: str) -> Iterator[str]:
    """Numbers that belong to one line each; its parts may share them."""
    lines = {(row["sku"], row[number], row["orderid"], row["line"]) for row in rows}
    counts = Counter((sku, value) for sku, value, *_ in lines)
    for (sku, value), times in counts.items():
        if times > 1:
            yield f"{times} lines have the same sku and {number}: {sku} {value}"


def _unasked(records: Records) -> Iterator[str]:
    given_up = [operation.request for operation in records.observations.unanswered]
    keys = {call.key for call in records.observations.calls} | {request.key for request in given_up}
    in_files = {line_of(row) for row in records.observations.imported}
    for entry in records.entries:
        from_file = entry.type == "AllocationRequired" and entry.line in in_files
        by_operator = entry.type == "DeadLetterReplayed"
        by_daily_job = entry.type == "SupplyOverdue" and entry.id == _overdue_id(entry)
        is_known = entry.id in keys or from_file or by_operator or by_daily_job
        if entry.cause is None and not is_known:
            yield f"{entry} was sent by nobody"
    maybe = {line_of(request.body) for request in given_up if request.path == "/allocate"}
    for key in records.lines.keys() - records.asked_lines.keys() - maybe:
        yield f"the line {key} was asked for by nobody"


def _overdue_id(entry: Entry) -> str:
    return f"overdue:{entry.body['ref']}:{entry.body['eta']}"


def _follow_ups(records: Records) -> Iterator[str]:
    counts = Counter(
        (entry.type, str(entry.body), entry.cause)
        for entry in records.entries
        if entry.cause and entry.type in _ONCE
    )
    for (kind, body, cause), times in counts.items():
        if times > 1:
            yield f"{cause} caused the same {times} times: {kind} {body}"


def _answers(records: Records) -> Iterator[str]:
    for repeat in records.observations.repeats:
        if repeat.answer != repeat.call.answer:
            first = repeat.call.answer
            yield f"{repeat.call.key} was answered with {first} first, and {repeat.answer} later"
    for call in records.observations.calls:
        recorded = as_the_log_tells(records, call)
        if recorded is not None and call.answer.body != recorded:
            yield f"{call.key} was answered with {call.answer}, but the log tells {recorded}"
