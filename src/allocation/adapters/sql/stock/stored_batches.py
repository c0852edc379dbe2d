"""The batches of a product that are on record, read by reference or all together."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Select, bindparam, select

from allocation.adapters.sql.engine.compiled_query import compiled
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.stock.change_set import BatchRow
from allocation.adapters.sql.stock.schema import batches
from allocation.domain.model import Batch

_BATCH: Final = select(*(batches.c[name] for name in BatchRow._fields))
_OF_PRODUCT: Final = batches.c.sku == bindparam("sku")
_BY_REFERENCE: Final = _BATCH.where(_OF_PRODUCT, batches.c.reference == bindparam("reference"))
_ALL: Final = _BATCH.where(_OF_PRODUCT)


class SqlStoredBatches:
    """The `StoredBatches` of one product, in the transaction of a driver."""

    def __init__(self, driver: TransactionConnection, sku: str) -> None:
        self._driver = driver
        self._sku = sku

    def find(self, reference: str) -> Batch | None:
        """The batch of this reference, if the product has it."""
        return next(self._ask(_BY_REFERENCE, reference=reference), None)

    def all(self) -> list[Batch]:
        """Every batch of the product, in the order of the references."""
        return sorted(self._ask(_ALL), key=attrgetter("reference"))  # as no database's locale does

    def _ask(self, query: Select[Any], **key: object) -> Iterator[Batch]:
        rows = self._driver.fetch_all(compiled(query, self._driver.name), {"sku": self._sku, **key})
        return (BatchRow._make(row).batch() for row in rows)
