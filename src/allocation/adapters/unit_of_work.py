"""Units of work on a session: standalone, or nested in the transaction of a group."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import date
from typing import Self

from allocation.adapters.repository import SessionOrders, SessionRepository
from allocation.adapters.session import Session
from allocation.domain.events import Event
from allocation.service_layer.unit_of_work import AbstractUnitOfWork

OpenSession = Callable[[], AbstractContextManager[Session]]
"""Opens a session with a transaction; leaving it uncommitted rolls it back."""


class SessionUnitOfWork(AbstractUnitOfWork):
    """A unit of work whose repositories read from a session."""

    products: SessionRepository
    _session: Session
    _orders: SessionOrders | None = None

    @property
    def orders(self) -> SessionOrders:
        """The repository of orders."""
        if self._orders is None:
            self._orders = SessionOrders(self._session)
        return self._orders

    def collect_new_events(self) -> Iterator[Event]:
        """Yield the events that the loaded and added aggregates have raised, each once."""
        yield from super().collect_new_events()
        if self._orders is not None:
            for order in self._orders.seen:
                while order.events:
                    yield order.events.pop(0)


class StandaloneUnitOfWork(SessionUnitOfWork):
    """A unit of work with its own transaction, for a script or a test.

    It writes no log, so the facts of its products are not collected. `today` stays the same,
    however long the unit of work is used.
    """

    repository: type[SessionRepository] = SessionRepository

    def __init__(self, open_session: OpenSession, today: date) -> None:
        self.today = today
        self._open_session = open_session
        self._transaction = ExitStack()
        self._raised: list[Event] = []

    def __enter__(self) -> Self:
        self._session = self._transaction.enter_context(self._open_session())
        self.products = self.repository(self._session)
        self._orders = None
        return self

    def _commit(self) -> None:
        self._session.record_changes(self.products.seen)
        self._session.release_unit()
        self._session.commit()
        self._raised.extend(super().collect_new_events())

    def rollback(self) -> None:
        """Discard uncommitted changes, and end the transaction."""
        self.products.seen.clear()
        self._transaction.close()

    def collect_new_events(self) -> Iterator[Event]:
        """Return the raised and committed events, each once."""
        while self._raised:
            yield self._raised.pop(0)


class NestedUnitOfWork(SessionUnitOfWork):
    """The unit of work of one message; the transaction around it is the group's."""

    def __init__(self, session: Session, today: date) -> None:
        self.today = today
        self._session = session
        self._committed = False
        self.raised: list[object] = []

    def __enter__(self) -> Self:
        self.products = SessionRepository(self._session)
        self._committed = False
        return self

    def _commit(self) -> None:
        products = self.products.seen
        self._session.record_changes(products)
        for product in products:
            _move_all(product.facts, self.raised)
        for product in products:
            _move_all(product.events, self.raised)
        if self._orders is not None:
            for order in self._orders.seen:
                _move_all(order.events, self.raised)
        for product in products:
            _move_all(product.reviews, self.raised)
        self._committed = True

    def rollback(self) -> None:
        """Discard uncommitted changes."""
        forget = self._session.forget_unrecorded if self._committed else self._session.forget
        forget(self.products.seen)
        self.products.seen.clear()

    def collect_new_events(self) -> Iterator[Event]:
        """Return nothing: raised events go to the log, not to the bus."""
        return iter(())

    def release(self) -> bool:
        """Merge the committed changes into the group; return whether there are any."""
        return self._session.release_unit()

    def undo(self) -> None:
        """Discard the handlers' changes, committed or not."""
        self.raised.clear()
        self._session.rollback_unit()


def _move_all(events: list[Event], raised: list[object]) -> None:
    """Move events to those that were raised, so that each is collected once."""
    if events:
        raised += events
        events.clear()
