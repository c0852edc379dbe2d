"""A product whose follow-ups happen at once, and where the units of its lines are."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from allocation.domain.events import Deallocated, Event
from allocation.domain.model import Batch, OrderLine, Product
from allocation.domain.order_line import ALLOCATED, SHIPPED
from tests.support.builders import SKU, TODAY, see_through

JANUARY: Final = date(2030, 1, 20)
FEBRUARY: Final = date(2030, 2, 20)
MARCH: Final = date(2030, 3, 20)
"""Days to come: today is the first of January."""


class OneSku:
    """Passes each verb to a product, and has all follow-ups handled."""

    def __init__(self, **stock: int) -> None:
        self.product = Product(SKU)
        self.product.today = TODAY
        self.raised: list[Event] = []
        """All events so far."""
        for ref, qty in stock.items():
            self.batch(ref, qty)

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def act(*args: object, **options: object) -> object:
            result = getattr(self.product, verb)(*args, **options)
            self.raised += see_through(self.product)
            return result

        return act

    def batch(self, ref: str, qty: int, eta: date | None = None) -> None:
        """Announce a batch."""
        self.add_batch(Batch(ref, SKU, qty, eta))

    def order(self, orderid: str, qty: int, **more: Any) -> None:
        """Announce an order line."""
        self.allocate(OrderLine(orderid, SKU, qty, **more))

    def of(self, orderid: str, line: str = "") -> dict[str, int]:
        """How many units of a line are where."""
        counted = Counter[str]()
        for part in self.product.lines.find(orderid, line):
            where = part.batchref if part.state == ALLOCATED else part.state
            counted[f"shipped from {part.batchref}" if where == SHIPPED else where or ""] += (
                part.qty
            )
        return dict(counted)

    def lost(self) -> list[tuple[str, int]]:
        """The orders that lost units of a batch, and how many."""
        facts = self.product.facts
        return [(fact.orderid, fact.qty) for fact in facts if isinstance(fact, Deallocated)]

    def units(self, ref: str) -> tuple[int, int, int, int]:
        """The purchased, allocated, available and blocked units of a batch."""
        batch = self.product.batches.find(ref)
        assert batch is not None, f"there is no batch {ref}"
        return (
            batch.purchased_quantity,
            batch.allocated_quantity,
            batch.available_quantity,
            batch.blocked_quantity,
        )
