"""The daily job that reports overdue shipments."""

from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from typing import Final

from allocation.domain.events import SupplyOverdue
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.processor import Processor
from allocation.views.overdue import OverdueViews

LONGEST_READABLE: Final = 200
"""The number of characters of a reference that fit into the id of a message."""


class OverdueShipments:
    """Sends `SupplyOverdue` for each shipment that should have arrived, once.

    The id of the message contains the batch and its date, so that other processes, and later days,
    find it in the log. A shipment that is due on another day then, and late again, is reported
    again.
    """

    def __init__(
        self,
        views: OverdueViews,
        processor: Processor,
        relay: OutboxRelay,
        today: Callable[[], date],
        sender: str,
    ) -> None:
        """`sender` is recorded with each report, unless another one is given."""
        self._views = views
        self._processor = processor
        self._relay = relay
        self._today = today
        self._sender = sender
        self._reported_on: date | None = None

    def report_once_a_day(self) -> Iterator[int]:
        """Report overdue shipments in small groups, unless this process has done so today."""
        today = self._today()
        if self._reported_on != today:
            yield from self.report()
            self._reported_on = today

    def report(self, sender: str | None = None) -> Iterator[int]:
        """Report overdue shipments in small groups; `sender` is recorded with each message.

        Yields:
            The number of shipments of a group.

        Raises:
            Exception: a message could not be handled.
        """
        today = self._today()
        submission, sender = f"overdue:{today}", sender or self._sender
        for page in self._views.pages(today):
            envelopes = [
                self._processor.envelope(SupplyOverdue(ref, eta), _id(ref, eta), submission, sender)
                for ref, eta in page
            ]
            for answer in self._processor.process(envelopes):
                if answer.error is not None:
                    raise answer.error
            yield len(page)
        self._relay.end_submission(submission)


def _id(ref: str, eta: date) -> str:
    """The id of the message; that of a very long reference contains its hash."""
    name = ref if len(ref) <= LONGEST_READABLE else sha256(ref.encode()).hexdigest()
    return f"overdue:{name}:{eta}"
