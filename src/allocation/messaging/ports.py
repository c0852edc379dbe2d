"""What the machinery asks of a store. Every implementation passes tests/contract."""

from collections.abc import Collection, Iterable, Sequence, Set
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from allocation.messaging.log import Entry, Status


class Unit(Protocol):
    """The unit of work of one message in a group; the bus hands it to the handlers.

    What handlers raise is kept in `raised` and not given to the bus: it goes to the log,
    and comes to the bus from there, in a unit of its own.
    """

    @property
    def raised(self) -> Sequence[object]:
        """What the handlers have raised, in that order."""

    def collect_new_events(self) -> Iterable[Any]:
        """Keep what was raised; give the bus nothing."""

    def release(self) -> bool:
        """Hand what the handlers committed over to the group; whether it changes anything."""

    def undo(self) -> None:
        """Drop what the handlers did; what they touched is as it was before."""


class Transaction(Protocol):
    """One group: all of it is committed together, or none of it."""

    def unit(self) -> Unit:
        """A unit of work that sees what the group holds so far. One at a time."""

    def prefetch(self, messages: Iterable[object], besides: Collection[str] = ()) -> None:
        """These are about to be handled: what they need may be read together, and locked.

        What has an ordering key in `besides` is not locked: it will not be handled.

        Raises:
            Locked: somebody else keeps it locked, and has been waited for.
        """

    def ordering_keys(self, message: object) -> Set[str]:
        """What the message is kept in order with: whatever shares one of these names with it.

        It may have to be expected first.
        """

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries of these ids that are on record or written in this group."""

    def held(self, keys: Collection[str]) -> set[str]:
        """Those of these ordering keys that others keep locked now; nobody is waited for.

        The others may be locked until this transaction ends.
        """

    def pending(
        self, limit: int, now: datetime, besides: Collection[str] = ()
    ) -> list[Entry] | None:
        """The first PENDING entries that are due (`Entry.is_due`), in the order of the log.

        One transaction at a time is given some; None says that another one has its turn now.
        Those with an ordering key in `besides` are left out.
        """

    def has_pending(self) -> bool:
        """Whether any PENDING entries are on record, due or not."""

    def blocked(self, keys: Collection[str], now: datetime) -> set[str]:
        """Those of these ordering keys that PENDING entries which are due have on record.

        Entries that this transaction has been given by `pending` do not count.
        """

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        """Those of these chains of which PENDING entries that are due are on record."""

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        """The OUTGOING entries that are due, the one due first before the others.

        So what has failed is tried again after what has not had its turn yet. Where the store
        knows that messages belong together, of those that do only the first, as long as it is
        OUTGOING, so that they stay in order. No other transaction gets them too as long as
        this one is open.
        """

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        """The unfinished entries due later than now and the longest pause, `limit` of each status.

        Those that others have in hand are left out.
        """

    def dead(self, limit: int) -> list[Entry]:
        """The first DEAD entries, in the order of the log."""

    def write(self, entry: Entry) -> None:
        """Add the entry, or replace what was written for its id."""

    def commit(self) -> None:
        """Make it durable.

        Raises:
            Conflict: what was read has been changed by somebody else meanwhile.
            StoreUnavailable: it cannot be written, or whether it was is not known.
        """


class Store(Protocol):
    """Where state and log are kept, together."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """Open a transaction; leaving it without a commit rolls it back.

        Raises:
            NestedTransaction: whoever asks has one open, as a handler has.
        """

    def due(self, now: datetime) -> Collection[Status]:
        """Of which statuses, PENDING and OUTGOING, a transaction would be given entries now."""
