"""Bugs of the rules of stock, planted on purpose, that the audit of a history must find.

The model of the audit has them, too, so that it cannot help here.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

from allocation.domain.batch import Batch
from allocation.domain.order import Order
from allocation.domain.order_line import CANCELLED, SHIPPED, WAITING, OrderLine, Parts
from allocation.domain.parts import moved, without_batch
from allocation.domain.product import Product
from tests.chaos.simulation.planted_bugs import Plant, instead_of

RULES: Final[dict[str, Plant]] = {}


@instead_of(Product, "_ship", RULES)
def _shipped_units_counted_twice(
    ship: Callable[[Parts, Batch, int], Parts], _: Product, parts: Parts, batch: Batch, qty: int
) -> Parts:
    """A unit that leaves is taken off its batch once more, if there is one."""
    parts = ship(parts, batch, qty)
    batch.add_units(-min(1, batch.available_quantity))
    return parts


@instead_of(Product, "cancel_line", RULES)
def _shipped_units_cancelled(cancel: Callable[..., Parts], self: Product, *arguments: Any) -> Parts:
    """What has left of a line is cancelled with the rest."""
    parts = cancel(*arguments)
    for part in parts:
        if part.state == SHIPPED:
            parts = moved(parts, part, part.qty, without_batch(part, part.qty, CANCELLED))
            self.lines.put(parts)
            self.version_number += 1
    return parts


@instead_of(Product, "allocate", RULES)
def _cancelled_line_served_again(
    allocate: Callable[[OrderLine], str | None], self: Product, line: OrderLine
) -> str | None:
    """A line that is announced again after it was cancelled is a new one."""
    _revive(self, line.orderid, line.line)
    return allocate(line)


@instead_of(Product, "block_batch", RULES)
def _blocked_batch_given_out(
    block: Callable[..., list[OrderLine]], self: Product, ref: str, reason: str | None = None
) -> list[OrderLine]:
    """A blocked batch stays among the batches with room."""
    released = block(ref, reason)
    batch = self.batches.find(ref)
    assert batch is not None
    assert batch._report_room is not None
    batch._report_room(batch, batch.blocked_quantity)
    return released


@instead_of(Order, "ship", RULES)
def _order_shipped_without_a_line(
    ship: Callable[[str | None], None], self: Order, reason: str | None
) -> None:
    """The last line of an order is forgotten."""
    ship(reason)
    self.events.pop()


@instead_of(Product, "_transfer", RULES)
def _customers_told_twice(transfer: Callable[..., None], self: Product, *what: Any) -> None:
    """The last fact of a receipt, that a customer has another date, is recorded twice."""
    transfer(*what)
    self.facts.append(self.facts[-1])


@contextmanager
def _follow_up_of_a_cancelled_line() -> Iterator[None]:
    """A request to serve a line again is obeyed, though the line was cancelled meanwhile."""
    allocate, serve = Product.allocate, Product.serve
    announced = False

    def announcing(self: Product, line: OrderLine) -> str | None:
        nonlocal announced
        announced = True
        try:
            return allocate(self, line)
        finally:
            announced = False

    def obedient(self: Product, orderid: str, line: str = "") -> str | None:
        if not announced:
            _revive(self, orderid, line)
        return serve(self, orderid, line)

    with (
        mock.patch.object(Product, "allocate", announcing),
        mock.patch.object(Product, "serve", obedient),
    ):
        yield


RULES["follow up of a cancelled line"] = _follow_up_of_a_cancelled_line


def _revive(product: Product, orderid: str, line: str) -> None:
    """Let cancelled units wait."""
    parts = product.lines.find(orderid, line)
    for part in parts:
        if part.state == CANCELLED:
            parts = moved(parts, part, part.qty, without_batch(part, part.qty, WAITING))
            product.lines.put(parts)
            product.version_number += 1
