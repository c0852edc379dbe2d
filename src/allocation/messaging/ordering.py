"""Ordering: which messages are deferred or refused because of their ordering keys."""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from datetime import datetime
from typing import Final

from allocation.messaging.log import Entry, Envelope
from allocation.messaging.ports import Transaction

logger = logging.getLogger(__name__)

PROBE_INTERVAL: Final = 1.0
"""Seconds between checks whether held keys are free again."""


class HeldKeys:
    """Ordering keys whose state another transaction keeps locked for long.

    They are set aside, so that messages without them can be handled.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._probed = 0.0
        self.keys: frozenset[str] = frozenset()
        """The held keys: their state is not locked, and their messages are not handled."""

    @property
    def is_probe_due(self) -> bool:
        """Whether it is time to check the locks again."""
        return bool(self.keys) and self._clock() - self._probed >= PROBE_INTERVAL

    def set_aside(self, keys: Collection[str]) -> None:
        """Add keys that another transaction holds."""
        logger.error(
            "another transaction keeps %s locked: its messages are refused until it is free",
            ", ".join(sorted(keys)),
        )
        self._replace(self.keys.union(keys))

    def probed(self, held: Collection[str]) -> None:
        """Keep only these of the held keys; the others are free."""
        if free := self.keys.difference(held):
            logger.warning("%s is no longer locked by another transaction", ", ".join(sorted(free)))
        self._replace(self.keys.intersection(held))

    def _replace(self, keys: frozenset[str]) -> None:
        self.keys, self._probed = keys, self._clock()


class OrderingBarrier:
    """Decides which incoming messages of a group are deferred or refused, by their ordering keys.

    The keys of pending follow-ups are *blocked*: an incoming message with one of them is deferred.
    They are read from the log in the group's own transaction, after the state has been locked, so
    that the order holds between servers and after a crash. A server keeps only its deferred
    requests in memory; their keys, `deferred`, are blocked, too.

    The keys in `held` are those whose state another transaction keeps locked: an incoming message
    with one of them is refused, and so is every later message that shares any key with it.
    """

    def __init__(
        self,
        transaction: Transaction,
        now: datetime,
        held: Collection[str] = (),
        deferred: Collection[str] = (),
    ) -> None:
        self._transaction = transaction
        self._now = now
        self._held = held
        self.refused_keys = set(held)
        """The held keys, and the other keys of refused messages."""
        self._deferred = deferred
        self._deferred_keys = set(deferred)
        self.blocked_keys: set[str] = set()
        """The keys of follow-ups that are still pending after this group."""
        self.incomplete: set[str] = set()
        """The ids of the incoming messages whose chains have such follow-ups."""
        self.backlog_known = False
        """Whether this group knows all pending follow-ups of the log."""
        self.is_our_turn = True
        """Whether this group may handle the backlog: one server at a time does."""

    def take_backlog(self, limit: int) -> Sequence[Entry]:
        """The first pending follow-ups, without held keys; none if it is another server's turn."""
        backlog = self._transaction.pending(limit, self._now, self._held)
        self.is_our_turn = backlog is not None
        return backlog or ()

    def look_up(self, envelopes: Iterable[Envelope]) -> None:
        """Ask the log which keys of these messages and of deferred requests are blocked."""
        if self.backlog_known:
            return
        if not self._transaction.has_pending():  # as nearly always
            self.backlog_known = True
            return
        keys = {key for envelope in envelopes for key in self.keys_of(envelope)}
        keys.update(self._deferred)
        self.blocked_keys |= self._transaction.blocked(keys, self._now)

    def block(self, envelope: Envelope) -> None:
        """Block the keys of a follow-up that stays pending."""
        self.blocked_keys.update(self.keys_of(envelope))

    def refuses(self, envelope: Envelope) -> bool:
        """Whether a message is refused; if so, refuse all of its keys from now on."""
        keys = self.keys_of(envelope)
        if self.refused_keys.isdisjoint(keys):
            return False
        self.refused_keys.update(keys)
        return True

    def defers(self, envelope: Envelope) -> Collection[str]:
        """If a message is deferred, block its keys and return them; otherwise return nothing."""
        if not (self.blocked_keys or self._deferred_keys):
            return ()
        keys = self.keys_of(envelope)
        if self.blocked_keys.isdisjoint(keys) and self._deferred_keys.isdisjoint(keys):
            return ()
        self._deferred_keys.update(keys)
        return keys

    def note_incomplete(self, ids: Collection[str]) -> set[str]:
        """Note which of these messages had follow-ups pending before this group."""
        incomplete = self._transaction.incomplete(ids, self._now)
        self.incomplete |= incomplete
        return incomplete

    def keys_of(self, envelope: Envelope) -> Set[str]:
        """The ordering keys of a message."""
        return self._transaction.ordering_keys(envelope.message)
