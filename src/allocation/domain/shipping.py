"""The rules about order lines that leave the warehouse."""

from typing import Final

from allocation.domain.batch import Batch
from allocation.domain.demand import Demand, closed
from allocation.domain.errors import BatchClosed, BatchIsBlocked, NotInStock, TooMany, WholeLine
from allocation.domain.events import Shipped, Unshipped
from allocation.domain.order_line import SHIPPED, OrderLine, Part, Parts
from allocation.domain.parts import (
    OPEN,
    allocated_parts,
    existing,
    is_closed,
    moved,
    open_units,
    part_on,
    units_to_lose,
)
from allocation.domain.portions import promise_lost
from allocation.domain.rooms import Placement

SHIPPED_ELSEWHERE: Final = "shipped from another batch"
UNSHIPPED: Final = "recorded as shipped by mistake"
"""The reasons of facts for which the request gives none."""


class Shipping(Demand):
    """What a product does when units of its order lines leave, or come back."""

    def ship_line(
        self,
        orderid: str,
        line: str | None = None,
        qty: int | None = None,
        ref: str | None = None,
    ) -> Parts:
        """Ship open units of a line from the warehouse: all that are there, or `qty`.

        With `ref`, the units are taken from that batch: the line moves there first, and others
        lose their place if there is no room. Without, a line that may not be split ships whole.

        Returns:
            The parts of the line.

        Raises:
            UnknownLine: the order has no such line.
            SeveralLines: the order has several lines, and none is named.
            LineClosed: the line has been shipped or cancelled.
            TooMany: fewer units are open.
            WholeLine: the line may not be split, and `qty` is not all of it.
            NotInStock: fewer units are in stock, or in the named batch.
            UnknownBatch: the product has no batch `ref`.
            BatchClosed: the batch `ref` is cancelled.
            BatchIsBlocked: the batch `ref` is blocked.
        """
        parts = self.find_line(orderid, line)
        if is_closed(parts):
            raise closed(parts)
        units = open_units(parts)
        if qty is not None and qty > units:
            raise TooMany(orderid, self.sku, "open", units, qty)
        if ref is not None:
            parts = self._ship_from(parts, self._batch_to_ship_from(ref), qty or units)
        else:
            for batch, number in self._in_stock(parts, qty):
                parts = self._ship(parts, batch, number)
        return self._put_and_fill(parts)

    def check_in_stock(self, orderid: str, line: str) -> None:
        """Check that all open units of a line can be shipped without naming a batch.

        Raises:
            NotInStock: some are not in stock, or on a blocked batch.
        """
        parts = self.find_line(orderid, line)
        self._in_stock(parts, open_units(parts))

    def unship_line(
        self,
        orderid: str,
        line: str | None = None,
        qty: int | None = None,
        ref: str | None = None,
        reason: str | None = None,
    ) -> Parts:
        """Take back units that were recorded as shipped by mistake: all, or `qty`.

        They come back to the batch that they left, and are allocated to it; if it is blocked, they
        wait. With `ref`, only units that have left that batch come back.

        Returns:
            The parts of the line.

        Raises:
            UnknownLine: the order has no such line.
            SeveralLines: the order has several lines, and none is named.
            TooMany: fewer units were shipped.
            BatchClosed: the batch that they left is cancelled.
        """
        parts = self.find_line(orderid, line)
        shipped = [p for p in parts if p.state == SHIPPED and ref in (None, p.batchref)]
        units = sum(part.qty for part in shipped)
        left = units if qty is None else qty
        if left > units or not units:
            raise TooMany(orderid, self.sku, "shipped", units, left or 1, ref)
        coming = list[tuple[Part, int]]()
        for part in reversed(shipped):
            coming.append((part, min(left, part.qty)))
            left -= coming[-1][1]
        for part, back in coming:
            if back and self._batch_of(part).cancelled:
                raise BatchClosed(part.batchref or "")
        for part, back in coming:
            if back:
                parts = self._take_back(parts, part, back, reason or UNSHIPPED)
        return self._put_and_fill(parts)

    def _in_stock(self, parts: Parts, qty: int | None) -> list[Placement]:
        """The units of a line that can be shipped without naming a batch."""
        line, units = parts[0].line, open_units(parts)
        if qty is not None and not line.split and qty != units:
            raise WholeLine(line.orderid, self.sku, units, qty)
        here = [
            Placement(batch, part.qty)
            for part in allocated_parts(parts)
            if (batch := self._batch_of(part)).eta is None and not batch.blocked
        ]
        available = sum(placement.qty for placement in here)
        asked = units if qty is None and not line.split else qty or 1
        if available < asked:
            raise NotInStock(line.orderid, self.sku, qty or units, available)
        left, shipping = available if qty is None else qty, list[Placement]()
        for batch, there in here:
            if left:
                shipping.append(Placement(batch, min(there, left)))
                left -= shipping[-1].qty
        return shipping

    def _batch_to_ship_from(self, ref: str) -> Batch:
        batch = self._batch(ref)
        if batch.cancelled:
            raise BatchClosed(ref)
        if batch.blocked:
            raise BatchIsBlocked(ref)
        return batch

    def _ship_from(self, parts: Parts, batch: Batch, qty: int) -> Parts:
        """Ship units from a batch; first those that are allocated to it, then others."""
        line = parts[0].line
        here = part_on(parts, batch.reference)
        most = max(batch.recorded_quantity, here.qty if here else 0)
        if most < qty:
            raise NotInStock(line.orderid, self.sku, qty, most, batch.reference)
        if here is not None:
            parts = self._ship(parts, batch, min(here.qty, qty))
            self.lines.put(parts)
            qty -= min(here.qty, qty)
        while qty > batch.available_quantity:
            self._displace(line, batch, qty - batch.available_quantity)
        for part in sorted(parts, key=self._first_to_cancel):
            if qty and part.state in OPEN:
                moving = min(qty, part.qty)
                parts = self._move(parts, part, [Placement(batch, moving)], SHIPPED_ELSEWHERE)
                parts = self._ship(parts, batch, moving)
                qty -= moving
        return parts

    def _displace(self, line: OrderLine, batch: Batch, short: int) -> None:
        """Take units of another line off a batch."""
        part = existing(self.lines.first_to_release(batch.reference))
        qty = units_to_lose(part, short)
        apart = batch.deallocate(part, qty, batch.promised_date(self.today))
        self._record_loss(part.line, qty, batch, f"shipped to {line.orderid}")
        self.facts += map(promise_lost, apart)
        self.cascade.lost += 1
        self.cascade.unreported += 1

    def _ship(self, parts: Parts, batch: Batch, qty: int) -> Parts:
        part, before = existing(part_on(parts, batch.reference)), batch.allocatable_quantity
        line = part.line
        self._change_units(batch, -qty, f"shipped to {line.orderid}")
        self._continue_release(batch, before)
        fact = line.orderid, line.sku, qty, batch.reference
        self.facts.append(Shipped(*fact, line.line or None))
        left = part._replace(
            qty=qty, state=SHIPPED, allocation_number=None, due=None, stale_promise=None
        )
        return moved(parts, part, qty, left)

    def _take_back(self, parts: Parts, part: Part, qty: int, reason: str) -> Parts:
        batch = self._batch_of(part)
        line, before = part.line, batch.allocatable_quantity
        self._change_units(batch, qty, reason)
        self._continue_release(batch, before)
        fact = line.orderid, line.sku, qty, batch.reference, reason
        self.facts.append(Unshipped(*fact, line.line or None))
        back = self._moved_to(self._promise_of(batch), part, qty)
        parts = moved(parts, part, qty, back)
        if batch.blocked:
            parts = self._let_wait(parts, part_on(parts, batch.reference) or back, "batch blocked")
        return parts
