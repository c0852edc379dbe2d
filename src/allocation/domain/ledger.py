"""Accounts: what a batch's quantities must be, from what has happened to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from allocation.domain.events import Allocated, BatchCreated, BatchQuantityChanged

LedgerEvent = BatchCreated | BatchQuantityChanged | Allocated
"""What changes a batch's quantities."""

LEDGER_EVENTS: Final = (BatchCreated, BatchQuantityChanged, Allocated)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A message that has been handled, and its `number` in the log.

    `lost` are the units of the lines that a change of a quantity has taken off the batch.
    """

    number: int
    message: LedgerEvent
    lost: int = 0

    @property
    def ref(self) -> str:
        """The batch."""
        return self.message.batchref if isinstance(self.message, Allocated) else self.message.ref


@dataclass(slots=True)
class Balance:
    """One batch, in units.

    `purchased` is None as long as nothing tells it; `as_of` is the number of the correction
    that told it last, and 0 if none has.
    """

    purchased: int | None = None
    allocated: int = 0
    as_of: int = 0


@dataclass
class Ledger:
    """Batches by reference; what they have to begin with stands for what is known no more."""

    batches: dict[str, Balance] = field(default_factory=dict)

    def enter(self, ledger_entries: Iterable[LedgerEntry]) -> None:
        """Take these down, in whatever order they come."""
        for entry in ledger_entries:
            self._enter(entry, self.batches.setdefault(entry.ref, Balance()))

    def _enter(self, entry: LedgerEntry, balance: Balance) -> None:
        match entry.message:
            case BatchCreated(qty=qty):
                # Any correction is younger, whatever number an announcement that is
                # repeated after it has.
                if balance.purchased is None:
                    balance.purchased = qty
            case BatchQuantityChanged(qty=qty):
                balance.allocated -= entry.lost
                if entry.number > balance.as_of:
                    balance.purchased, balance.as_of = qty, entry.number
            case Allocated(qty=qty):
                balance.allocated += qty
