"""Accounts: what a batch's quantities must be, from what has happened to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from allocation.domain.events import Allocated, BatchCreated, BatchQuantityChanged

Booked = BatchCreated | BatchQuantityChanged | Allocated
"""What changes a batch's quantities."""

BOOKED: Final = (BatchCreated, BatchQuantityChanged, Allocated)


@dataclass(frozen=True, slots=True)
class Booking:
    """A message that has been handled, and its `number` in the log.

    `lost` are the units of the lines that a change of a quantity has taken off the batch.
    """

    number: int
    message: Booked
    lost: int = 0

    @property
    def ref(self) -> str:
        """The batch."""
        return self.message.batchref if isinstance(self.message, Allocated) else self.message.ref


@dataclass(slots=True)
class Account:
    """One batch, in units.

    `purchased` is None as long as nothing tells it; `as_of` is the number of the correction
    that told it last, and 0 if none has.
    """

    purchased: int | None = None
    allocated: int = 0
    as_of: int = 0


@dataclass
class Accounts:
    """Batches by reference; what they have to begin with stands for what is known no more."""

    batches: dict[str, Account] = field(default_factory=dict)

    def enter(self, bookings: Iterable[Booking]) -> None:
        """Take these down, in whatever order they come."""
        for booking in bookings:
            self._enter(booking, self.batches.setdefault(booking.ref, Account()))

    def _enter(self, booking: Booking, account: Account) -> None:
        match booking.message:
            case BatchCreated(qty=qty):
                # Any correction is younger, whatever number an announcement that is
                # repeated after it has.
                if account.purchased is None:
                    account.purchased = qty
            case BatchQuantityChanged(qty=qty):
                account.allocated -= booking.lost
                if booking.number > account.as_of:
                    account.purchased, account.as_of = qty, booking.number
            case Allocated(qty=qty):
                account.allocated += qty
