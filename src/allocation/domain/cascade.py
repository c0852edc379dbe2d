"""A cascade: the order lines that move because the stock of a product has changed (ADR 29).

A batch that shrinks releases lines. Then allocation is requested for the waiting lines that fit
into the available room. If more lines move than a portion holds, a message starts the next portion.
The progress is stored with the product and its batches, so that a change that passes such a message
takes over the unfinished work.
"""

from collections.abc import Sequence

from allocation.domain.batch import Batch
from allocation.domain.batches import Batches
from allocation.domain.events import DelayContinued, Event, FillContinued, OutOfStock
from allocation.domain.order_line import OrderLine
from allocation.domain.order_lines import OrderLines
from allocation.domain.portions import Fill, Loss, Release, fill, release, requests, urgent
from allocation.domain.validation import LARGEST_QUANTITY


class Cascade:
    """The moves among the batches and the lines of one product, and their progress."""

    def __init__(
        self,
        sku: str,
        batches: Batches,
        lines: OrderLines,
        *,
        lost: int = 0,
        fill_after: int | None = None,
        unreported: int = 0,
    ) -> None:
        self._sku = sku
        self._batches = batches
        self._lines = lines
        self.lost = lost
        """The number of lines that were released, and neither requested nor reported since."""
        self.fill_after = fill_after
        """The position behind which an unfinished fill continues; None if there is no such fill."""
        self.unreported = unreported
        """The number of parts whose promise has changed and that are not told of by a request.

        It may be too high, if such a part was cancelled: the review that it causes corrects it.
        """

    def copy(self, batches: Batches, lines: OrderLines) -> "Cascade":
        """The moves of a copied product, with the same progress."""
        lost, fill_after, unreported = self.progress
        return Cascade(
            self._sku, batches, lines, lost=lost, fill_after=fill_after, unreported=unreported
        )

    @property
    def progress(self) -> tuple[int, int | None, int]:
        """What is stored of the cascade, to see whether it has changed."""
        return self.lost, self.fill_after, self.unreported

    def release(self, batch: Batch, reason: str) -> Release:
        """Release a portion of the lines of a batch with more allocated units than it may have."""
        released = release(batch, self._lines, reason, self._batches.today)
        self.lost += len(released.losses)
        self.unreported += len(released.losses)
        return released

    def after_release(self, released: Release) -> Sequence[Event]:
        """The follow-ups of a portion: the next one, or requests for the lines that fit."""
        if not released.is_last:
            return [released.continuation()]
        filled = fill(self._batches, self._lines)
        if filled.is_last and self.lost == len(released.losses):
            return self._after_small_release(released.lines, filled)
        # If the line released last fits, it fits into another batch: its own has less room.
        # Older waiting lines, too large for that other batch, then fit nowhere: every line
        # requested from here on is a released one, so counting them is enough.
        if released.losses and not self._has_room_for(released.losses[-1]):
            self.lost = 0
            return [OutOfStock(self._sku), *self._after_fill(filled)]
        return self._after_fill(filled)

    def after_delay(self, batch: Batch, after: int = 0) -> Sequence[Event]:
        """Request a portion of the lines that miss their required day; after the last, fill.

        Until then, a fill counts as requested, so that no move starts one.
        """
        filled = urgent(batch, self._batches, self._lines, after)
        if not filled.parts:
            return self.fill()
        self.fill_after = 0
        last = filled.continues_after
        if last is None:
            return [*filled.requests(), FillContinued(self._sku, 0)]
        return [*filled.requests(), DelayContinued(batch.reference, last, noted=True)]

    def fill_from_start(self) -> list[Event]:
        """Have all waiting and late lines considered, unless an unfinished fill will do so."""
        if self.fill_after is not None:
            return []
        self.fill_after = 0
        return [FillContinued(self._sku, 0)]

    def fill(self, after: int = 0, *, again: bool = False) -> Sequence[Event]:
        """Request allocation for a portion of the lines behind a position that fit.

        With `again`, there is another fill from the start after the last portion.
        """
        return self._after_fill(fill(self._batches, self._lines, after), again=again)

    def _after_small_release(self, released: Sequence[OrderLine], filled: Fill) -> list[Event]:
        """Requests for all released lines; the lines that fit come first and take the room."""
        self.lost, self.fill_after = 0, None
        self.unreported = max(self.unreported - len(released), 0)
        without_room = filled.without_room(released, self._lines)
        events: list[Event] = [*filled.requests(), *requests(without_room)]
        if without_room or filled.short:
            events.append(OutOfStock(self._sku))
        if filled.leaves_room:
            events += self.fill_from_start()
        return events

    def _after_fill(self, filled: Fill, *, again: bool = False) -> list[Event]:
        """Requests for a portion, and its continuation; after the last one, a report of losses."""
        events: list[Event] = [*filled.requests()]
        self.lost = max(self.lost - len(filled.parts) + filled.short, 0)
        self.unreported = max(
            self.unreported - sum(part.stale_promise is not None for part in filled.parts), 0
        )
        self.fill_after = filled.continues_after
        again = again or filled.leaves_room
        if self.fill_after is not None:
            events.append(FillContinued(self._sku, self.fill_after, again))
        elif again:
            events += self.fill_from_start()
        elif self.lost:
            self.lost = 0
            if filled.short or self._others_wait(filled):
                events.append(OutOfStock(self._sku))
        return events

    def _others_wait(self, filled: Fill) -> bool:
        requested = {part.line.key for part in filled.parts}
        waiting = self._lines.waiting(lambda: LARGEST_QUANTITY)
        return any(part.line.key not in requested for part in waiting)

    def _has_room_for(self, loss: Loss) -> bool:
        return loss.least_room <= self._batches.rooms().largest
