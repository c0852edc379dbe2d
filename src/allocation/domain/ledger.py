"""The ledger: the quantities of each batch, and the waiting lines, according to the log."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from allocation.domain.events import (
    Allocated,
    Backordered,
    BatchCreated,
    BatchQuantityChanged,
    Deallocated,
)

LedgerEvent = BatchCreated | BatchQuantityChanged | Allocated | Deallocated | Backordered
"""The events that change a batch's quantities, or begin or end the waiting of a line."""

LEDGER_EVENTS: Final = (BatchCreated, BatchQuantityChanged, Allocated, Deallocated, Backordered)

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

    `purchased` is None as long as no message has set it; `as_of` is the number of the last
    correction, 0 if there is none.
    """

    purchased: int | None = None
    allocated: int = 0
    as_of: int = 0


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
                # A correction takes precedence, even over a later repetition of the announcement.
                if balance.purchased is None:
                    balance.purchased = qty
            case BatchQuantityChanged(ref=ref, qty=qty):
                balance = self._balance(ref)
                if number > balance.as_of:
                    balance.purchased, balance.as_of = qty, number
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
