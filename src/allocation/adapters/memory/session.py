"""A session in memory."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass, field
from threading import RLock

from allocation.adapters.keys import ref_of, sku_of
from allocation.domain.model import Product
from allocation.messaging.errors import Conflict
from allocation.messaging.log import Entry


@dataclass
class Memory:
    """What has been committed."""

    products: dict[str, Product] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    committing: AbstractContextManager[object] = field(default_factory=RLock)
    """Held while a transaction checks what it has read and puts back what it has changed."""
    current_entry: set[str] = field(default_factory=set)
    """The OUTGOING entries that open transactions were given."""


class MemorySession:
    """Hands out copies, and puts copies back when it is committed."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._products: dict[str, Product] = {}
        self._read: dict[str, int] = {}
        self._kept: dict[str, Product] = {}
        self._unit: dict[str, Product] = {}

    def add(self, product: Product) -> None:
        """Take in a new product."""
        self._products[product.sku] = product

    def product(self, sku: str) -> Product | None:
        """A copy of the product of this sku, as this transaction has it so far."""
        if sku not in self._products:
            known = self._latest(sku)
            if known is None:
                return None
            # The first one counts: what is changed by somebody else later is a conflict.
            if sku not in self._unit and sku not in self._kept:
                self._read.setdefault(sku, known.version_number)
            self._products[sku] = deepcopy(known)
        return self._products[sku]

    def product_by_batchref(self, ref: str) -> Product | None:
        """The product that has this batch, as this transaction has it so far."""
        for sku in {*self._memory.products, *self._kept, *self._unit}:
            known = self._latest(sku)
            if known and any(batch.reference == ref for batch in known.batches):
                return self.product(sku)
        return None

    def sku_of(self, message: object) -> str | None:
        """The product that a message concerns, if it names one, or a batch that is known."""
        product = self.product_by_batchref(ref_of(message) or "")
        return sku_of(message) or (None if product is None else product.sku)

    def record_changes(self, changed: Iterable[Product]) -> None:
        """Take down what has changed in these products, for the unit in hand."""
        for product in changed:
            if not self._has_changed(product):
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
        self.forget([product for product in touched if self._has_changed(product)])

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
            self._commit()

    def _commit(self) -> None:
        refs = {b.reference: p.sku for p in self._memory.products.values() for b in p.batches}
        for sku, product in self._kept.items():
            now = self._memory.products.get(sku)
            if (now.version_number if now else None) != self._read.get(sku):
                raise Conflict(f"{product} has been changed by somebody else")
            if any(refs.get(batch.reference, sku) != sku for batch in product.batches):
                raise Conflict(f"a batch of {product} is another product's by now")
        self._memory.products.update(self._kept)
        self._read.update({sku: p.version_number for sku, p in self._kept.items()})
        self._kept = {}

    def _has_changed(self, product: Product) -> bool:
        staged = self._unit.get(product.sku) or self._kept.get(product.sku)
        known = staged.version_number if staged else self._read.get(product.sku)
        return known != product.version_number

    def _latest(self, sku: str) -> Product | None:
        return self._unit.get(sku) or self._kept.get(sku) or self._memory.products.get(sku)
