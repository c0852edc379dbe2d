"""A session in memory."""

from collections.abc import Collection, Iterable, Set
from copy import deepcopy
from dataclasses import dataclass, field

from allocation.adapters.memory.log import MemoryLog
from allocation.adapters.session import without_new_version
from allocation.adapters.unit_of_work import NestedUnitOfWork
from allocation.domain.model import Product
from allocation.domain.policies import STANDARD, Policies
from allocation.messaging.errors import Conflict
from allocation.messaging.ports import LockedKey
from allocation.messaging.registry import Registry
from allocation.service_layer.needs import ordering_keys, product_key


@dataclass
class Memory(MemoryLog):
    """The stock and its log as they have been committed."""

    products: dict[str, Product] = field(default_factory=dict)


class MemorySession:
    """Hands out copies, and puts copies back when it is committed."""

    def __init__(
        self,
        memory: Memory,
        registry: Registry | None = None,
        policies: Policies = STANDARD,
    ) -> None:
        """`registry` has the messages of a group; a session of its own handles none."""
        self._memory = memory
        self._registry = registry
        self._policies = policies
        self._products: dict[str, Product] = {}
        self._read: dict[str, int] = {}
        self._kept: dict[str, Product] = {}
        self._unit: dict[str, Product] = {}

    def unit(self) -> NestedUnitOfWork:
        """A unit of work that sees what the units before it released."""
        return NestedUnitOfWork(self)

    def prefetch(self, messages: Iterable[object], besides: Collection[str] = ()) -> None:
        """Do nothing: the products are in memory."""

    def held(self, keys: Collection[str]) -> set[LockedKey]:  # noqa: ARG002 - nothing is ever locked
        """Return nothing: products are not locked in memory."""
        return set()

    def ordering_keys(self, message: object) -> Set[str]:
        """The ordering keys of a message, and those of the products of its batches."""
        if self._registry is None:
            return frozenset()
        return ordering_keys(self._registry, message, self.sku_of_batch)

    def ordering_key(self, message: object) -> str | None:
        """The product of a message, as an ordering key."""
        return product_key(self._registry, message, self.sku_of_batch)

    def add(self, product: Product) -> None:
        """Take in a new product."""
        product.decide_by(self._policies)
        self._products[product.sku] = product

    def product(self, sku: str) -> Product | None:
        """A copy of the product of this sku, as this transaction has it so far."""
        if sku not in self._products:
            current = self._latest(sku)
            if current is None:
                return None
            # The first one counts: what is changed by somebody else later is a conflict.
            if sku not in self._unit and sku not in self._kept:
                self._read.setdefault(sku, current.version_number)
            self._products[sku] = deepcopy(current)
        return self._products[sku]

    def product_by_batchref(self, ref: str) -> Product | None:
        """The product that has this batch, as this transaction has it so far."""
        for sku in {*self._memory.products, *self._kept, *self._unit}:
            current = self._latest(sku)
            if current and current.batches.find(ref):
                return self.product(sku)
        return None

    def sku_of_batch(self, ref: str) -> str | None:
        """The product that has this batch, if there is one."""
        product = self.product_by_batchref(ref)
        return None if product is None else product.sku

    def record_changes(self, changed: Iterable[Product]) -> None:
        """Take down what has changed in these products, for the unit in hand.

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
            self._unit[product.sku] = copy

    def forget(self, touched: Iterable[Product]) -> None:
        """Read these products anew when they are needed next."""
        for product in touched:
            self._products.pop(product.sku, None)

    def forget_unrecorded(self, touched: Iterable[Product]) -> None:
        """The same for those that have changed since they were staged."""
        self.forget([p for p in touched if p.has_changes or self._has_new_version(p)])

    def release_unit(self) -> bool:
        """The unit in hand is done; whether it has changed anything."""
        changed = bool(self._unit)
        self._kept.update(self._unit)
        self._unit = {}
        return changed

    def rollback_unit(self) -> None:
        """The unit in hand has failed."""
        self.forget(self._unit.values())
        self._unit = {}

    def commit(self) -> None:
        """Put the copies back, all or none."""
        with self._memory.committing:
            self._commit(self._kept)

    def flush(self) -> None:
        """Put the copies back, all or none, as part of a commit of the log.

        A message that changed nothing stands in the log behind what was committed before it, so
        the products that were only read must not have been changed either.

        Raises:
            Conflict: somebody else changed the same product meanwhile.
        """
        self._commit({*self._read, *self._kept})

    def committed(self) -> None:
        """Do nothing: the copies are back."""

    def _commit(self, unchanged: Iterable[str]) -> None:
        refs = {b.reference: p.sku for p in self._memory.products.values() for b in p.batches}
        for sku in unchanged:
            now = self._memory.products.get(sku)
            if (now.version_number if now else None) != self._read.get(sku):
                raise Conflict(f"The product {sku} has been changed by somebody else")
        for sku, product in self._kept.items():
            if any(refs.get(batch.reference, sku) != sku for batch in product.batches):
                raise Conflict(f"a batch of {product} is another product's by now")
        self._memory.products.update(self._kept)
        self._read.update({sku: p.version_number for sku, p in self._kept.items()})
        self._kept = {}

    def _has_new_version(self, product: Product) -> bool:
        staged = self._unit.get(product.sku) or self._kept.get(product.sku)
        current = staged.version_number if staged else self._read.get(product.sku)
        return current != product.version_number

    def _latest(self, sku: str) -> Product | None:
        return self._unit.get(sku) or self._kept.get(sku) or self._memory.products.get(sku)
