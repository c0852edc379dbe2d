"""The stock of the model: in memory, or, for long runs, in a SQLite file of its own."""

from collections.abc import Collection, Iterable
from datetime import date

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryUnitOfWork
from allocation.adapters.repository import SessionOrders
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.order import Order
from tests.chaos.audit.records import LineKey
from tests.chaos.memory_tables import batches_in, lines_in
from tests.support.ledger import Row, ledger_of

Tables = tuple[list[Row], list[Row]]
"""The rows of batches, and of parts of lines."""


class _Orders(SessionOrders):
    """Orders with their lines for some products, or for all."""

    skus: Collection[str] | None = None

    def get(self, orderid: str) -> Order | None:
        order = super().get(orderid)
        if order is not None and self.skus is not None:
            order.lines = [line for line in order.lines if line.sku in self.skus]
        return order


class ModelUnitOfWork(StandaloneUnitOfWork):
    """A unit of work that sees what somebody else has seen of an order.

    The first line for another product can be announced while an order is being handled. Its
    message may stand before that of the order in the log, though it took effect after it.
    """

    seen: Collection[str] | None = None
    """The products of the order that is being handled; None for all."""

    @property
    def orders(self) -> SessionOrders:
        """The repository of orders."""
        if self._orders is None:
            orders = self._orders = _Orders(self._session)
            orders.skus = self.seen
        return self._orders

    def tables(self, lines: Iterable[LineKey]) -> Tables:
        """All batches, and the parts of these lines."""
        raise NotImplementedError


class InMemory(ModelUnitOfWork, MemoryUnitOfWork):
    """For short histories: it copies whole products."""

    def __init__(self, today: date) -> None:
        self._memory = Memory()
        super().__init__(self._memory, today=today)

    def tables(self, lines: Iterable[LineKey]) -> Tables:
        orders = {(sku, orderid) for sku, orderid, _ in lines}
        return batches_in(self._memory), list(lines_in(self._memory, orders))


class InFile(ModelUnitOfWork, SqlAlchemyUnitOfWork):
    """For long runs, in a migrated database."""

    def __init__(self, database: Database, today: date) -> None:
        self._database = database
        super().__init__(database, today=today)

    def tables(self, lines: Iterable[LineKey]) -> Tables:
        ledger = ledger_of(self._database)
        return ledger.batches, ledger.lines
