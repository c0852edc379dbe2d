"""The outbox: messages for destinations outside are delivered from the log, after the commit."""

import logging
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

from allocation.messaging.clock_skew import AT_ONCE, Watch
from allocation.messaging.deliveries import Delivery, Destination
from allocation.messaging.errors import DeliverySkipped, HandlerExited, RegistryError
from allocation.messaging.group import INTERRUPTIONS, STORE_TROUBLE
from allocation.messaging.log import Clock, Entry, Status
from allocation.messaging.ports import Store
from allocation.messaging.retry import Backoff, RetryPolicy

logger = logging.getLogger(__name__)

BATCH: Final = 16
"""Deliveries that are claimed in one transaction."""


class OutboxRelay:
    """Makes the deliveries that are due, whose effects no transaction can take back.

    At least once: deliveries are claimed in batches for the length of the `lease`, so that no
    other relay makes them at the same time. If the process dies meanwhile, they are made again
    when the lease is over. A delivery that fails is tried again, later and later.

    Raises:
        RegistryError: a message type has two destinations, and the log has room for one.
    """

    def __init__(
        self,
        store: Store,
        destinations: Sequence[Destination],
        *,
        clock: Clock,
        backoff: Backoff | None = None,
        lease: timedelta = timedelta(minutes=2),
        retries: RetryPolicy | None = None,
    ) -> None:
        self._store = store
        self._destinations = _by_type(destinations)
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._lease = lease
        self._retries = retries or RetryPolicy()
        self._watch = Watch()

    def run(self, limit: int | None = None) -> int:
        """Make the deliveries that are due, or the first `limit`, until one fails.

        Returns:
            How many were made. One that was skipped does not count.
        """
        self.put_right()
        count, left = 0, limit
        while left is None or left > 0:
            with self._claimed(BATCH if left is None else min(BATCH, left)) as batch:
                if not batch:
                    break
                while batch and self.may_begin(batch[0]):
                    delivery = batch.popleft()
                    left = None if left is None else left - 1
                    outcome = self.deliver(delivery)
                    self.settle(delivery, outcome)
                    if outcome.status is not Status.HANDLED:
                        return count
                    count += outcome.error is None
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

    def claim(self, limit: int = BATCH) -> list[Delivery]:
        """Claim the deliveries that are due first, at most one for each ordering key.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        return self._retries.unless_unavailable(lambda: self._claim(limit))

    def may_begin(self, delivery: Delivery) -> bool:
        """Whether half of the lease is left, so that the attempt can end within it."""
        return delivery.lease is None or self._clock() <= delivery.lease - self._lease / 2

    def release(self, deliveries: Iterable[Delivery]) -> None:
        """Let others claim these deliveries, of which no attempt was made.

        Where the store cannot be written, they can be claimed when the lease is over.
        """
        pairs = [(delivery, delivery.released()) for delivery in deliveries]
        with suppress(*STORE_TROUBLE):
            self._retries.unless_unavailable(lambda: self._write(pairs))

    def deliver(self, delivery: Delivery) -> Delivery:
        """Call the destination's handler, in no transaction; the delivery after the attempt.

        Raises:
            HandlerExited: the handler raised what ends a process; the delivery is made again.
        """
        message = delivery.envelope.message
        try:
            self._destinations[type(message)].handlers[type(message)](message, delivery)
        except DeliverySkipped as why:
            return delivery.skipped(why)
        except Exception as error:
            failed = delivery.failed(error, self._clock(), self._backoff)
            _log_failure(failed)
            return failed
        except INTERRUPTIONS:
            raise
        except BaseException as error:
            raise HandlerExited(delivery.id, error) from error
        return delivery.delivered()

    def settle(self, claimed: Delivery, outcome: Delivery) -> None:
        """Record the outcome of an attempt.

        A failure is not recorded when the lease is over and another relay has claimed the
        delivery.

        Raises:
            StoreUnavailable: the database cannot be reached or written; the delivery is made
                again when the lease is over.
        """
        self._retries.until_done(lambda: self._write([(claimed, outcome)]))

    @contextmanager
    def _claimed(self, limit: int) -> Iterator[deque[Delivery]]:
        """A batch; the deliveries that are still in it at the end are released."""
        batch = deque(self.claim(limit))
        try:
            yield batch
        finally:
            if batch:
                self.release(batch)

    def _put_right(self) -> None:
        with self._store.begin() as transaction:
            now = self._clock()
            for entry in (right := self._watch.put_right(transaction.ahead(AT_ONCE, now), now)):
                transaction.write(entry)
            if right:
                transaction.commit()

    def _claim(self, limit: int) -> list[Delivery]:
        with self._store.begin() as transaction:
            now = self._clock()
            claimed = [
                self._delivery(entry).claimed(now + self._lease)
                for entry in transaction.outgoing(limit, now)
            ]
            for delivery in claimed:
                transaction.write(delivery.entry())
            if claimed:
                transaction.commit()
        return claimed

    def _delivery(self, entry: Entry) -> Delivery:
        destination = self._destinations.get(type(entry.envelope.message))
        return Delivery.of(entry, "" if destination is None else destination.name)

    def _write(self, pairs: Sequence[tuple[Delivery, Delivery]]) -> None:
        with self._store.begin() as transaction:
            on_record = transaction.find([claimed.id for claimed, _ in pairs])
            outcomes = [
                outcome
                for claimed, outcome in pairs
                if _counts(claimed, outcome, on_record.get(claimed.id))
            ]
            for outcome in outcomes:
                transaction.write(outcome.entry())
            if outcomes:
                transaction.commit()


def _by_type(destinations: Sequence[Destination]) -> Mapping[type, Destination]:
    by_type: dict[type, Destination] = {}
    for destination in destinations:
        for kind in destination.handlers:
            if kind in by_type:
                raise RegistryError(
                    f"{kind.__name__} goes to {by_type[kind].name} and to {destination.name}: "
                    "the log has room for one destination of a message"
                )
            by_type[kind] = destination
    return by_type


def _counts(claimed: Delivery, outcome: Delivery, on_record: Entry | None) -> bool:
    """Whether the outcome is still to be written."""
    if on_record is None or on_record.status is not Status.OUTGOING:
        return False
    is_ours = (on_record.due, on_record.attempts) == (claimed.lease, claimed.attempts)
    return is_ours or outcome.status is Status.HANDLED


def _log_failure(failed: Delivery) -> None:
    is_dead = failed.due is None
    what = "given up, a dead letter now" if is_dead else f"tried again at {failed.due}"
    logger.warning(
        "%s (%s) could not be delivered to %s, attempt %d, %s: %s",
        failed.envelope.message,
        failed.id,
        failed.destination,
        failed.attempts,
        what,
        failed.error,
        extra={"cause": failed.error},
    )
