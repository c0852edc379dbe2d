"""The port to the stored order lines of one product."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Final, Protocol

from allocation.domain.order_line import Parts

LargestRoom = Callable[[], int]
"""Returns the current quantity above which no line fits."""


NO_DATES: Final[Mapping[str, date | None]] = {}


class StoredLines(Protocol):
    """Reads the lines of one product on demand, only as far as needed.

    Parts are sorted by the standard policies, whatever policies the product has.
    """

    def find(self, orderid: str) -> Parts:
        """The parts of all lines of this order for the product."""

    def newest_on(self, batchref: str) -> Iterator[Parts]:
        """The lines with a part allocated to a batch, the newest allocation first."""

    def oldest_on(self, batchref: str, after: int = 0) -> Iterator[Parts]:
        """The lines with a part allocated to a batch, the oldest allocation first.

        Only those whose part there has an allocation number above `after`.
        """

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Parts]:
        """The lines with a waiting part behind a position, the lowest position first.

        Those whose part needs more room than `largest()` may be left out.
        """

    def late(
        self,
        today: date,
        largest: int,
        after: int = 0,
        rescheduled: Mapping[str, date | None] = NO_DATES,
    ) -> Iterator[Parts]:
        """The lines with a late part behind a position, the lowest position first.

        Those whose part needs more room than `largest` are left out. `rescheduled` has the current
        dates of batches whose stored dates are out of date. Lines without a late part may be
        included.
        """

    def unreported(self, after: int = 0) -> Iterator[Parts]:
        """The lines with an open part of which something is to be told, from a position on."""


class NothingStored:
    """The stored lines of a product that is not stored: none."""

    def find(self, orderid: str) -> Parts:  # noqa: ARG002 - the port's signature
        """Return no parts."""
        return ()

    def newest_on(self, batchref: str) -> Iterator[Parts]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())

    def oldest_on(self, batchref: str, after: int = 0) -> Iterator[Parts]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Parts]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())

    def late(
        self,
        today: date,  # noqa: ARG002
        largest: int,  # noqa: ARG002
        after: int = 0,  # noqa: ARG002
        rescheduled: Mapping[str, date | None] = NO_DATES,  # noqa: ARG002
    ) -> Iterator[Parts]:
        """Yield nothing."""
        return iter(())

    def unreported(self, after: int = 0) -> Iterator[Parts]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())
