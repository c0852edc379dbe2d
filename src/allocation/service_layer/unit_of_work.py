"""The unit of work: all changes of a handler are committed, or none."""

import abc
from collections.abc import Iterator
from datetime import date
from types import TracebackType
from typing import Self

from allocation.domain.events import Event
from allocation.service_layer.ports import Orders, Products


class AbstractUnitOfWork(abc.ABC):
    """`with uow: … uow.commit()`; leaving the block without a commit rolls the changes back.

    Every implementation passes tests/contract.
    """

    products: Products
    today: date = date.min
    """The date on which the messages of a group are handled, in the application's timezone.

    The default, that of a unit of work without a clock, is before all other dates, so that
    nothing is overdue.
    """

    @property
    def orders(self) -> Orders:
        """The repository of orders."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.rollback()

    def commit(self) -> None:
        """Commit the changes.

        Raises:
            Conflict: another writer has changed the same product in the meantime.
            StoreUnavailable: the commit failed, or its outcome is unknown.
        """
        self._commit()

    def collect_new_events(self) -> Iterator[Event]:
        """Yield the events that the loaded and added products have raised, each once."""
        for product in self.products.seen:
            while product.events:
                yield product.events.pop(0)

    @abc.abstractmethod
    def _commit(self) -> None:
        raise NotImplementedError

    @abc.abstractmethod
    def rollback(self) -> None:
        """Roll back uncommitted changes, including the events raised."""
        raise NotImplementedError
