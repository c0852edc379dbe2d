"""Ordering: which messages are deferred or refused because of their ordering keys."""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from datetime import datetime
from typing import Final, NamedTuple

from allocation.messaging.log import Entry, Envelope
from allocation.messaging.ports import LockedKey, Transaction

logger = logging.getLogger(__name__)

PROBE_INTERVAL: Final = 1.0
"""Seconds between checks whether held keys are free again."""

RECHECK_DELAY: Final = 0.2
"""The time between the two checks before a key is set aside, in seconds.

A key is held if the same transaction keeps it locked at both. On a busy product there is a lock at
nearly any moment, each by another transaction.
"""


class HeldKeys:
    """Ordering keys whose state another transaction keeps locked for long.

    They are set aside, so that messages without them can be handled, until a check finds that the
    transaction no longer holds them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._probed = 0.0
        self._locks: Set[LockedKey] = frozenset()
        self.keys: Set[str] = frozenset()
        """The held keys: their state is not locked, and their messages are not handled."""

    @property
    def is_probe_due(self) -> bool:
        """Whether it is time to check the locks again."""
        return bool(self.keys) and self._clock() - self._probed >= PROBE_INTERVAL

    def set_aside(self, locks: Set[LockedKey]) -> None:
        """Add keys that another transaction holds."""
        logger.error(
            "another transaction keeps %s locked: its messages are refused until it is free",
            ", ".join(sorted({key for key, _ in locks})),
        )
        self._replace(self._locks | locks)

    def probed(self, locks: Set[LockedKey]) -> None:
        """Remove the held keys except those that the same transaction still keeps locked."""
        before = self.keys
        self._replace(self._locks & locks)
        if free := before - self.keys:
            logger.warning("%s is no longer locked by another transaction", ", ".join(sorted(free)))

    def _replace(self, locks: Set[LockedKey]) -> None:
        self._locks, self._probed = locks, self._clock()
        self.keys = frozenset(key for key, _ in locks)


class BacklogTurn(NamedTuple):
    """The share that a group has in the backlog of the log: its pending follow-ups.

    One server at a time has its turn. A group without a quota leaves the backlog alone.

    Attributes:
        quota: the number of pending follow-ups that the group may handle.
        entries: the first pending follow-ups, without held keys.
        is_ours: whether no other server has its turn.
        is_held_up: whether there are also pending follow-ups with held keys.
    """

    quota: int = 0
    entries: Sequence[Entry] = ()
    is_ours: bool = True
    is_held_up: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether the next group has to look for more."""
        # If there are held ones, it finds out whether they are the only ones.
        return bool(self.entries) and (self.is_held_up or len(self.entries) == self.quota)


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
        self.held: Final = held
        self.refused_keys = set(held)
        """The held keys, and the other keys of refused messages."""
        self._deferred = deferred
        self._deferred_keys = set(deferred)
        self.blocked_keys: set[str] = set()
        """The keys of follow-ups that are still pending after this group."""
        self.incomplete: set[str] = set()
        """The ids of the incoming messages whose chains have such follow-ups."""

    def take_backlog(self, quota: int) -> BacklogTurn:
        """Take the first pending follow-ups, unless it is another server's turn."""
        entries = self._transaction.pending(quota, self._now, self.held)
        if entries is None:
            return BacklogTurn(quota, is_ours=False)
        is_held_up = bool(self.held and self._transaction.blocked(self.held, self._now))
        return BacklogTurn(quota, entries, is_held_up=is_held_up)

    def look_up(self, envelopes: Iterable[Envelope]) -> None:
        """Ask the log which keys of these messages and of deferred requests are blocked.

        Their state has to be locked, so that no other server commits follow-ups with these keys.
        """
        if not self._transaction.has_pending():  # as nearly always
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
