"""What there is to be audited."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from allocation.adapters.memory.session import Memory
from allocation.messaging.log import Entry, Status
from tests.simulation.workload import Operation


@dataclass(frozen=True)
class Records:
    """What is there in the end."""

    memory: Memory
    operations: Sequence[Operation]
    mails: Sequence[tuple[str, str]]

    @cached_property
    def entries(self) -> list[Entry]:
        """The log."""
        return list(self.memory.entries.values())

    def of(self, kind: type) -> Iterator[Entry]:
        """The messages of this kind that have been handled, in the order of the log."""
        for entry in self.entries:
            if type(entry.envelope.message) is kind and entry.status is Status.HANDLED:
                yield entry


def taken_off(change: Entry) -> list[str]:
    """The orders whose lines a change of a quantity has taken off the batch."""
    orders = change.results[0]
    assert isinstance(orders, list)
    return orders
