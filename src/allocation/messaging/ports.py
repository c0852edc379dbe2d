"""The ports that a store implements. Every implementation passes tests/contract."""

from collections.abc import Collection, Iterable, Sequence, Set
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from allocation.messaging.log import Entry, Status

LockedKey = tuple[str, object]
"""An ordering key, and the id of the transaction that keeps its state locked.

None stands for a transaction that waits for a lock itself, as that of another server may.
"""


class Unit(Protocol):
    """The unit of work of one message in a group; the bus passes it to the handlers.

    Messages that the handlers raise are collected in `raised` instead of being returned to the
    bus: they go to the log, and are handled from there, each in its own unit.
    """

    @property
    def raised(self) -> Sequence[object]:
        """The messages that the handlers have raised, in order."""

    def collect_new_events(self) -> Iterable[Any]:
        """Move raised messages to `raised`, and return none to the bus."""

    def release(self) -> bool:
        """Merge the committed changes into the group, like releasing a savepoint.

        Returns:
            Whether there were any changes.
        """

    def undo(self) -> None:
        """Undo the handlers' changes, like rolling back to a savepoint."""


class GroupState(Protocol):
    """The state of a domain, as the messages of one group use it."""

    def unit(self, now: datetime) -> Unit:
        """Return a unit of work that sees the group's changes so far; only one may be open.

        `now` is the time at which the group began, the same for all of its messages.
        """

    def prefetch(self, messages: Iterable[object], excluding: Collection[str] = ()) -> None:
        """Read and lock together the state that these messages need.

        State with an ordering key in `excluding` is not locked: its messages will not be handled.

        Raises:
            Locked: another transaction has kept some of the state locked for too long.
        """

    def held(self, keys: Collection[str]) -> set[LockedKey]:
        """The ordering keys whose state other transactions keep locked now, without waiting.

        The state of the other keys may stay locked until this transaction ends. If the held state
        has further ordering keys, they are returned, too.
        """

    def ordering_keys(self, message: object) -> Set[str]:
        """The ordering keys of a message: messages that share a key take effect in log order.

        The message may have to be prefetched first.
        """


class DomainState(GroupState, Protocol):
    """The state of a domain, as one transaction sees it.

    A store commits it together with the message log. docs/another-domain.md shows how to
    implement it for another domain.
    """

    def ordering_key(self, message: object) -> str | None:
        """The ordering key that the log stores with the message, or None.

        A PENDING follow-up blocks the messages with this key, and deliveries of messages with
        the same key stay in order.
        """

    def flush(self) -> None:
        """Write the changes that the units released, before the log is written.

        Raises:
            Conflict: another transaction has changed the same state meanwhile.
        """

    def committed(self) -> None:
        """Called after the flushed changes have been committed."""


class Log(Protocol):
    """The message log, as one transaction sees it."""

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries with these ids, whether stored before or written in this transaction."""

    def pending(
        self, limit: int, now: datetime, excluding: Collection[str] = ()
    ) -> list[Entry] | None:
        """The first PENDING entries that are due (`Entry.is_due`), in log order.

        Only one transaction at a time gets PENDING entries; None means that another one has some
        now. Entries with an ordering key in `excluding` are left out.
        """

    def has_pending(self) -> bool:
        """Whether any PENDING entries are stored, due or not."""

    def blocked(self, keys: Collection[str], now: datetime) -> set[str]:
        """The subset of these ordering keys that belong to stored PENDING entries that are due.

        Entries that `pending` has returned to this transaction do not count.
        """

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        """The subset of these chains with stored PENDING entries that are due."""

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        """The OUTGOING entries that are due, earliest due time first.

        A failed message is therefore retried after messages that have not been tried yet. Of
        the messages with the same ordering key, only the first is returned while it is
        OUTGOING, so that they stay in order. The entries are locked: no other transaction gets
        them while this one is open.
        """

    def digests(self, keys: Collection[str]) -> list[Entry]:
        """The OUTGOING `Digest` entries with these ordering keys, due or not, in log order.

        The entries are locked, and wait for no other lock: those locked elsewhere are left out.
        """

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        """Unfinished entries due later than the longest delay from now, `limit` per status.

        Entries that other transactions have locked are left out.
        """

    def dead(self, limit: int) -> list[Entry]:
        """The first DEAD entries, in log order."""

    def write(self, entry: Entry) -> None:
        """Add the entry, or replace the entry with the same id."""


class Transaction(GroupState, Log, Protocol):
    """The transaction of one group: all of its messages are committed together, or none."""

    def commit(self) -> None:
        """Commit durably.

        Raises:
            Conflict: another writer has changed rows that this transaction has read.
            StoreUnavailable: the commit failed, or its outcome is unknown.
        """


class Store(Protocol):
    """Stores the state and the log in one database."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """Open a transaction; leaving the context without a commit rolls it back.

        Raises:
            NestedTransaction: the caller, such as a handler, has a transaction open already.
            StoreUnavailable: the database cannot be reached.
        """

    def snapshot(self) -> AbstractContextManager[Transaction]:
        """Open a transaction for a dry run, which is never committed.

        It sees one state of the database, and takes no lock that others would wait for. `pending`,
        `outgoing` and `commit`, which lock or write, are not called.

        Raises:
            NestedTransaction: the caller has a transaction open already.
            StoreUnavailable: the database cannot be reached.
        """

    def due(self, now: datetime) -> Collection[Status]:
        """The statuses, PENDING or OUTGOING, of entries that are due now.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
