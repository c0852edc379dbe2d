"""Answers, made again from the log alone."""

from collections import Counter
from typing import Any

from allocation.views import LISTED
from tests.chaos.audit.records import Entry, Records
from tests.chaos.observations import Call


def as_the_log_tells(records: Records, call: Call) -> Any:
    """The body that must have been answered; None where the log does not have it."""
    entry = records.by_id.get(call.key)
    if entry is None or not call.done:
        return None
    if records.answer_by_log is not None:
        return records.answer_by_log(entry)
    match entry.type:
        case "BatchCreated":
            return {"batchref": entry.result}
        case "AllocationRequired":
            status = "waiting" if entry.result is None else "allocated"
            return {"batchref": entry.result, "status": status}
        case "BatchQuantityChanged":
            return _changed(entry, records.by_chain[entry.id], call.answer.body)


def _changed(change: Entry, chain: list[Entry], answered: Any) -> dict[str, Any]:
    """The first hundred moves; where there are more, how many, and the link of the answer."""
    moves, types = _moves(chain), Counter(entry.type for entry in chain)
    body = {**_named(change), "moved": moves[:LISTED]}
    if len(moves) <= LISTED:
        return body
    counts = {"deallocated": types["Deallocated"], "allocated": types["Allocated"]}
    return {**body, **counts, "next": answered.get("next")}


def _named(change: Entry) -> dict[str, Any]:
    return {"batchref": change.body["ref"], "qty": change.body["qty"]}


def _moves(chain: list[Entry]) -> list[dict[str, Any]]:
    """Where each line that was allocated came from, and then the lines that were left waiting."""
    sources = {_line(e): e for e in chain if e.type == "Deallocated"}
    moves = [
        _move(entry, sources.pop(_line(entry), None), entry)
        for entry in chain
        if entry.type == "Allocated"
    ]
    moves += [_move(e, e, None) for e in reversed(sources.values())]
    return [move for move in moves if move["from_batchref"] != move["to_batchref"]]


def _line(entry: Entry) -> tuple[Any, ...]:
    return entry.body["orderid"], entry.body["sku"], entry.body.get("line")


def _move(entry: Entry, source: Entry | None, target: Entry | None) -> dict[str, Any]:
    orderid, sku, line = _line(entry)
    return {
        "orderid": orderid,
        "sku": sku,
        "qty": entry.body["qty"],
        "line": line,
        **_place("from", source),
        **_place("to", target),
        "grown_from": None,  # no line grows because a batch is corrected
    }


def _place(side: str, entry: Entry | None) -> dict[str, Any]:
    body = {} if entry is None else entry.body
    return {f"{side}_batchref": body.get("batchref"), f"{side}_eta": body.get("eta")}
