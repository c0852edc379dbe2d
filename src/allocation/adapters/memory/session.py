"""A session in memory."""

from collections.abc import Collection, Iterable, Set
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from allocation.adapters.dates import TodayOf, date_in_utc
from allocation.adapters.memory.log import MemoryLog
from allocation.adapters.session import without_new_version
from allocation.adapters.unit_of_work import NestedUnitOfWork
from allocation.domain.model import Product
from allocation.domain.order import OrderedLine
from allocation.domain.policies import STANDARD, Policies
from allocation.messaging.errors import Conflict
from allocation.messaging.ports import LockedKey
from allocation.messaging.registry import Registry
from allocation.service_layer.needs import ordering_keys, product_key


@dataclass
class Memory(MemoryLog):
    """The committed stock and its log."""

    products: dict[str, Product] = field(default_factory=dict)


class MemorySession:
    """Works on copies of the products, and stores the changed copies at the commit."""

    def __init__(
        self,
        memory: Memory,
        registry: Registry | None = None,
        policies: Policies = STANDARD,
        today_of: TodayOf = date_in_utc,
    ) -> None:
        """`registry` has the message types of a group; a standalone session handles none."""
        self._memory = memory
        self._registry = registry
        self._policies = policies
        self._today_of = today_of
        self._products: dict[str, Product] = {}
        self._read: dict[str, int] = {}
        self._released: dict[str, Product] = {}
        self._unit: dict[str, Product] = {}

    def unit(self, now: datetime) -> NestedUnitOfWork:
        """A unit of work that sees the changes of earlier units, on the date at this time."""
        return NestedUnitOfWork(self, self._today_of(now))

    def prefetch(self, messages: Iterable[object], excluding: Collection[str] = ()) -> None:
        """Do nothing: the products are in memory."""

    def held(self, keys: Collection[str]) -> set[LockedKey]:  # noqa: ARG002 - nothing is ever locked
        """Return nothing: products are not locked in memory."""
        return set()

    def ordering_keys(self, message: object) -> Set[str]:
        """The ordering keys of a message, including the products of its batches."""
        if self._registry is None:
            return frozenset()
        return ordering_keys(self._registry, message, self.sku_of_batch, self.skus_of_order)

    def ordering_key(self, message: object) -> str | None:
        """The ordering key of the product that a message concerns."""
        return product_key(self._registry, message, self.sku_of_batch)

    def add(self, product: Product) -> None:
        """Add a new product."""
        product.decide_by(self._policies)
        self._products[product.sku] = product

    def product(self, sku: str) -> Product | None:
        """A copy of the product with this sku, with the transaction's changes, or None."""
        if sku not in self._products:
            current = self._latest(sku)
            if current is None:
                return None
            # The version read first counts: a later change by another transaction is a conflict.
            if sku not in self._unit and sku not in self._released:
                self._read.setdefault(sku, current.version_number)
            self._products[sku] = deepcopy(current)
        return self._products[sku]

    def product_by_batchref(self, ref: str) -> Product | None:
        """The product that has this batch, with the transaction's changes, or None."""
        for sku in {*self._memory.products, *self._released, *self._unit}:
            current = self._latest(sku)
            if current and current.batches.find(ref):
                return self.product(sku)
        return None

    def order_lines(self, orderid: str) -> list[OrderedLine]:
        """The lines of an order, with the transaction's changes, in any order."""
        return [
            OrderedLine.of(parts)
            for sku in {*self._memory.products, *self._released, *self._unit}
            if (current := self._latest(sku)) is not None
            for parts in current.lines.of_order(orderid).values()
        ]

    def skus_of_order(self, orderid: str) -> Set[str]:
        """The products of which the order has lines."""
        return {line.sku for line in self.order_lines(orderid)}

    def sku_of_batch(self, ref: str) -> str | None:
        """The sku of the product that has this batch, or None."""
        product = self.product_by_batchref(ref)
        return None if product is None else product.sku

    def record_changes(self, changed: Iterable[Product]) -> None:
        """Record the changes of these products in the current unit.

        Raises:
            LostChange: one of them has changes, but no new version.
        """
        for product in changed:
            if not self._has_new_version(product):
                if product.has_changes:
                    raise without_new_version(product)
                continue
            product.take_changes()
            copy = deepcopy(product)
            copy.events.clear()
            copy.facts.clear()
            copy.reviews.clear()
            self._unit[product.sku] = copy

    def forget(self, touched: Iterable[Product]) -> None:
        """Discard these copies: the products are copied again when needed."""
        for product in touched:
            self._products.pop(product.sku, None)

    def forget_unrecorded(self, touched: Iterable[Product]) -> None:
        """Discard the copies that have changed since their changes were recorded."""
        self.forget([p for p in touched if p.has_changes or self._has_new_version(p)])

    def release_unit(self) -> bool:
        """End the current unit, and keep its changes; return whether there were any."""
        changed = bool(self._unit)
        self._released.update(self._unit)
        self._unit = {}
        return changed

    def rollback_unit(self) -> None:
        """End the current unit, and discard its changes."""
        self.forget(self._unit.values())
        self._unit = {}

    def commit(self) -> None:
        """Store the changed copies, all or none.

        Raises:
            Conflict: another transaction has changed one of the products.
        """
        with self._memory.committing:
            self._commit(self._released)

    def flush(self) -> None:
        """Store the changed copies, all or none, as part of a commit of the log.

        A message that changed nothing is logged after all earlier commits, so the products that
        were only read must not have changed either.

        Raises:
            Conflict: another transaction has changed one of the products.
        """
        self._commit({*self._read, *self._released})

    def committed(self) -> None:
        """Do nothing: `flush` has stored the copies."""

    def _commit(self, unchanged: Iterable[str]) -> None:
        refs = {b.reference: p.sku for p in self._memory.products.values() for b in p.batches}
        for sku in unchanged:
            now = self._memory.products.get(sku)
            if (now.version_number if now else None) != self._read.get(sku):
                raise Conflict(f"another transaction has changed the product {sku}")
        for sku, product in self._released.items():
            if any(refs.get(batch.reference, sku) != sku for batch in product.batches):
                raise Conflict(f"a batch of {product} now belongs to another product")
        self._memory.products.update(self._released)
        self._read.update({sku: p.version_number for sku, p in self._released.items()})
        self._released = {}

    def _has_new_version(self, product: Product) -> bool:
        staged = self._unit.get(product.sku) or self._released.get(product.sku)
        current = staged.version_number if staged else self._read.get(product.sku)
        return current != product.version_number

    def _latest(self, sku: str) -> Product | None:
        return self._unit.get(sku) or self._released.get(sku) or self._memory.products.get(sku)
