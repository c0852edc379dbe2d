"""The order: its lines, which belong to several products."""

from typing import NamedTuple

from allocation.domain.errors import OrderClosed
from allocation.domain.events import Event, OrderLineCancelled, OrderLineShipped
from allocation.domain.order_line import Parts
from allocation.domain.parts import cancelled_units, open_units, shipped_units


class OrderedLine(NamedTuple):
    """A line of an order, and how many of its units are open, shipped and cancelled."""

    sku: str
    line: str
    open: int
    shipped: int
    cancelled: int = 0

    @classmethod
    def of(cls, parts: Parts) -> "OrderedLine":
        """The summary of a line."""
        line, cancelled = parts[0].line, cancelled_units(parts)
        return cls(line.sku, line.line, open_units(parts), shipped_units(parts), cancelled)

    def when_shipped(self) -> "OrderedLine":
        """The line when its open units have been shipped."""
        return self._replace(open=0, shipped=self.shipped + self.open)

    def when_cancelled(self) -> "OrderedLine":
        """The line when its open units have been cancelled."""
        return self._replace(open=0, cancelled=self.cancelled + self.open)


class Order:
    """An order with its lines at the moment, sorted by sku and name.

    Each line belongs to the aggregate of its product, so that a change of the order consists of
    one follow-up for each line.
    """

    def __init__(self, orderid: str, lines: list[OrderedLine]) -> None:
        self.orderid = orderid
        self.lines = lines
        self.events: list[Event] = []

    def __repr__(self) -> str:
        return f"<Order {self.orderid}>"

    @property
    def open_lines(self) -> list[OrderedLine]:
        """The lines of which units are neither shipped nor cancelled."""
        return [line for line in self.lines if line.open]

    def cancel(self, reason: str | None = None) -> list[OrderedLine]:
        """Have what is open of each line cancelled.

        Returns:
            The lines as they are when that is done.

        Raises:
            OrderClosed: all lines have been shipped.
        """
        if not self.open_lines and not any(line.cancelled for line in self.lines):
            raise OrderClosed(self.orderid, "shipped")
        for line in self.open_lines:
            event = OrderLineCancelled(self.orderid, line.sku, line.line, reason, follows=True)
            self.events.append(event)
        return [line.when_cancelled() for line in self.lines]

    def ship(self, reason: str | None = None) -> list[OrderedLine]:
        """Have all open units of each line shipped.

        Returns:
            The lines as they are when that is done.

        Raises:
            OrderClosed: no line is open.
        """
        if not self.open_lines:
            state = "shipped" if any(line.shipped for line in self.lines) else "cancelled"
            raise OrderClosed(self.orderid, state)
        for line in self.open_lines:
            event = OrderLineShipped(
                self.orderid, line.sku, line=line.line, reason=reason, follows=True
            )
            self.events.append(event)
        return [line.when_shipped() for line in self.lines]
