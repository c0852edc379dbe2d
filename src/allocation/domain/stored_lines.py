"""The port to the stored order lines of one product."""

from collections.abc import Callable, Iterator
from typing import Protocol

from allocation.domain.order_line import Allocation

LargestRoom = Callable[[], int]
"""Returns the current quantity above which no line fits."""


class StoredLines(Protocol):
    """Reads the lines of one product on demand, only as far as needed.

    The lines are sorted by the standard policies, whatever policies the product has.
    """

    def find(self, orderid: str) -> Allocation | None:
        """The line of this order, if there is one."""

    def newest_on(self, batchref: str) -> Iterator[Allocation]:
        """The lines allocated to a batch, the newest allocation first."""

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Allocation]:
        """The waiting lines behind a position, the lowest position first.

        Lines larger than `largest()` may be left out.
        """


class NothingStored:
    """The stored lines of a product that is not stored: none."""

    def find(self, orderid: str) -> Allocation | None:  # noqa: ARG002 - the port's signature
        """Return None."""
        return None

    def newest_on(self, batchref: str) -> Iterator[Allocation]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Allocation]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())
