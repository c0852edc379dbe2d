"""The unit of work: what a handler changes is kept as a whole, or not at all."""

import abc
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from allocation.domain.events import Event
from allocation.service_layer.ports import Products


class AbstractUnitOfWork(abc.ABC):
    """`with uow: … uow.commit()`; leaving without a commit takes everything back.

    Every implementation passes tests/contract.
    """

    products: Products

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
        """Keep the changes.

        Raises:
            Conflict: somebody else changed the same product meanwhile.
            StoreUnavailable: it cannot be written, or whether it was is not known.
        """
        self._commit()

    def collect_new_events(self) -> Iterator[Event]:
        """Give what the products that were seen have raised, each event once."""
        for product in self.products.seen:
            while product.events:
                yield product.events.pop(0)

    @abc.abstractmethod
    def _commit(self) -> None:
        raise NotImplementedError

    @abc.abstractmethod
    def rollback(self) -> None:
        """Take back what has not been committed, the events with it."""
        raise NotImplementedError
