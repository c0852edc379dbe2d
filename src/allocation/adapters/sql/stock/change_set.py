"""The changed rows of a group that are not written yet, each once."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from allocation.domain.model import Batch, Product
from allocation.domain.order_line import LineKey, Parts


class ProductRow(NamedTuple):
    """A row of `products`."""

    sku: str
    version_number: int
    last_number: int
    out_of_stock: bool
    lost: int
    fill_after: int | None
    unreported: int

    @classmethod
    def of(cls, product: Product) -> "ProductRow":
        """The row of a product in its current state."""
        cascade = product.cascade
        return cls(
            product.sku,
            product.version_number,
            product.lines.last_number,
            product.out_of_stock,
            cascade.lost,
            cascade.fill_after,
            cascade.unreported,
        )


class BatchRow(NamedTuple):
    """A row of `batches`."""

    reference: str
    sku: str
    initial_quantity: int
    purchased_quantity: int
    allocated_quantity: int
    eta: date | None
    target_quantity: int | None
    initial_eta: date | None
    blocked: bool
    cancelled: bool
    received_from: str | None

    @classmethod
    def of(cls, batch: Batch) -> "BatchRow":
        """The row of a batch in its current state."""
        return cls(
            batch.reference,
            batch.sku,
            batch.initial_quantity,
            batch.purchased_quantity,
            batch.allocated_quantity,
            batch.eta,
            batch.target_quantity,
            batch.initial_eta,
            batch.blocked,
            batch.cancelled,
            batch.received_from,
        )

    def batch(self) -> Batch:
        """The batch of this row."""
        return Batch.restore(
            self.reference,
            self.sku,
            self.eta,
            initial=self.initial_quantity,
            purchased=self.purchased_quantity,
            allocated=self.allocated_quantity,
            target=self.target_quantity,
            initial_eta=self.initial_eta,
            blocked=bool(self.blocked),
            cancelled=bool(self.cancelled),
            received_from=self.received_from,
        )


@dataclass(slots=True)
class ChangeSet:
    """The rows to be written, by key; the key of a line is its sku and its key in the product."""

    products: dict[str, ProductRow] = field(default_factory=dict)
    batches: dict[str, BatchRow] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    """The references of new batches."""
    redescribed: set[str] = field(default_factory=set)
    """The references of batches of which more than the quantities has changed."""
    lines: dict[tuple[str, LineKey], Parts] = field(default_factory=dict)
    """The changed lines, complete with their parts."""
    shortened: dict[tuple[str, LineKey], int] = field(default_factory=dict)
    """The number of parts that a line had before it lost some."""

    def put(self, product: Product) -> None:
        """Add the changes of a product since the last call."""
        sku, changes = product.sku, product.take_changes()
        self.products[sku] = ProductRow.of(product)
        for ref, batch in changes.batches.items():
            self.batches[ref] = BatchRow.of(batch)
            if batch.is_redescribed:
                self.redescribed.add(ref)
                batch.is_redescribed = False
        for key, parts in changes.lines.items():
            self.lines[sku, key] = parts
        if changes.added:
            self.added.update(changes.added)
        for key, count in changes.shortened.items():
            self._shorten((sku, key), count)

    def lines_of(self, sku: str) -> dict[LineKey, Parts]:
        """The lines of one product, by their keys."""
        return {key: parts for (of, key), parts in self.lines.items() if of == sku}

    def merge(self, later: "ChangeSet") -> None:
        """Move the rows of a later change set into this one."""
        self.products.update(later.products)
        self.batches.update(later.batches)
        self.lines.update(later.lines)
        if later.added:
            self.added.update(later.added)
        if later.redescribed:
            self.redescribed.update(later.redescribed)
        for key, count in later.shortened.items():
            self._shorten(key, count)
        later.clear()

    def clear(self) -> None:
        """Remove all rows."""
        self.products.clear()
        self.batches.clear()
        self.lines.clear()
        self.added.clear()
        self.redescribed.clear()
        self.shortened.clear()

    def _shorten(self, key: tuple[str, LineKey], count: int) -> None:
        self.shortened[key] = max(count, self.shortened.get(key, 0))
