"""The group of a dry run: it notes what a group would write to the log, and writes nothing."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Final

from allocation.messaging.group import Group, ProcessorConfig
from allocation.messaging.log import Entry, Status
from allocation.messaging.ordering import OrderingBarrier
from allocation.messaging.ports import Transaction
from allocation.messaging.sync_bridge import sleep

MOST_ALIKE: Final = 10_000
"""The maximum number of messages of one type that a dry run handles, or records as facts."""

STEP: Final = 32
"""The number of messages after which other tasks of the event loop have a turn."""

_UNFINISHED: Final = Status.PENDING, Status.DEAD


class DryRunGroup(Group):
    """Handles messages with all of their follow-ups, however many groups these would fill.

    It is full once it has had `MOST_ALIKE` messages of one type.
    """

    def __init__(
        self,
        transaction: Transaction,
        config: ProcessorConfig,
        barrier: OrderingBarrier,
        now: datetime,
    ) -> None:
        super().__init__(transaction, config, barrier, now)
        self._write = self._note
        self._recorded = config.registry.recorded
        self._counts: Counter[type] = Counter()
        self._noted = 0
        self._is_full = False
        self.facts: defaultdict[str, list[object]] = defaultdict(list)
        """The facts that would be recorded, in log order, by the id of the incoming message."""
        self.handled: set[str] = set()
        """The ids of the incoming messages that were handled, or refused."""
        self.unfinished: set[str] = set()
        """The ids of those whose follow-ups were not all handled."""

    @property
    def full(self) -> bool:
        """Whether the group has had as many messages of one type as it may."""
        return self._is_full

    def _note(self, entry: Entry) -> None:
        """Note the entry of a message, in place of writing it."""
        envelope, kind = entry.envelope, type(entry.envelope.message)
        if envelope.causation_id is None:
            self.handled.add(envelope.id)
        elif kind in self._recorded:
            self.facts[envelope.correlation_id].append(envelope.message)
        elif entry.status in _UNFINISHED:
            self.unfinished.add(envelope.correlation_id)
        self._counts[kind] += 1
        self._is_full |= self._counts[kind] >= MOST_ALIKE
        self._noted += 1
        if self._noted % STEP == 0:
            sleep(0)
