"""The rows of a group of allocations, as our tables want them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec
import uuid_utils

from benchmarks.stock import batch_of


class Order(NamedTuple):
    """A line that is asked for."""

    orderid: str
    sku: str
    qty: int


def order(number: int, skus: Sequence[str]) -> Order:
    """The order of this number, for one unit; the skus come in an order that is none."""
    return Order(f"order-{number:08d}", skus[number * _A_PRIME % len(skus)], 1)


_A_PRIME: Final = 7919


class LineRow(NamedTuple):
    """A new row of `order_lines`."""

    sku: str
    orderid: str
    qty: int
    batchref: str
    position: int
    promise: int


class ProductRow(NamedTuple):
    """What changes in a row of `products`: from the version that was read to the next."""

    version: int
    last_number: int
    sku: str
    read: int


class BatchRow(NamedTuple):
    """What changes in a row of `batches`."""

    allocated: int
    reference: str


class MessageRow(NamedTuple):
    """A new row of `messages`; all are handled, and what is not here is NULL or 0."""

    id: str
    type: str
    body: str
    correlation_id: str
    causation_id: str | None
    results: str
    sku: str


@dataclass(slots=True)
class Standing:
    """How a product and its one batch stand; a single writer knows it by heart."""

    version: int = 1
    number: int = 0
    allocated: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """All that one transaction looks up and writes."""

    orders: Sequence[Order]
    ids: list[str]
    """Of the messages that came in."""
    lines: list[LineRow]
    products: list[ProductRow]
    batches: list[BatchRow]
    messages: list[MessageRow]


@dataclass(slots=True)
class Book:
    """Decides where each line stands: from the one batch of its sku, which has room."""

    standings: dict[str, Standing] = field(default_factory=dict)

    def group(self, orders: Sequence[Order]) -> Group:
        """The rows of these orders."""
        group = Group(orders, [new_id() for _ in orders], [], [], [], [])
        read: dict[str, int] = {}
        for order, id in zip(orders, group.ids, strict=True):
            standing = self.standings.setdefault(order.sku, Standing())
            read.setdefault(order.sku, standing.version)
            standing.version += 1
            standing.number += 1
            standing.allocated += order.qty
            number, ref = standing.number, batch_of(order.sku)
            line = LineRow(order.sku, order.orderid, order.qty, ref, number, number)
            group.lines.append(line)
            group.messages.extend(_messages(line, id))
        for sku, version in read.items():
            now = self.standings[sku]
            group.products.append(ProductRow(now.version, now.number, sku, version))
            group.batches.append(BatchRow(now.allocated, batch_of(sku)))
        return group


def new_id() -> str:
    """As the application makes them."""
    return str(uuid_utils.uuid7())


_encode = msgspec.json.Encoder().encode


def _messages(line: LineRow, id: str) -> Iterator[MessageRow]:
    """What was asked for, with its result, and the fact that follows from it."""
    asked = {"orderid": line.orderid, "sku": line.sku, "qty": line.qty}
    fact = asked | {"batchref": line.batchref}
    results = _encode([line.batchref]).decode()
    asked_for, promised = _encode(asked).decode(), _encode(fact).decode()
    yield MessageRow(id, "AllocationRequired", asked_for, id, None, results, line.sku)
    yield MessageRow(new_id(), "Allocated", promised, id, id, "[]", line.sku)
