"""The rules about the order lines of a product."""

from itertools import islice
from typing import Final

from allocation.domain.batch import Batch
from allocation.domain.errors import (
    LessThanShipped,
    LineClosed,
    LineConflict,
    SeveralLines,
    UnknownLine,
)
from allocation.domain.events import (
    Backordered,
    Cancelled,
    OutOfStock,
    PromiseReviewRequired,
)
from allocation.domain.order_line import (
    ALLOCATED,
    CANCELLED,
    WAITING,
    OrderLine,
    Part,
    Parts,
)
from allocation.domain.parts import (
    OPEN,
    allocated_parts,
    announced_quantity,
    cancelled_units,
    closed_state,
    existing,
    is_closed,
    joined,
    last_promise,
    moved,
    open_units,
    part_on,
    replaced,
    resized,
    shipped_units,
    without,
    without_batch,
    without_cancelled,
)
from allocation.domain.portions import PORTION
from allocation.domain.rooms import Placement
from allocation.domain.stock import Stock

GAINED: Final = "an earlier day"
NO_ROOM: Final = "no room for the changed line"
LINE_CHANGED: Final = "order line changed"
LINE_CANCELLED: Final = "order line cancelled"
"""The reasons of facts for which the request gives none."""


class Demand(Stock):
    """What a product does when its order lines change."""

    def allocate(self, line: OrderLine) -> str | None:
        """Allocate the line to the preferred batch, or let it wait if no batch has room for it.

        An allocated line keeps its batch. For a waiting line, allocation is attempted again;
        nothing changes if there is still no room for it.

        Returns:
            The reference of the batch; None for a line of which units wait, or a closed one.

        Raises:
            ValueError: the line is for another sku.
            LineConflict: the line exists with another quantity.
        """
        if line.sku != self.sku:
            raise ValueError(f"{line} is not for {self!r}")
        parts = self.lines.find(line.orderid, line.line)
        if not parts:
            return self._add_line(line)
        current = parts[0].line.qty
        if line.qty not in (current, announced_quantity(parts)):
            raise LineConflict(line.orderid, line.sku, current, line.qty)
        return self.serve(line.orderid, line.line)

    def serve(self, orderid: str, line: str = "") -> str | None:
        """Allocate the waiting units of a line, and move those that are late, if there is room.

        Returns:
            The reference of the line's last batch; None if units of it wait, or none are open.
        """
        parts = self.lines.find(orderid, line)
        for part in parts:
            if part.state == WAITING:
                parts = self._serve_waiting(parts, part)
            elif part.state == ALLOCATED:
                parts = self._serve_late(parts, part)
        return _batchref(self._tell_rest(parts))

    def cancel_line(
        self, orderid: str, line: str | None = None, reason: str | None = None
    ) -> Parts:
        """Cancel what has not been shipped of a line; once is enough.

        Returns:
            The parts of the line.

        Raises:
            UnknownLine: the order has no such line.
            SeveralLines: the order has several lines, and none is named.
            LineClosed: all of the line has been shipped.
        """
        parts = self.find_line(orderid, line)
        if is_closed(parts):
            if not any(part.state == CANCELLED for part in parts):
                raise closed(parts)
            return parts
        for part in parts:
            if part.state in OPEN:
                self._cancel_units(part, part.qty, reason or LINE_CANCELLED)
                cancelled = without_batch(part, part.qty, CANCELLED)
                parts = moved(parts, part, part.qty, cancelled)
        return self._put_and_fill(parts)

    def change_line(
        self, orderid: str, qty: int, line: str | None = None, reason: str | None = None
    ) -> Parts:
        """Change the ordered quantity of a line, shipped units included.

        A line that shrinks gives up waiting units first, then those with the latest date. A line
        that grows keeps its batch if that has room; otherwise it is allocated whole to another
        one, or waits whole. Of a line that may be split, only the additional units are allocated.

        Returns:
            The parts of the line.

        Raises:
            UnknownLine: the order has no such line.
            SeveralLines: the order has several lines, and none is named.
            LineClosed: the line has been shipped or cancelled.
            LessThanShipped: more units than `qty` have been shipped.
        """
        parts = self.find_line(orderid, line)
        current = parts[0].line
        if qty == current.qty and not cancelled_units(parts):
            return parts
        if is_closed(parts):
            raise closed(parts)
        shipped = shipped_units(parts)
        if qty < shipped:
            raise LessThanShipped(orderid, self.sku, shipped, qty)
        more = qty - shipped - open_units(parts)
        parts = resized(without_cancelled(parts), qty)
        if more < 0:
            parts = self._shrink(parts, -more, reason or LINE_CHANGED)
        elif more and current.split:
            parts = self._add_split_units(parts, parts[0].line, more)
        elif more:
            parts = self._grow_whole(parts, more, reason or NO_ROOM)
        return self._put_and_fill(parts)

    def find_line(self, orderid: str, line: str | None = None) -> Parts:
        """The parts of a line; without a name, of the only line of the order.

        Raises:
            UnknownLine: the order has no such line.
            SeveralLines: the order has several lines, and none is named.
        """
        if line is not None:
            parts = self.lines.find(orderid, line)
        else:
            lines = self.lines.of_order(orderid)
            if len(lines) > 1:
                raise SeveralLines(orderid, self.sku, list(lines))
            parts = next(iter(lines.values()), ())
        if not parts:
            raise UnknownLine(orderid, self.sku, line)
        return parts

    def _add_line(self, line: OrderLine) -> str | None:
        if line.split:
            batchref = _batchref(self._add_split_units((), line, line.qty))
        elif (batch := self.batches.first_with_room(line.qty)) is not None:
            self.lines.put((self._allocated(line, line.qty, batch),))
            batch.change_allocated(line.qty)
            self._record_allocation(line, line.qty, batch)
            batchref = batch.reference
        else:
            batchref = None
            self._backorder((), line, line.qty)
        self.version_number += 1
        return batchref

    def _add_split_units(self, parts: Parts, line: OrderLine, qty: int) -> Parts:
        """Allocate units that the line did not have before; those without room wait."""
        placements = self.batches.place(qty, split=True)
        if placements:
            parts = self._allocate(parts, line, placements)
        left = qty - sum(placement.qty for placement in placements)
        return self._backorder(parts, line, left) if left else parts

    def _backorder(self, parts: Parts, line: OrderLine, qty: int) -> Parts:
        """Let units wait that the line did not have before."""
        if parts:
            waiting = without_batch(parts[0], qty, WAITING)._replace(first_promised=None)
            self._tell_apart(parts, waiting)
            parts = joined(parts, waiting)
        else:
            parts = (Part(line, qty, self.lines.next_number()),)
        self.lines.put(parts)
        self.facts.append(Backordered(line.orderid, line.sku, qty, line.line or None))
        if not self.out_of_stock:
            self._raise([OutOfStock(self.sku)])
        return parts

    def _serve_waiting(self, parts: Parts, part: Part) -> Parts:
        placements = self.batches.place(part.qty, split=part.line.split)
        if not placements:
            # Another line has taken the room in the meantime; the remaining room may be enough
            # for a smaller or younger line.
            if self.batches.first_with_room(1) is not None:
                self._fill_again()
            return parts
        self.version_number += 1
        return self._move(parts, part, placements, "")

    def _tell_rest(self, parts: Parts) -> Parts:
        """Record the promises of a line that have changed, or are lost, and were not told yet."""
        for part in parts:
            if part.stale_promise is not None:
                self._tell_now(part)
                parts = replaced(parts, part, part._replace(stale_promise=None))
                self.lines.put(parts)
                self.version_number += 1
        return parts

    def review_promises(self, after: int) -> None:
        """Tell a portion of the promises that have changed, and were not told yet.

        Nothing happens while a cascade is unfinished: it ends with another review.
        """
        if self.cascade.fill_after is not None:
            return
        portion = list(islice(self.lines.unreported(after), PORTION))
        for part in portion:
            self._tell_rest(self.lines.find(*part.line.key))
        if len(portion) == PORTION:
            self.reviews.append(PromiseReviewRequired(self.sku, portion[-1].position - 1))
        elif self.cascade.unreported:
            self.cascade.unreported = 0
            self.version_number += 1

    def _serve_late(self, parts: Parts, part: Part) -> Parts:
        batch = self._batch_of(part)
        if not batch.is_late(part, self.today):
            return parts
        before = batch.date_to_beat(self.today)
        placements = self.batches.place(part.qty, split=part.line.split, before=before)
        if not placements:
            return parts
        self.version_number += 1
        parts = self._move(parts, part, placements, GAINED)
        self._raise(self.cascade.fill_from_start())  # the room that the line has left
        return parts

    def _put_and_fill(self, parts: Parts) -> Parts:
        self.lines.put(parts)
        self.version_number += 1
        self._fill()
        return parts

    def _cancel_units(self, part: Part, qty: int, reason: str) -> None:
        """Take units that are not wanted any more off their batch, or out of the queue."""
        if part.state == ALLOCATED:
            self._batch_of(part).change_allocated(-qty)
        line = part.line
        fact = line.orderid, line.sku, qty, reason, part.batchref
        self.facts.append(Cancelled(*fact, line.line or None))

    def _shrink(self, parts: Parts, qty: int, reason: str) -> Parts:
        for part in sorted(parts, key=self._first_to_cancel):
            if qty and part.state in OPEN:
                given_up = min(qty, part.qty)
                self._cancel_units(part, given_up, reason)
                parts = without(parts, part, given_up)
                qty -= given_up
        return parts

    def _first_to_cancel(self, part: Part) -> tuple[int, int, int]:
        """Waiting units, then those without a date, then those with the latest date."""
        if part.state != ALLOCATED:
            return (0, 0, 0)
        day = self._batch_of(part).promised_date(self.today)
        return (1, -day.toordinal() if day else -(10**9), -(part.allocation_number or 0))

    def _grow_whole(self, parts: Parts, qty: int, reason: str) -> Parts:
        """Grow in place, else move all open units to another batch, else let all of them wait."""
        line = parts[0].line
        for part in allocated_parts(parts):
            batch = self._batch_of(part)
            if batch.available_quantity >= qty:
                return self._allocate_in_place(parts, part, batch, qty)
        units = open_units(parts) + qty
        others = self.batches.place(units, split=False)
        for part in allocated_parts(parts):
            if not others:
                parts = self._let_wait(parts, part, reason)
        if not others:
            return self._backorder(parts, line, qty)
        for part in parts:
            if part.state in OPEN:
                target = [Placement(others[0].batch, part.qty)]
                parts = self._move(parts, part, target, reason)
        on_batch = existing(part_on(parts, others[0].batch.reference))
        return self._allocate_in_place(parts, on_batch, others[0].batch, qty)

    def _allocate_in_place(self, parts: Parts, part: Part, batch: Batch, qty: int) -> Parts:
        """Add units to a part that keeps its place."""
        self._record_allocation(part.line, qty, batch, before=part.qty)
        batch.change_allocated(qty)
        more = part._replace(qty=qty, stale_promise=None)
        self._tell_apart(parts, more)
        return joined(parts, more)

    def _let_wait(self, parts: Parts, part: Part, reason: str) -> Parts:
        """Take a part off its batch."""
        batch = self._batch_of(part)
        batch.change_allocated(-part.qty)
        self._record_loss(part.line, part.qty, batch, reason)
        self.cascade.lost += 1
        self.cascade.unreported += 1
        stale_promise = last_promise(part, batch.promised_date(self.today))
        waiting = without_batch(part, part.qty, WAITING, stale_promise)
        self._tell_apart(parts, waiting)
        return moved(parts, part, part.qty, waiting)


def _batchref(parts: Parts) -> str | None:
    batchref = None
    for part in parts:
        if part.state == WAITING:
            return None
        if part.state == ALLOCATED:
            batchref = part.batchref
    return batchref


def closed(parts: Parts) -> LineClosed:
    """The refusal of a request for a closed line."""
    line = parts[0].line
    return LineClosed(line.orderid, line.sku, closed_state(parts))
