"""The ledger: what each batch holds, and which lines wait,, from what has happened to them."""

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
"""What changes a quantity of a batch, or lets a line wait or wait no longer."""

LEDGER_EVENTS: Final = (BatchCreated, BatchQuantityChanged, Allocated, Deallocated, Backordered)

_FINGERPRINTS: Final = 2**63
"""How many fingerprints there are: each is an integer that every database can hold."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A message that has been handled, and its `number` in the log."""

    number: int
    message: LedgerEvent


@dataclass(slots=True)
class Balance:
    """One batch, in units.

    `purchased` is None as long as nothing tells it; `as_of` is the number of the correction
    that told it last, and 0 if none has.
    """

    purchased: int | None = None
    allocated: int = 0
    as_of: int = 0


@dataclass(slots=True)
class Backorders:
    """The waiting lines of one sku: how many, how many units, and a fingerprint of all of them.

    The fingerprint is a sum over the lines: it does not depend on their order, and one line with
    another order or quantity makes another sum. So a row for each sku tells whether a line was
    deleted, changed or renamed.
    """

    lines: int = 0
    units: int = 0
    fingerprint: int = 0

    def add(self, orderid: str, qty: int, times: int = 1) -> None:
        """A line waits from now on; with `times` -1, it waits no longer."""
        self.lines += times
        self.units += times * qty
        self.fingerprint = (self.fingerprint + times * _fingerprint(orderid, qty)) % _FINGERPRINTS

    def add_all(self, other: "Backorders") -> None:
        """All of these, too."""
        self.lines += other.lines
        self.units += other.units
        self.fingerprint = (self.fingerprint + other.fingerprint) % _FINGERPRINTS


def _fingerprint(orderid: str, qty: int) -> int:
    # No name has a zero in it.
    digest = blake2b(f"{orderid}\0{qty}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % _FINGERPRINTS


@dataclass
class Ledger:
    """Batches by reference, and the backorders of each sku.

    What they have to begin with stands for what is known no more.
    """

    batches: dict[str, Balance] = field(default_factory=dict)
    backorders: dict[str, Backorders] = field(default_factory=dict)

    def enter(self, ledger_entries: Iterable[LedgerEntry]) -> None:
        """Take these down, in whatever order they come."""
        for entry in ledger_entries:
            self._enter(entry.number, entry.message)

    def _enter(self, number: int, message: LedgerEvent) -> None:
        match message:
            case BatchCreated(ref=ref, qty=qty):
                balance = self._balance(ref)
                # Any correction is younger, whatever number an announcement that is
                # repeated after it has.
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
