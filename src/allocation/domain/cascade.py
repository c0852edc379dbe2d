"""A cascade: the order lines that move because the stock of a product has changed (ADR 29).

A batch that shrinks releases lines. Then allocation is requested for the waiting lines that fit
into the available room. If more lines move than a portion holds, a message starts the next portion.
"""

from collections.abc import Sequence

from allocation.domain.batch import Batch
from allocation.domain.batches import Batches
from allocation.domain.events import Event, OutOfStock
from allocation.domain.order_line import OrderLine
from allocation.domain.order_lines import OrderLines
from allocation.domain.portions import Fill, Release, fill, release, requests


class Cascade:
    """The moves among the batches and the lines of one product."""

    def __init__(self, sku: str, batches: Batches, lines: OrderLines) -> None:
        self._sku = sku
        self._batches = batches
        self._lines = lines

    def release(self, batch: Batch, qty: int, lost: int = 0) -> Release:
        """Release a portion of the lines of a batch that is to hold `qty` units.

        If the batch has no room, the line to release next gets a new allocation number. An
        earlier, unfinished release thereby detects that the batch has been corrected.

        Raises:
            InvalidValue: `qty` is not an integer, or less than zero.
        """
        released = release(batch, qty, lost)
        if self.may_be_releasing(batch):
            batch.renew_next()
        return released

    def may_be_releasing(self, batch: Batch) -> bool:
        """Whether a release of the batch may be unfinished: it has lines and no room."""
        return 0 < batch.allocated_quantity == batch.purchased_quantity

    def is_current(self, batch: Batch, next_number: int) -> bool:
        """Whether a release is still valid: no correction since its last portion."""
        return self.may_be_releasing(batch) and batch.next_number == next_number

    def after_release(self, released: Release) -> Sequence[Event]:
        """The follow-ups of a portion: the next one, or requests for the lines that fit."""
        if not released.is_last:
            return [released.continuation()]
        filled = fill(self._batches, self._lines)
        if filled.is_last and released.is_first:
            return self._after_small_release(released.lines, filled)
        ref = released.batch.reference
        # If the line released last fits, it fits into another batch: its own has less room.
        # Older waiting lines, too large for that other batch, then fit nowhere: every line
        # requested from here on is a released one, so counting them is enough.
        if released.lines and not self._has_room_for(released.lines[-1]):
            return [OutOfStock(self._sku), *self._requests(filled, ref, 0)]
        return self._requests(filled, ref, released.lost)

    def fill(self, ref: str, after: int = 0, lost: int = 0) -> Sequence[Event]:
        """Request allocation for a portion of the waiting lines behind a position that fit.

        `lost` is how many lines the batch `ref` has released that are not requested yet.
        """
        return self._requests(fill(self._batches, self._lines, after), ref, lost)

    def _after_small_release(self, released: Sequence[OrderLine], filled: Fill) -> list[Event]:
        """Requests for all released lines; the lines that fit come first and take the room."""
        without_room = filled.without_room(released, self._lines)
        events: list[Event] = [*filled.requests(), *requests(without_room)]
        return [*events, OutOfStock(self._sku)] if without_room else events

    def _requests(self, filled: Fill, ref: str, lost: int) -> list[Event]:
        events: list[Event] = [*filled.requests()]
        lost = max(lost - len(filled.allocations), 0)
        if not filled.is_last:
            events.append(filled.continuation(self._sku, ref, lost))
        elif lost:
            events.append(OutOfStock(self._sku))
        return events

    def _has_room_for(self, line: OrderLine) -> bool:
        return line.qty <= self._batches.rooms().largest
