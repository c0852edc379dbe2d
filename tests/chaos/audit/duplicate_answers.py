"""Answers, made again from the log alone."""

from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import Any

from allocation.domain.moves import UnitFact, moves_of
from allocation.domain.promises import changed_promise
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
    if entry.type == "AllocationRequired":
        return _line(entry.result)
    if entry.type == "BatchCreated":
        return {"batchref": entry.result}
    return _changed(entry, records.by_chain[entry.id], call.answer.body)


def _line(result: Any) -> dict[str, Any]:
    """Where the line is; a line in parts has been described by the handler."""
    if isinstance(result, dict):
        return result
    return {"batchref": result, "status": "waiting" if result is None else "allocated"}


def _changed(change: Entry, chain: list[Entry], answered: Any) -> dict[str, Any]:
    """The first hundred moves; where there are more, how many, and the link of the answer."""
    facts = [_unit_fact(e) for e in chain if e.type in ("Allocated", "Deallocated")]
    moves = [_plain(asdict(move)) for move in moves_of(facts)]
    body = {**_named(change), "moved": moves[:LISTED]}
    if change.type == "BatchEtaChanged":
        body |= _promises(chain, answered)
    has_more = len(moves) > LISTED
    if change.type != "BatchQuantityChanged":
        return {**body, "next": answered.get("next") if has_more else None}
    if not has_more:
        return body
    types = Counter(entry.type for entry in chain)
    counts = {"deallocated": types["Deallocated"], "allocated": types["Allocated"]}
    return {**body, **counts, "next": answered.get("next")}


def _promises(chain: list[Entry], answered: Any) -> dict[str, Any]:
    """The first hundred promises of another day, and the link where there are more."""
    facts = [entry.message for entry in chain if entry.type == "PromiseChanged"]
    promises = [_plain(asdict(changed_promise(fact))) for fact in facts[:LISTED]]
    next_promises = answered.get("next_promises") if len(facts) > LISTED else None
    return {"promises": promises, "next_promises": next_promises}


def _named(change: Entry) -> dict[str, Any]:
    """What the answer tells apart from the moves."""
    body, result = change.body, change.result
    match change.type:
        case "BatchQuantityChanged":
            return {"batchref": body["ref"], "qty": body["qty"]}
        case "BatchEtaChanged":
            return {"batchref": body["ref"], "eta": body.get("eta"), "overdue": result["overdue"]}
        case "BatchPartiallyReceived":
            return {"batchref": body["ref"], "new_batchref": body["new_ref"], **result}
        case "OrderShipped" | "OrderCancelled":
            return {"orderid": body["orderid"], "lines": result}
    return {"orderid": body["orderid"], **result} if result else {"batchref": body["ref"]}


def _unit_fact(entry: Entry) -> UnitFact:
    sku, orderid, _ = entry.line
    is_loss, body = entry.type == "Deallocated", entry.body
    line = orderid, sku, body.get("line")
    qty, batchref, eta = body["qty"], body["batchref"], entry.message.eta
    is_new = not is_loss and not body.get("backordered")
    grown_from = body.get("before", 0) if is_new else None
    return UnitFact(entry.seq, is_loss, *line, qty, batchref, eta, grown_from)


def _plain(move: dict[str, Any]) -> dict[str, Any]:
    """As it is in JSON."""
    return {name: str(v) if isinstance(v, date) else v for name, v in move.items()}
