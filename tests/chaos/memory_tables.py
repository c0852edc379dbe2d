"""Stock in memory, as rows of the tables."""

from collections.abc import Collection, Iterator

from allocation.adapters.memory.session import Memory
from allocation.adapters.sql.stock.part_row import COLUMNS, rows_of
from tests.support.ledger import Row

_BATCH = (
    *("reference", "sku", "initial_quantity", "purchased_quantity", "allocated_quantity"),
    *("eta", "blocked", "cancelled"),
)
"""The columns that a batch has as attributes of the same names."""


def batches_in(memory: Memory) -> list[Row]:
    """All batches."""
    batches = [batch for product in memory.products.values() for batch in product.batches]
    return [{name: getattr(batch, name) for name in _BATCH} for batch in batches]


def lines_in(memory: Memory, orders: Collection[tuple[str, str]]) -> Iterator[Row]:
    """The parts of all lines of these orders, each named by a sku and an order."""
    for sku, orderid in sorted(orders):
        product = memory.products.get(sku)
        lines = product.lines.of_order(orderid) if product else {}
        for parts in lines.values():
            yield from (dict(zip(COLUMNS, row, strict=True)) for row in rows_of(parts))
