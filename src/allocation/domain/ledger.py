"""The ledger: the quantities of each batch, and the waiting lines, according to the log."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from allocation.domain.events import (
    Allocated,
    Backordered,
    BatchCreated,
    BatchQuantityAdjusted,
    Deallocated,
)

LedgerEvent = BatchCreated | BatchQuantityAdjusted | Allocated | Deallocated | Backordered
"""The events that change a batch's quantities, or begin or end the waiting of a line."""

LEDGER_EVENTS: Final = (BatchCreated, BatchQuantityAdjusted, Allocated, Deallocated, Backordered)

_FINGERPRINTS: Final = 2**63
"""The number of fingerprints; each fits into an integer column of every database."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A handled message, and its `number` in the log."""

    number: int
    message: LedgerEvent


@dataclass(slots=True)
class Balance:
    """The quantities of one batch.

    `announced` is the quantity in the first announcement, and `announced_by` the number of that
    message; None and 0 as long as there is none. `adjusted` is the sum of all corrections.
    """

    announced: int | None = None
    announced_by: int = 0
    adjusted: int = 0
    allocated: int = 0

    @property
    def purchased(self) -> int | None:
        """All units of the batch; None if it was not announced."""
        return None if self.announced is None else self.announced + self.adjusted


@dataclass(slots=True)
class Backorders:
    """The waiting lines of one sku: their number, their units, and a fingerprint of all of them.

    The fingerprint is a sum over the lines: independent of their order, but different if the order
    id or the quantity of a line differs. One row per sku is therefore enough to detect a line that
    was deleted, changed or renamed.
    """

    lines: int = 0
    units: int = 0
    fingerprint: int = 0

    def add(self, orderid: str, qty: int, times: int = 1) -> None:
        """Add a waiting line; with `times` -1, remove it."""
        self.lines += times
        self.units += times * qty
        self.fingerprint = (self.fingerprint + times * _fingerprint(orderid, qty)) % _FINGERPRINTS

    def add_all(self, other: "Backorders") -> None:
        """Add the lines of another sum to this one."""
        self.lines += other.lines
        self.units += other.units
        self.fingerprint = (self.fingerprint + other.fingerprint) % _FINGERPRINTS


def _fingerprint(orderid: str, qty: int) -> int:
    # A NUL character separates the two, since no name contains one.
    digest = blake2b(f"{orderid}\0{qty}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % _FINGERPRINTS


@dataclass
class Ledger:
    """The balances of batches by reference, and the backorders of each sku.

    The initial values stand for messages that are no longer in the log.
    """

    batches: dict[str, Balance] = field(default_factory=dict)
    backorders: dict[str, Backorders] = field(default_factory=dict)

    def enter(self, ledger_entries: Iterable[LedgerEntry]) -> None:
        """Enter messages, in any order."""
        for entry in ledger_entries:
            self._enter(entry.number, entry.message)

    def _enter(self, number: int, message: LedgerEvent) -> None:
        match message:
            case BatchCreated(ref=ref, qty=qty):
                balance = self._balance(ref)
                if balance.announced is None or number < balance.announced_by:
                    balance.announced, balance.announced_by = qty, number
            case BatchQuantityAdjusted(ref=ref, by=by):
                self._balance(ref).adjusted += by
            case Allocated(orderid=orderid, sku=sku, qty=qty, batchref=ref):
                self._balance(ref).allocated += qty
                if message.backordered:
                    self._backorders(sku).add(orderid, qty, -1)
            case Deallocated(orderid=orderid, sku=sku, qty=qty, batchref=ref):
                self._balance(ref).allocated -= qty
                self._backorders(sku).add(orderid, qty)
            case Backordered(orderid=orderid, sku=sku, qty=qty):
                self._backorders(sku).add(orderid, qty)

    def _balance(self, ref: str) -> Balance:
        return self.batches.setdefault(ref, Balance())

    def _backorders(self, sku: str) -> Backorders:
        return self.backorders.setdefault(sku, Backorders())
