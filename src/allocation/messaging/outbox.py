"""The outbox: delivers messages from the log to outside destinations, after the commit."""

import logging
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

from allocation.messaging.clock_skew import DueTimes
from allocation.messaging.deliveries import Delivery, Destination, Destinations
from allocation.messaging.digests import awaiting_submission, digest_key, gather
from allocation.messaging.errors import DeliverySkipped, HandlerExited
from allocation.messaging.group import INTERRUPTIONS, STORE_ERRORS
from allocation.messaging.log import Clock, Entry, NewId, Status
from allocation.messaging.ports import Log, Store
from allocation.messaging.retry import Backoff, RetryPolicy
from allocation.messaging.status_facts import status_entry

logger = logging.getLogger(__name__)

BATCH: Final = 16
"""The maximum number of deliveries that are claimed in one transaction."""


class OutboxRelay:
    """Delivers the OUTGOING messages of the log to their destinations, at least once each.

    Deliveries are claimed in batches for the length of the `lease`, so that no other relay makes
    them at the same time. If the process dies, they are made again when the lease has expired. A
    failed delivery is retried after a growing delay (`backoff`). `retries` is the policy of the
    relay's own transactions, and `audiences` are those of the digests. With `new_id`, what became
    of a delivery is recorded as a fact in the log, too (see `status_facts`).

    Raises:
        RegistryError: a message type has two destinations, and the log supports only one.
    """

    def __init__(  # noqa: PLR0913 - every part that a test may replace
        self,
        store: Store,
        destinations: Sequence[Destination],
        *,
        clock: Clock,
        backoff: Backoff | None = None,
        lease: timedelta = timedelta(minutes=2),
        retries: RetryPolicy | None = None,
        audiences: Collection[str] = (),
        new_id: NewId | None = None,
    ) -> None:
        self._store = store
        self._destinations = Destinations(destinations)
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._lease = lease
        self._retries = retries or RetryPolicy()
        self._audiences = audiences
        self._new_id = new_id
        self._due_times = DueTimes(store, clock, self._retries)

    def run(self, limit: int | None = None) -> int:
        """Make the deliveries that are due, up to `limit` of them, until one fails.

        Returns:
            The number of deliveries that succeeded; skipped ones do not count.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
            HandlerExited: a handler raised SystemExit or the like.
        """
        self.repair_due_times()
        count, remaining = 0, limit
        while remaining is None or remaining > 0:
            with self._claimed(BATCH if remaining is None else min(BATCH, remaining)) as batch:
                if not batch:
                    break
                while batch and self.may_begin(batch[0]):
                    delivery = batch.popleft()
                    remaining = None if remaining is None else remaining - 1
                    outcome = self.deliver(delivery)
                    self.settle(delivery, outcome)
                    if outcome.status is not Status.HANDLED:
                        return count
                    count += outcome.error is None
        return count

    def due(self) -> Collection[Status]:
        """The statuses of the messages that are due.

        OUTGOING ones are the relay's work, PENDING ones the processor's.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        return self._store.due(self._clock())

    def repair_due_times(self) -> None:
        """Correct the due times that a clock running ahead has set, at most once a minute.

        Raises:
            Conflict: another writer was faster at every attempt.
            StoreUnavailable: the database cannot be reached or written.
        """
        self._due_times.repair()

    def end_submission(self, submission: str) -> None:
        """Let the digests of a submission be delivered: all of its messages are handled.

        Raises:
            Conflict: another writer was faster at every attempt.
            StoreUnavailable: the database cannot be reached or written.
        """
        keys = [digest_key(audience, submission) for audience in self._audiences]
        self._retries.unless_unavailable(lambda: self._make_due(keys))

    def claim(self, limit: int = BATCH) -> list[Delivery]:
        """Claim the deliveries with the earliest due times, at most one for each ordering key.

        Raises:
            Conflict: another writer was faster at every attempt.
            StoreUnavailable: the database cannot be reached or written.
        """
        claimed = None
        while claimed is None:
            claimed = self._retries.unless_unavailable(lambda: self._claim(limit))
        return claimed

    def may_begin(self, delivery: Delivery) -> bool:
        """Whether enough of the lease, half of it, remains for an attempt."""
        return delivery.lease is None or self._clock() <= delivery.lease - self._lease / 2

    def release(self, deliveries: Iterable[Delivery]) -> None:
        """Release deliveries that were not attempted, so that other relays can claim them.

        If the store cannot be written, they can be claimed when the lease has expired.
        """
        pairs = [(delivery, delivery.released()) for delivery in deliveries]
        with suppress(*STORE_ERRORS):
            self._retries.unless_unavailable(lambda: self._write(pairs))

    def deliver(self, delivery: Delivery) -> Delivery:
        """Call the destination's handler, outside any transaction.

        Returns:
            The delivery after the attempt: handled, due again later, or a dead letter.

        Raises:
            HandlerExited: the handler raised SystemExit or the like; the delivery is made again
                when the lease has expired.
        """
        try:
            self._destinations.deliver(delivery)
        except DeliverySkipped as reason:
            return delivery.skipped(reason)
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

        A failure is not recorded if the lease has expired and another relay has claimed the
        delivery.

        Raises:
            Conflict: another writer was faster at every attempt.
            StoreUnavailable: the database cannot be reached or written; the delivery is made
                again when the lease has expired.
        """
        self._retries.until_done(lambda: self._write([(claimed, outcome)]))

    @contextmanager
    def _claimed(self, limit: int) -> Iterator[deque[Delivery]]:
        """Claim a batch; on exit, release the deliveries that remain in it."""
        batch = deque(self.claim(limit))
        try:
            yield batch
        finally:
            if batch:
                self.release(batch)

    def _claim(self, limit: int) -> list[Delivery] | None:
        """Claim deliveries; None if all entries that are due were postponed instead."""
        with self._store.begin() as transaction:
            now = self._clock()
            gathered = gather(transaction, transaction.outgoing(limit, now), now)
            claimed = [
                self._destinations.delivery(entries).claimed(now + self._lease)
                for entries in gathered.deliverable
            ]
            _write_all(transaction, claimed)
            for entry in gathered.postponed:
                transaction.write(entry)
            if claimed or gathered.postponed:
                transaction.commit()
        return claimed if claimed or not gathered.postponed else None

    def _make_due(self, keys: Collection[str]) -> None:
        with self._store.begin() as transaction:
            now = self._clock()
            entries = awaiting_submission(transaction.digests(keys))
            for entry in entries:
                transaction.write(entry._replace(due=now))
            if entries:
                transaction.commit()

    def _write(self, pairs: Sequence[tuple[Delivery, Delivery]]) -> None:
        with self._store.begin() as transaction:
            entries = transaction.find([e.envelope.id for d, _ in pairs for e in d.entries()])
            outcomes = [
                outcome
                for claimed, outcome in pairs
                if _is_current(claimed, outcome, entries.get(claimed.envelope.id))
            ]
            _write_all(transaction, outcomes)
            self._record_status(transaction, outcomes)
            if outcomes:
                transaction.commit()

    def _record_status(self, log: Log, outcomes: Iterable[Delivery]) -> None:
        """Record what became of deliveries, as facts in the log."""
        if self._new_id is None:
            return
        now = self._clock()
        for entry in (entry for outcome in outcomes for entry in outcome.entries()):
            fact = status_entry(entry, new_id=self._new_id, now=now)
            if fact is not None:
                log.write(fact)


def _write_all(log: Log, deliveries: Iterable[Delivery]) -> None:
    for delivery in deliveries:
        for entry in delivery.entries():
            log.write(entry)


def _is_current(claimed: Delivery, outcome: Delivery, entry: Entry | None) -> bool:
    """Whether to record the outcome: no other relay has claimed or settled the entry."""
    if entry is None or entry.status is not Status.OUTGOING:
        return False
    is_ours = (entry.due, entry.attempts) == (claimed.lease, claimed.attempts)
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
