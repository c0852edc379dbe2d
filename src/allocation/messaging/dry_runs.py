"""Dry runs: incoming messages are handled as usual, and nothing of it is stored."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple

from allocation.messaging.dry_run_group import MOST_ALIKE, DryRunGroup
from allocation.messaging.errors import Locked
from allocation.messaging.group import ProcessorConfig
from allocation.messaging.log import Answer, Envelope
from allocation.messaging.ordering import HeldKeys, OrderingBarrier
from allocation.messaging.ports import Store, Transaction
from allocation.messaging.sync_bridge import sleep

MOST: Final = MOST_ALIKE
"""The maximum number of incoming messages of a dry run."""


class DryAnswer(NamedTuple):
    """What an incoming message would come to.

    Attributes:
        answer: the answer that the message would get; None if the dry run did not reach it.
        facts: the facts that its chain would record, in log order.
        complete: whether all of its follow-ups were handled; if not, `facts` are the first ones.
        recorded: the recorded answer, if the message was handled before, and not in this dry run.
    """

    answer: Answer | None = None
    facts: Sequence[object] = ()
    complete: bool = False
    recorded: Answer | None = None


class DryRuns:
    """Makes dry runs, each on a snapshot of the database.

    A dry run takes no lock, and leaves no cached state. It takes effect after the
    follow-ups that are pending, as the messages themselves would.
    """

    def __init__(self, store: Store, config: ProcessorConfig, held: HeldKeys) -> None:
        self._store = store
        self._config = config
        self._held = held

    def attempt(
        self, envelopes: Sequence[Envelope], deferred: Collection[str] = ()
    ) -> list[DryAnswer] | None:
        """Handle messages in order, each seeing the effects of the earlier ones.

        None if one of them has to wait: it shares an ordering key with pending follow-ups or with
        `deferred`, or it repeats a message whose follow-ups are pending.

        Raises:
            Locked: such follow-ups cannot be handled now.
            StoreUnavailable: the database cannot be reached.
            HandlerExited: a handler raised SystemExit or the like.
        """
        # An outage is not waited for: nothing is lost if the caller asks again.
        attempt = partial(self._attempt, envelopes, deferred)
        return self._config.retries.unless_unavailable(attempt)

    def _attempt(
        self, envelopes: Sequence[Envelope], deferred: Collection[str]
    ) -> list[DryAnswer] | None:
        first, rest = envelopes[:MOST], envelopes[MOST:]
        with self._store.snapshot() as transaction:
            now = self._config.clock()
            barrier = OrderingBarrier(transaction, now, deferred=deferred)
            self._prefetch(transaction, first)
            if self._has_to_wait(transaction, barrier, first):
                return None
            group = DryRunGroup(transaction, self._config, barrier, now)
            answers = group.handle_incoming(first, in_order=True)
        return [*(_dry(answer, group) for answer in answers), *(DryAnswer() for _ in rest)]

    def _prefetch(self, transaction: Transaction, envelopes: Sequence[Envelope]) -> None:
        """Read what the messages need, before any of them is handled."""
        size = self._config.max_group_size
        for start in range(0, len(envelopes), size):
            if start:
                sleep(0)  # let other tasks run
            transaction.prefetch([e.message for e in envelopes[start : start + size]])

    def _has_to_wait(
        self, transaction: Transaction, barrier: OrderingBarrier, envelopes: Iterable[Envelope]
    ) -> bool:
        barrier.look_up(envelopes)
        blocked = {key for envelope in envelopes for key in barrier.defers(envelope)}
        if not self._held.keys.isdisjoint(blocked):
            raise Locked()
        return bool(blocked) or (
            transaction.has_pending() and bool(barrier.note_incomplete({e.id for e in envelopes}))
        )


def _dry(answer: Answer | None, group: DryRunGroup) -> DryAnswer:
    if answer is None:
        return DryAnswer()
    if answer.repeated and answer.id not in group.handled:
        return DryAnswer(answer, complete=True, recorded=answer)
    return DryAnswer(answer, group.facts[answer.id], answer.id not in group.unfinished)
