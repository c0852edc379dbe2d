"""Ordering: which messages have to wait until the follow-ups of others are done."""

from collections.abc import Collection, Iterable, Sequence, Set
from datetime import datetime

from allocation.messaging.envelope import Envelope
from allocation.messaging.log import Entry
from allocation.messaging.ports import Transaction


class OrderingBarrier:
    """The ordering keys that unfinished follow-ups block, as one group finds them.

    The log is asked, in the group's own transaction and after the state has been locked. So the
    answer is the same in every server, and after every crash. A server keeps in memory only the
    callers whose requests it has deferred; their keys are `deferred`, and block, too.
    """

    def __init__(
        self, transaction: Transaction, now: datetime, deferred: Collection[str] = ()
    ) -> None:
        self._transaction = transaction
        self._now = now
        self._deferred = deferred
        self._behind = set(deferred)  # a key that a deferred request has
        self.blocked_keys: set[str] = set()
        """The keys of follow-ups that stay in the log after this group."""
        self.incomplete: set[str] = set()
        """The messages from outside, by their ids, that such follow-ups belong to."""
        self.backlog_known = False
        """Whether the log has no other pending follow-ups than those that this group knows of."""
        self.is_our_turn = True
        """Whether this group may handle the backlog: of all servers one does at a time."""

    def take_backlog(self, limit: int, besides: Collection[str]) -> Sequence[Entry]:
        """The first pending follow-ups; none while another server has the backlog in hand."""
        backlog = self._transaction.pending(limit, self._now, besides)
        self.is_our_turn = backlog is not None
        return backlog or ()

    def ask(self, envelopes: Iterable[Envelope]) -> None:
        """Ask the log which keys of these messages, and of the deferred ones, are blocked."""
        if self.backlog_known:
            return
        if not self._transaction.has_pending():  # as nearly always
            self.backlog_known = True
            return
        keys = {key for envelope in envelopes for key in self.keys_of(envelope)}
        keys.update(self._deferred)
        self.blocked_keys |= self._transaction.blocked(keys, self._now)

    def block(self, envelope: Envelope) -> None:
        """A follow-up stays in the log: nothing that shares a key with it is handled before."""
        self.blocked_keys.update(self.keys_of(envelope))

    def defers(self, envelope: Envelope) -> Collection[str]:
        """The keys of a request that has to wait, which then block, too; none if it need not."""
        if not (self.blocked_keys or self._behind):
            return ()
        keys = self.keys_of(envelope)
        if self.blocked_keys.isdisjoint(keys) and self._behind.isdisjoint(keys):
            return ()
        self._behind.update(keys)
        return keys

    def note_incomplete(self, ids: Collection[str]) -> set[str]:
        """Those of these messages whose follow-ups are not all done before this group."""
        incomplete = self._transaction.incomplete(ids, self._now) if ids else set()
        self.incomplete |= incomplete
        return incomplete

    def keys_of(self, envelope: Envelope) -> Set[str]:
        """The ordering keys of a message."""
        return self._transaction.ordering_keys(envelope.message)
