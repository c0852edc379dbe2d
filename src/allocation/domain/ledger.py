"""The ledger: the quantities of each batch, and the waiting units, according to the log."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from allocation.domain.events import (
    Allocated,
    Backordered,
    BatchCreated,
    BatchQuantityAdjusted,
    BatchReceived,
    Cancelled,
    Deallocated,
    Shipped,
    Unshipped,
)
from allocation.domain.order_line import LineKey

Announcement = BatchCreated | BatchReceived
"""The events that make a batch known."""

LineEvent = Allocated | Deallocated | Backordered | Shipped | Unshipped | Cancelled
"""The facts about units of an order line."""

LedgerEvent = Announcement | BatchQuantityAdjusted | LineEvent
"""The events that change the quantities of a batch, or the waiting units of a line."""

LEDGER_EVENTS: Final = (
    *(BatchCreated, BatchReceived, BatchQuantityAdjusted),
    *(Allocated, Deallocated, Backordered, Shipped, Unshipped, Cancelled),
)

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
    `shipped` does not count units that came back.
    """

    announced: int | None = None
    announced_by: int = 0
    adjusted: int = 0
    allocated: int = 0
    shipped: int = 0

    @property
    def purchased(self) -> int | None:
        """All units of the batch that are here or to come; None if it was not announced."""
        return None if self.announced is None else self.announced + self.adjusted - self.shipped

    def announce(self, qty: int, number: int) -> None:
        """Enter an announcement; the one with the lowest number counts."""
        if self.announced is None or number < self.announced_by:
            self.announced, self.announced_by = qty, number


@dataclass(slots=True)
class Backorders:
    """The waiting units of one sku: their number, and a fingerprint of the lines they belong to.

    Each unit adds a number to the fingerprint that depends on its line. The fingerprint is
    therefore independent of the order of facts, and of how the units of a line are divided among
    them; but it differs if a line was deleted, changed or renamed. One row per sku is enough.
    """

    units: int = 0
    fingerprint: int = 0

    def add(self, line: LineKey, qty: int) -> None:
        """Add waiting units of a line; with a negative `qty`, remove them."""
        self.units += qty
        self.fingerprint = (self.fingerprint + qty * _fingerprint(line)) % _FINGERPRINTS

    def add_all(self, other: "Backorders", times: int = 1) -> None:
        """Add the units of another sum to this one; with `times` -1, remove them."""
        self.units += times * other.units
        self.fingerprint = (self.fingerprint + times * other.fingerprint) % _FINGERPRINTS


def _fingerprint(line: LineKey) -> int:
    # A NUL character separates the two names, since no name contains one.
    digest = blake2b("\0".join(line).encode(), digest_size=8).digest()
    return int.from_bytes(digest) % _FINGERPRINTS


def line_of(fact: LineEvent) -> LineKey:
    """The key of the line that a fact is about."""
    return fact.orderid, fact.line or ""


def newly_allocated(fact: LineEvent) -> int:
    """The units of a fact that are allocated to its batch from then on; negative if taken off."""
    match fact:
        case Allocated() | Unshipped():
            return fact.qty
        case Deallocated() | Shipped() | Cancelled(batchref=str()):
            return -fact.qty
    return 0


def newly_waiting(fact: LineEvent) -> int:
    """The units of a fact that wait from then on; negative if they wait no longer."""
    match fact:
        case Deallocated() | Backordered():
            return fact.qty
        case Allocated(backordered=True) | Cancelled(batchref=None):
            return -fact.qty
    return 0


def newly_shipped(fact: LineEvent) -> int:
    """The units of a fact that have left its batch; negative if they have come back."""
    match fact:
        case Shipped():
            return fact.qty
        case Unshipped():
            return -fact.qty
    return 0


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
            match entry.message:
                case BatchCreated(ref=ref, qty=qty) | BatchReceived(ref=ref, qty=qty):
                    self._balance(ref).announce(qty, entry.number)
                case BatchQuantityAdjusted(ref=ref, by=by):
                    self._balance(ref).adjusted += by
                case fact:
                    self._enter_line(fact)

    def _enter_line(self, fact: LineEvent) -> None:
        if not isinstance(fact, Backordered) and fact.batchref is not None:
            balance = self._balance(fact.batchref)
            balance.allocated += newly_allocated(fact)
            balance.shipped += newly_shipped(fact)
        if units := newly_waiting(fact):
            self._backorders(fact.sku).add(line_of(fact), units)

    def _balance(self, ref: str) -> Balance:
        return self.batches.setdefault(ref, Balance())

    def _backorders(self, sku: str) -> Backorders:
        return self.backorders.setdefault(sku, Backorders())
