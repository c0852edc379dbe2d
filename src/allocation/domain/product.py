"""The product: one sku with its batches and its order lines; the consistency boundary."""

from collections.abc import Iterable
from typing import Self

from allocation.domain.batch import Batch
from allocation.domain.batches import Batches, StoredBatches
from allocation.domain.cascade import Cascade
from allocation.domain.copied_batches import CopiedBatches
from allocation.domain.order_lines import OrderLines
from allocation.domain.policies import STANDARD, Policies
from allocation.domain.shipping import Shipping
from allocation.domain.stored_lines import StoredLines
from allocation.domain.supply import Supply


class Product(Supply, Shipping):
    """The aggregate: one sku; its methods validate first and change state afterwards.

    `version_number` counts the changes. `events` are handled; `facts` are only recorded, so that
    every quantity and every waiting line can be explained. Once all events have been handled, no
    part of a line waits, and none is late, while a batch that may hold it has room.

    `OutOfStock` is raised when there is no room for a new line for the first time since the stock
    grew (the flag `out_of_stock`), and when a line that has lost its batch is left without stock.

    Raises:
        InvalidValue: the sku is invalid.
        ValueError: a batch is of another sku, belongs to another product, or has the reference
            of another batch.
        LineConflict: two batches have allocated a line of one order, in different quantities.
        AlreadyAllocated: two batches have allocated the same line.
    """

    def __init__(
        self,
        sku: str,
        batches: Iterable[Batch] = (),
        version_number: int = 0,
        *,
        policies: Policies = STANDARD,
    ) -> None:
        super().__init__(sku, version_number)
        self.decide_by(policies)
        for batch in batches:
            if self.batches.find(batch.reference) is not None:
                raise ValueError(f"{self!r} has two batches {batch.reference}")
            self._hold(batch)

    @classmethod
    def restore(  # noqa: PLR0913 - all recorded attributes of a product
        cls,
        sku: str,
        batches: Iterable[Batch],
        version_number: int,
        lines: OrderLines,
        *,
        out_of_stock: bool,
        lost: int = 0,
        fill_after: int | None = None,
        unreported: int = 0,
        stored: StoredBatches | None = None,
        policies: Policies = STANDARD,
    ) -> Self:
        """Make an unchanged product from its stored attributes.

        `batches` are the open batches and those that have changed since they were stored; without
        `stored`, all batches.
        """
        product = cls(sku, (), version_number)
        product.lines = lines
        product.out_of_stock = out_of_stock
        product.batches = Batches(lines, stored)
        product.cascade = Cascade(
            sku, product.batches, lines, lost=lost, fill_after=fill_after, unreported=unreported
        )
        product.decide_by(policies)
        for batch in batches:
            product.batches.add(batch)
        return product

    def copy(self, lines: StoredLines, batches: StoredBatches) -> Self:
        """A product in the same state, all of whose changes are stored; see `CopiedBatches`.

        It reads stored lines and batches from these.
        """
        copied = type(self)(self.sku, (), self.version_number)
        copied.lines = OrderLines(lines, last_number=self.lines.last_number)
        copied.policies = self.policies
        copied.lines.decide_by(self.policies)
        copied.out_of_stock = self.out_of_stock
        copied.batches = CopiedBatches(self.batches, copied.lines, batches)
        copied.cascade = self.cascade.copy(copied.batches, copied.lines)
        return copied

    def __repr__(self) -> str:
        return f"<Product {self.sku}>"

    def decide_by(self, policies: Policies) -> None:
        """Decide by these policies from now on."""
        self.policies = policies
        self.lines.decide_by(policies)
        self.batches.decide_by(policies)
