"""The last words about each batch: its quantity, its date, and whether it is blocked."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.chaos.audit.records import Entry, Records
from tests.support.ledger import Row


@dataclass
class _Latest:
    """What the messages so far have said, and which of them said how many units there are."""

    held: int
    eta: str | None
    by: Entry
    blocked: bool = False
    cancelled: bool = False

    def differences(self, batch: Row) -> Iterator[str]:
        """Where the table says something else."""
        ref, eta = batch["reference"], batch["eta"] and str(batch["eta"])
        if batch["purchased_quantity"] != self.held:
            held = batch["purchased_quantity"]
            yield f"the batch {ref} holds {held}, but the last word is {self.by}: {self.held}"
        if eta != self.eta:
            yield f"the batch {ref} is due on {eta}, but the last word is {self.eta}"
        if (batch["blocked"], batch["cancelled"]) != (self.blocked, self.cancelled):
            yield f"the batch {ref} should be {self}, and is {batch}"


def last_words(records: Records) -> Iterator[str]:
    """Each batch is what the messages about it have said, one after the other."""
    latest = dict[str, _Latest]()
    for entry in records.entries:
        if entry.status == "handled":
            _apply(latest, records, entry)
    for ref, words in latest.items():
        batch = records.batches.get(ref)
        if batch is not None:
            yield from words.differences(batch)


def _apply(latest: dict[str, _Latest], records: Records, entry: Entry) -> None:
    body, cause = entry.body, records.by_id.get(entry.cause or "")
    ref = body.get("batchref") or body.get("ref") or ""
    if entry.type == "BatchCreated":
        latest.setdefault(ref, _Latest(body["qty"], body.get("eta"), entry))
    elif entry.type == "BatchReceived":
        shipment = latest.get(cause.body["ref"]) if cause else None
        is_blocked = shipment is not None and shipment.blocked
        latest.setdefault(ref, _Latest(body["qty"], None, entry, is_blocked))
    elif ref in latest:
        # The correction that follows from a new quantity is a part of it.
        is_absolute = cause is not None and cause.type in ("BatchQuantityChanged", "BatchCancelled")
        if entry.type != "BatchQuantityAdjusted" or not is_absolute:
            _change(latest[ref], entry)


def _change(batch: _Latest, entry: Entry) -> None:
    body = entry.body
    match entry.type:
        case "BatchQuantityChanged":
            batch.held, batch.by = body["qty"], entry
        case "BatchCancelled":
            batch.held, batch.by, batch.cancelled = 0, entry, True
        case "BatchQuantityAdjusted":
            batch.held += body["by"]
        case "Shipped":
            batch.held -= body["qty"]
        case "Unshipped":
            batch.held += body["qty"]
        case "BatchEtaChanged":
            batch.eta = body.get("eta")
        case "BatchBlocked" | "BatchUnblocked":
            batch.blocked = entry.type == "BatchBlocked"
