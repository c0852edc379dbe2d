"""Ordering: which messages have to wait for pending follow-ups with the same ordering keys."""

from collections.abc import Collection, Iterable, Sequence, Set
from datetime import datetime

from allocation.messaging.envelope import Envelope
from allocation.messaging.log import Entry
from allocation.messaging.ports import Transaction


class OrderingBarrier:
    """The ordering keys that pending follow-ups block, as one group finds them.

    The log is asked, in the group's own transaction and after the state has been locked, so the
    answer holds between servers and after a crash. A server keeps in memory only the callers
    whose requests it has deferred; the keys of these requests, `deferred`, are blocked, too.
    """

    def __init__(
        self, transaction: Transaction, now: datetime, deferred: Collection[str] = ()
    ) -> None:
        self._transaction = transaction
        self._now = now
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

    def take_backlog(self, limit: int, besides: Collection[str]) -> Sequence[Entry]:
        """The first pending follow-ups; none while another server handles the backlog."""
        backlog = self._transaction.pending(limit, self._now, besides)
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
        """A follow-up stays pending: messages that share a key with it have to wait for it."""
        self.blocked_keys.update(self.keys_of(envelope))

    def defers(self, envelope: Envelope) -> Collection[str]:
        """Defer a request, if it has to wait: its keys, which are blocked from now on; or none."""
        if not (self.blocked_keys or self._deferred_keys):
            return ()
        keys = self.keys_of(envelope)
        if self.blocked_keys.isdisjoint(keys) and self._deferred_keys.isdisjoint(keys):
            return ()
        self._deferred_keys.update(keys)
        return keys

    def note_incomplete(self, ids: Collection[str]) -> set[str]:
        """Note which of these messages had follow-ups pending before this group."""
        incomplete = self._transaction.incomplete(ids, self._now) if ids else set()
        self.incomplete |= incomplete
        return incomplete

    def keys_of(self, envelope: Envelope) -> Set[str]:
        """The ordering keys of a message."""
        return self._transaction.ordering_keys(envelope.message)
