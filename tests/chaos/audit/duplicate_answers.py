"""Answers, made again from the log alone."""

from typing import Any

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
            return {**_named(entry), "moved": _moves(entry, records.by_chain[entry.id])}


def _named(change: Entry) -> dict[str, Any]:
    return {"batchref": change.body["ref"], "qty": change.body["qty"]}


def _moves(change: Entry, chain: list[Entry]) -> list[dict[str, Any]]:
    """From where to where each line went, in the order in which they were asked for."""
    source, taken_off = change.body["ref"], set(change.result or ())
    moves: dict[str, dict[str, Any]] = {}
    for entry in chain:
        if entry.type == "AllocationRequired" and entry.cause is not None:
            orderid = entry.body["orderid"]
            came_from = source if orderid in taken_off else None
            moves[orderid] = {
                **{name: entry.body[name] for name in ("orderid", "sku", "qty")},
                "from_batchref": came_from,
                "to_batchref": entry.result,
            }
    return [move for move in moves.values() if move["from_batchref"] != move["to_batchref"]]
