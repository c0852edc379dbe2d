"""The relay: carries messages outside, after the commit, from the log."""

import itertools
import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from allocation.messaging.bus import AbstractMessageBus
from allocation.messaging.clock_skew import AT_ONCE, Watch
from allocation.messaging.envelope import Clock
from allocation.messaging.errors import DeliverySkipped, HandlerExited
from allocation.messaging.group import INTERRUPTIONS
from allocation.messaging.log import Entry, Status, current_entry
from allocation.messaging.ports import Store
from allocation.messaging.retry import Backoff, RetryPolicy

logger = logging.getLogger(__name__)


class OutboxRelay:
    """Runs the handlers whose effects no transaction can take back.

    At least once: an entry is claimed for the length of the `lease`, so that nobody
    else carries it at the same time; if the process dies with it in hand, it is carried
    again when the lease is over. A failure is tried again, later and later.
    """

    def __init__(
        self,
        store: Store,
        bus: AbstractMessageBus,
        *,
        clock: Clock,
        backoff: Backoff | None = None,
        lease: timedelta = timedelta(minutes=2),
        retries: RetryPolicy | None = None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._lease = lease
        self._retries = retries or RetryPolicy()
        self._watch = Watch()

    def run(self, most: int | None = None) -> int:
        """Carry outside what is due, or the first `most`, until one fails; how many got there."""
        self.put_right()
        count = 0
        for _ in itertools.count() if most is None else range(most):
            if (claimed := self.claim()) is None:
                break
            delivery = self.deliver(claimed)
            self.settle(delivery)
            if delivery.outcome.status is not Status.HANDLED:
                break
            count += delivery.outcome.error is None
        return count

    def due(self) -> Collection[Status]:
        """Which unfinished work is due: OUTGOING, which is ours, and PENDING, the processor's.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        return self._store.due(self._clock())

    def put_right(self) -> None:
        """See to what a clock that was ahead has put off, OUTGOING and PENDING.

        At most once a minute: a command when it begins to carry, a server as one of its chores.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        if self._watch.is_time(self._clock()):
            self._retries.unless_unavailable(self._put_right)

    def claim(self) -> Entry | None:
        """Take the first entry that is due in hand, in the order of the log.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        return self._retries.unless_unavailable(self._claim)

    def deliver(self, entry: Entry) -> "Delivery":
        """Run the handlers, in no transaction; what became of the entry.

        Raises:
            HandlerExited: one raised what ends a process; the entry is carried again.
        """
        token = current_entry.set(entry)
        try:
            self._bus.handle(entry.envelope.message, _NoUnitOfWork())
        except DeliverySkipped as why:
            return Delivery(entry, entry.skipped(why))
        except Exception as error:
            failed = entry.failed(error, self._clock(), self._backoff)
            _tell(failed)
            return Delivery(entry, failed)
        except INTERRUPTIONS:
            raise
        except BaseException as error:
            raise HandlerExited(entry.envelope.id, error) from error
        finally:
            current_entry.reset(token)
        return Delivery(entry, entry.done())

    def settle(self, delivery: "Delivery") -> None:
        """Write down what became of an entry.

        That it failed does not count when the lease is over and somebody else has claimed it.

        Raises:
            StoreUnavailable: the database cannot be reached or written; the entry is
                carried again when the lease is over.
        """
        self._retries.until_done(lambda: self._record_outcome(delivery))

    def _put_right(self) -> None:
        with self._store.begin() as transaction:
            now = self._clock()
            for entry in (right := self._watch.put_right(transaction.ahead(AT_ONCE, now), now)):
                transaction.write(entry)
            if right:
                transaction.commit()

    def _claim(self) -> Entry | None:
        with self._store.begin() as transaction:
            now = self._clock()
            for entry in transaction.outgoing(1, now):
                claimed = entry._replace(due=now + self._lease)
                transaction.write(claimed)
                transaction.commit()
                return claimed
        return None

    def _record_outcome(self, delivery: "Delivery") -> None:
        id = delivery.claim.envelope.id
        with self._store.begin() as transaction:
            on_record = transaction.find([id]).get(id)
            if on_record is not None and delivery.counts(on_record):
                transaction.write(delivery.outcome)
                transaction.commit()


class Delivery(NamedTuple):
    """An entry as it was claimed, and what became of it."""

    claim: Entry
    outcome: Entry

    def counts(self, on_record: Entry) -> bool:
        """Whether the outcome is still to be written down."""
        is_ours = (on_record.due, on_record.attempts) == (self.claim.due, self.claim.attempts)
        return on_record.status is Status.OUTGOING and (
            is_ours or self.outcome.status is Status.HANDLED
        )


def _tell(failed: Entry) -> None:
    what = "given up, a dead letter now" if failed.due is None else f"tried again at {failed.due}"
    told = failed.envelope.message, failed.envelope.id, failed.attempts, what, failed.error
    logger.warning(
        "%s (%s) could not be carried outside, attempt %d, %s: %s",
        *told,
        extra={"cause": failed.error},
    )


class _NoUnitOfWork:
    """What a handler outside the database is given: it has no state to change."""

    def collect_new_events(self) -> Sequence[Any]:
        return ()
