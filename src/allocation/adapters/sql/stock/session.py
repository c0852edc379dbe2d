"""A session: the products of one transaction, each read once and written once."""

from collections.abc import Collection, Iterable, Mapping, Set
from datetime import datetime

from allocation.adapters.dates import TodayOf, date_in_utc
from allocation.adapters.session import without_new_version
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.stock.cache import ProductCache, ProductCopies
from allocation.adapters.sql.stock.change_set import BatchRow, ChangeSet, ProductRow
from allocation.adapters.sql.stock.mapper import ProductMapper
from allocation.adapters.sql.stock.stored import SqlStoredBatches, SqlStoredLines
from allocation.adapters.unit_of_work import NestedUnitOfWork
from allocation.domain.model import Product
from allocation.domain.order import OrderedLine
from allocation.domain.order_line import LineKey, Parts
from allocation.domain.order_lines import OrderLines
from allocation.domain.parts import allocated_parts
from allocation.domain.policies import STANDARD, Policies
from allocation.messaging.ports import LockedKey
from allocation.messaging.registry import Registry
from allocation.service_layer.needs import (
    Created,
    Prefetch,
    key_of_sku,
    ordering_keys,
    product_key,
    ref_in,
    sku_in,
)


class SqlSession:
    """Loads each product once, and writes each row once, however often it changed.

    Changes are staged in two layers: those of the current unit, which can be rolled back, and
    those of earlier units in the same transaction.

    With a cache, products are locked when they are read, and cached once they have been
    committed. Without, concurrency control is optimistic. A session that never commits may have
    `copies` of products that another one has cached.
    """

    def __init__(
        self,
        driver: TransactionConnection,
        cache: ProductCache | None = None,
        registry: Registry | None = None,
        policies: Policies = STANDARD,
        today_of: TodayOf = date_in_utc,
        copies: ProductCopies | None = None,
    ) -> None:
        """`registry` has the message types of a group; a standalone session handles none."""
        self._driver = driver
        self._registry = registry
        self._cache = cache
        self._copies = copies
        self._policies = policies
        self._today_of = today_of
        self._tables = ProductMapper(driver, locking=cache is not None)
        self._products: dict[str, Product | None] = {}
        self._added: list[Product] = []
        self._skus: dict[str, str | None] = {}
        self._order_skus: dict[str, set[str]] = {}
        self._changes = ChangeSet()
        self._unit = ChangeSet()
        self._has_seen = False

    def prefetch(self, messages: Iterable[object], excluding: Collection[str] = ()) -> None:
        """Read the needs of these messages together, except products with keys in `excluding`."""
        if self._registry is None:
            return
        needs = Prefetch.of(self._registry.needs(messages))
        skus_of = self._tables.skus_of(needs.refs) if needs.refs else {}
        self._skus |= dict.fromkeys(needs.refs) | skus_of
        skus = needs.skus.union(filter(None, self._skus.values()))
        if needs.orders:
            self._order_skus |= self._tables.skus_of_orders(needs.orders)
            skus = skus.union(*self._order_skus.values())
        if unread := skus - self._products.keys() - {sku_in(key) for key in excluding}:
            self._read(unread)
        if skus_of or needs.created:
            self._prefetch_batches(skus_of, needs.created)
        if needs.lines:
            self._prefetch_lines(needs.lines)
        if needs.orders:
            self._prefetch_orders(needs.orders)

    def _prefetch_orders(self, orderids: Collection[str]) -> None:
        """Read the lines of orders, and the exhausted batches that they are allocated to."""
        lines = {(sku, order) for order in orderids for sku in self._order_skus.get(order, ())}
        self._prefetch_lines(lines)
        skus_of = {
            part.batchref: sku
            for sku, orderid in lines
            if (product := self._products.get(sku)) is not None
            for parts in product.lines.of_order(orderid).values()
            for part in allocated_parts(parts)
            if part.batchref is not None
        }
        self._prefetch_batches(skus_of, ())

    def _prefetch_lines(self, lines: Collection[tuple[str, str]]) -> None:
        existing = [(sku, order) for sku, order in lines if self._products.get(sku)]
        stored = self._tables.lines(existing)
        for sku, orderid in existing:
            product = self._products[sku]
            if product is not None:
                product.lines.remember(orderid, stored.get((sku, orderid), ()))

    def _prefetch_batches(self, skus_of: Mapping[str, str], created: Collection[Created]) -> None:
        """Read the exhausted batches, once their products are locked."""
        products = {ref: p for ref, sku in skus_of.items() if (p := self._products.get(sku))}
        refs = [ref for ref, product in products.items() if ref not in product.batches.loaded]
        for ref, row in self._tables.batches(refs).items():
            products[ref].batches.remember(ref, row.batch())
        for sku, ref in created:
            product = self._products.get(sku)
            # If another transaction has added the batch since, writing it is a conflict.
            if product is not None and ref not in skus_of:
                product.batches.remember(ref, None)

    def unit(self, now: datetime) -> NestedUnitOfWork:
        """A unit of work that sees the changes of earlier units, on the date at this time."""
        return NestedUnitOfWork(self, self._today_of(now))

    def ordering_keys(self, message: object) -> Set[str]:
        """The ordering keys of a message, including the products of its batches."""
        if self._registry is None:
            return frozenset()
        return ordering_keys(self._registry, message, self.sku_of_batch, self.skus_of_order)

    def ordering_key(self, message: object) -> str | None:
        """The ordering key of the product that a message concerns."""
        return product_key(self._registry, message, self.sku_of_batch)

    def held(self, keys: Collection[str]) -> set[LockedKey]:
        """The ordering keys whose products others keep locked, with those of the products."""
        refs = {key: ref for key in keys if (ref := ref_in(key)) is not None}
        skus_of = self._tables.skus_of(refs.values())
        skus = {key: sku_in(key) or skus_of.get(refs.get(key, "")) for key in keys}
        held = self._tables.held({sku for sku in skus.values() if sku is not None})
        return {
            (key, holder)
            for sku, holder in held
            for key in (key_of_sku(sku), *(key for key, named in skus.items() if named == sku))
        }

    def sku_of_batch(self, ref: str) -> str | None:
        """The sku of the product that has this batch, if it was read; otherwise None."""
        return self._skus.get(ref)

    def add(self, product: Product) -> None:
        """Add a new product."""
        product.decide_by(self._policies)
        self._products[product.sku] = product
        self._added.append(product)

    def product(self, sku: str) -> Product | None:
        """The product with this sku, with the transaction's changes, or None."""
        if sku not in self._products:
            self._read([sku])
        return self._products[sku]

    def product_by_batchref(self, ref: str) -> Product | None:
        """The product that has this batch, with the transaction's changes, or None."""
        for staged in (self._unit, self._changes):
            if ref in staged.batches:
                return self.product(staged.batches[ref].sku)
        if ref not in self._skus:
            self._skus[ref] = self._tables.skus_of([ref]).get(ref)
        sku = self._skus[ref]
        return None if sku is None else self.product(sku)

    def order_lines(self, orderid: str) -> list[OrderedLine]:
        """The lines of an order, with the transaction's changes, in any order."""
        lines = self._tables.order(orderid)
        for staged in (self._changes, self._unit):
            lines |= {key: p for key, p in staged.lines.items() if key[1][0] == orderid}
        return [OrderedLine.of(parts) for parts in lines.values()]

    def skus_of_order(self, orderid: str) -> Set[str]:
        """The products of which the order has lines, if it was prefetched."""
        return self._order_skus.get(orderid, frozenset())

    def record_changes(self, changed: Iterable[Product]) -> None:
        """Stage the changes of these products in the current unit.

        Raises:
            LostChange: one of them has changes, but no new version.
        """
        for product in changed:
            if product.version_number != self._version(product.sku):
                self._unit.put(product)
            elif product.has_changes:
                raise without_new_version(product)

    def forget(self, touched: Iterable[Product]) -> None:
        """Discard these objects: the products are loaded again when needed."""
        for product in touched:
            self._products.pop(product.sku, None)

    def forget_unrecorded(self, touched: Iterable[Product]) -> None:
        """Discard the objects that have changed since their changes were staged."""
        for product in touched:
            if product.has_changes or product.version_number != self._version(product.sku):
                self._products.pop(product.sku, None)

    def release_unit(self) -> bool:
        """End the current unit, and keep its changes; return whether there were any."""
        changed = bool(self._unit.products)
        if changed:
            self._changes.merge(self._unit)
        return changed

    def rollback_unit(self) -> None:
        """End the current unit, and discard its changes."""
        for sku in self._unit.products:
            self._products.pop(sku, None)
        self._unit.clear()

    def flush(self) -> None:
        """Write the staged changes.

        Raises:
            Conflict: another transaction has changed a product since it was read.
        """
        if not self._changes.products:
            return
        self._tables.write(self._changes)
        self._skus |= {ref: row.sku for ref, row in self._changes.batches.items()}
        self._changes = ChangeSet()

    def commit(self) -> None:
        """Write the staged changes, and commit the transaction."""
        self.flush()
        self._driver.commit()
        self.committed()

    def committed(self) -> None:
        """Cache the products after the commit, for the next transaction."""
        if self._cache is not None:
            if self._has_seen:
                self._cache.committed()
                self._has_seen = False
            for product in self._added:  # until now, nothing of them was stored
                self._connect(product)
            self._added.clear()
            self._cache.put(filter(None, self._products.values()))
            self._products.clear()

    def _version(self, sku: str) -> int | None:
        row = self._unit.products.get(sku) or self._changes.products.get(sku)
        return self._tables.version(sku) if row is None else row.version_number

    def _read(self, skus: Collection[str]) -> None:
        if self._cache is not None:
            self._cache.see(self._driver.state())
            self._has_seen = True
        current = {sku: product for sku in skus if (product := self._current(sku))}
        self._products.update(current)
        unproven = [sku for sku in skus if sku not in current]
        if not unproven:
            return
        rows = self._tables.products(unproven)
        cached = {sku: self._cached(row) for sku, row in rows.items()}
        held = self._tables.open_batches([sku for sku in rows if cached[sku] is None])
        for sku in unproven:
            existing = cached.get(sku) or self._restored(sku, rows.get(sku), held.get(sku, []))
            self._products[sku] = existing

    def _current(self, sku: str) -> Product | None:
        # A product of this epoch already reads its lines and batches on this connection.
        product = self._cache.take_current(sku) if self._cache else None
        if product is not None:
            self._tables.is_at(sku, product.version_number)
        return product

    def _cached(self, row: ProductRow) -> Product | None:
        sku, version = row.sku, row.version_number
        if self._copies is not None:
            if sku in self._changes.products or sku in self._unit.products:
                return None
            stored = SqlStoredLines(self._driver, sku), SqlStoredBatches(self._driver, sku)
            return self._copies.copy(sku, version, *stored)
        product = self._cache.take(sku, version) if self._cache else None
        if product is not None:
            self._connect(product)
        return product

    def _connect(self, product: Product) -> None:
        """Connect a cached product's lines and batches to this transaction's connection."""
        product.lines.read_from(SqlStoredLines(self._driver, product.sku))
        product.batches.read_from(SqlStoredBatches(self._driver, product.sku))

    def _restored(
        self, sku: str, row: ProductRow | None, held: Iterable[BatchRow]
    ) -> Product | None:
        changed_batches: dict[str, BatchRow] = {}
        changed: dict[LineKey, Parts] = {}
        for staged in (self._changes, self._unit):
            row = staged.products.get(sku, row)
            changed_batches |= {ref: b for ref, b in staged.batches.items() if b.sku == sku}
            changed |= staged.lines_of(sku)
        if row is None:
            return None
        batches = {batch.reference: batch for batch in held} | changed_batches
        stored = SqlStoredLines(self._driver, sku)
        product = Product.restore(
            sku,
            [batches[ref].batch() for ref in sorted(batches)],
            row.version_number,
            OrderLines(stored, last_number=row.last_number, changed=changed),
            out_of_stock=row.out_of_stock,
            lost=row.lost,
            fill_after=row.fill_after,
            unreported=row.unreported,
            stored=SqlStoredBatches(self._driver, sku),
            policies=self._policies,
        )
        product.batches.rescheduled |= {ref: batch.eta for ref, batch in changed_batches.items()}
        return product
