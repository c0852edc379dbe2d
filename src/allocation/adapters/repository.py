"""The repository: the collection of products that the handlers use."""

import abc

from allocation.adapters.session import Session
from allocation.domain.model import Product
from allocation.domain.order import Order


class AbstractRepository(abc.ABC):
    """Loads products, and remembers them so that the unit of work can collect their events.

    Subclasses implement `_add`, `_get` and `_get_by_batchref`. Every implementation passes
    tests/contract.
    """

    def __init__(self) -> None:
        # A dict used as an ordered set, so that events are collected in a defined order.
        self.seen: dict[Product, None] = {}

    def add(self, product: Product) -> None:
        """Add a new product."""
        self._add(product)
        self.seen[product] = None

    def get(self, sku: str) -> Product | None:
        """The product with this sku, or None."""
        product = self._get(sku)
        if product is not None:
            self.seen[product] = None
        return product

    def get_by_batchref(self, batchref: str) -> Product | None:
        """The product that has the batch with this reference, or None."""
        product = self._get_by_batchref(batchref)
        if product is not None:
            self.seen[product] = None
        return product

    @abc.abstractmethod
    def _add(self, product: Product) -> None:
        raise NotImplementedError

    @abc.abstractmethod
    def _get(self, sku: str) -> Product | None:
        raise NotImplementedError

    @abc.abstractmethod
    def _get_by_batchref(self, batchref: str) -> Product | None:
        raise NotImplementedError


class SessionRepository(AbstractRepository):
    """The products of one session."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def _add(self, product: Product) -> None:
        self._session.add(product)

    def _get(self, sku: str) -> Product | None:
        return self._session.product(sku)

    def _get_by_batchref(self, batchref: str) -> Product | None:
        return self._session.product_by_batchref(batchref)


class SessionOrders:
    """The orders of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.seen: dict[Order, None] = {}
        """The loaded orders, in the order in which they were loaded."""

    def get(self, orderid: str) -> Order | None:
        """The order with this id, if any line of it was accepted."""
        lines = self._session.order_lines(orderid)
        if not lines:
            return None
        order = Order(orderid, sorted(lines))
        self.seen[order] = None
        return order


class SqlAlchemyRepository(SessionRepository):
    """The products of a session on a database."""
