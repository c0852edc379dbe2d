"""Queries of the versions of products, by which a client can tell that one has changed."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import bindparam, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines, products

_VERSIONS: Final = select(products.c.sku, products.c.version_number).where(
    products.c.sku.in_(bindparam("skus", expanding=True))
)
_OF_BATCHES: Final = select(batches.c.sku).where(
    batches.c.reference.in_(bindparam("refs", expanding=True))
)
_OF_ORDERS: Final = (
    select(order_lines.c.sku)
    .where(order_lines.c.orderid.in_(bindparam("orders", expanding=True)))
    .distinct()
)


class VersionViews:
    """Queries of the versions of products."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(
        self, skus: Collection[str], refs: Collection[str] = (), orders: Collection[str] = ()
    ) -> dict[str, int]:
        """The versions of products by sku: of these, and of those of batches and orders.

        The version of a product that does not exist is 0.
        """
        versions = dict.fromkeys(skus, 0)
        with self._database.reading() as connection:
            if refs:
                skus_there = connection.execute(_OF_BATCHES, {"refs": sorted(refs)}).scalars()
                versions |= dict.fromkeys(skus_there, 0)
            if orders:
                skus_there = connection.execute(_OF_ORDERS, {"orders": sorted(orders)}).scalars()
                versions |= dict.fromkeys(skus_there, 0)
            if versions:
                rows = connection.execute(_VERSIONS, {"skus": sorted(versions)})
                versions |= {row.sku: row.version_number for row in rows}
        return versions
