"""Dead letters: replaying and discarding messages whose attempts are exhausted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from allocation.messaging.errors import IdReused, NotDiscardable, UnknownDeadLetter
from allocation.messaging.log import Clock, Entry, NewId, Status
from allocation.messaging.ports import Store, Transaction
from allocation.messaging.registry import Registry
from allocation.messaging.retry import RetryPolicy

BATCH_SIZE: Final = 100
"""Dead letters resolved per transaction, so that other writers do not wait for long."""


@dataclass(frozen=True, slots=True)
class DeadLetterReplayed:
    """An operator has replayed the dead letter with the id `letter`; it keeps its id."""

    letter: str


@dataclass(frozen=True, slots=True)
class DeadLetterDiscarded:
    """An operator has discarded the dead letter with the id `letter` for good."""

    letter: str


class _Fact(NamedTuple):
    """What an operator did to a dead letter, with the id that it has in the log, and by whom."""

    message: object
    id: str
    sender: str | None


_Change = Callable[[Entry], Entry]
"""Makes the entry of a dead letter one that is replayed or discarded."""

_Record = Callable[[str], object]
"""Makes the fact about the dead letter with this id."""


def _printable(id: str) -> str | None:
    return id if id.isprintable() else None


@dataclass(frozen=True)
class DeadLetters:
    """Replays and discards dead letters, and records each action in the log.

    `normalize_id` returns an id as the log spells it, or None for an id that cannot be in the
    log: not every store accepts such an id in a query.
    """

    store: Store
    registry: Registry
    clock: Clock
    new_id: NewId
    retries: RetryPolicy
    normalize_id: Callable[[str], str | None] = _printable

    def replay(self, id: str, key: str | None = None, *, sender: str | None = None) -> None:
        """Schedule a dead letter again as the same message, its attempts counted from zero.

        `key` is the sender's idempotency key and becomes the id of the fact in the log: a
        repeated request with the same key has no further effect. `sender` is the operator, who
        is recorded with the fact.

        Raises:
            UnknownDeadLetter: no dead letter has this id.
            IdReused: the key was used for another message.
            StoreUnavailable: the database cannot be reached or written.
        """
        letter = self._normalized(id)
        fact = self._fact(DeadLetterReplayed(letter), key, sender)
        self._close(letter, self._revived, fact)

    def discard(self, id: str, key: str | None = None, *, sender: str | None = None) -> None:
        """Discard a dead letter for good; it stays in the log.

        For `key` and `sender`, see `replay`.

        Raises:
            UnknownDeadLetter: no dead letter has this id.
            NotDiscardable: it is a continuation, which can only be replayed.
            IdReused: the key was used for another message.
            StoreUnavailable: the database cannot be reached or written.
        """
        letter = self._normalized(id)
        fact = self._fact(DeadLetterDiscarded(letter), key, sender)
        self._close(letter, self._discarded, fact)

    def replay_all(self, *, sender: str | None = None) -> Iterator[int]:
        """Replay all dead letters, a batch per step; yield the size of each batch.

        `sender` is the operator, who is recorded with each fact.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        while replayed := self.retries.until_done(lambda: self._replay_some(sender)):
            yield replayed

    def replay_each(self, ids: Sequence[str], *, sender: str | None = None) -> Iterator[int]:
        """Replay the dead letters with these ids, a batch per step; yield how many are replayed.

        Ids that no dead letter has any more are left out. For `sender`, see `replay_all`.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        return self._resolve_each(ids, self._revived, DeadLetterReplayed, sender)

    def discard_each(self, ids: Sequence[str], *, sender: str | None = None) -> Iterator[int]:
        """Discard the dead letters with these ids, as `replay_each` replays them.

        Raises:
            NotDiscardable: one is a continuation; none of its batch is discarded.
            StoreUnavailable: the database cannot be reached or written.
        """
        return self._resolve_each(ids, self._discarded, DeadLetterDiscarded, sender)

    def _resolve_each(
        self, ids: Sequence[str], change: _Change, record: _Record, sender: str | None
    ) -> Iterator[int]:
        for start in range(0, len(ids), BATCH_SIZE):
            batch = ids[start : start + BATCH_SIZE]
            yield self.retries.until_done(
                partial(self._resolve_some, batch, change, record, sender)
            )

    def _resolve_some(
        self, ids: Sequence[str], change: _Change, record: _Record, sender: str | None
    ) -> int:
        with self.store.begin() as transaction:
            entries = transaction.find(ids)
            letters = [entry for entry in entries.values() if self._is_letter(entry)]
            self._resolve(transaction, letters, change, record, sender)
        return len(letters)

    def _replay_some(self, sender: str | None) -> int:
        with self.store.begin() as transaction:
            letters = transaction.dead(BATCH_SIZE)
            self._resolve(transaction, letters, self._revived, DeadLetterReplayed, sender)
        return len(letters)

    def _resolve(
        self,
        transaction: Transaction,
        letters: Sequence[Entry],
        change: _Change,
        record: _Record,
        sender: str | None,
    ) -> None:
        for letter in letters:
            fact = self._fact(record(letter.envelope.id), None, sender)
            self._write(transaction, change(letter), fact)
        transaction.commit()

    def _fact(self, message: object, key: str | None, sender: str | None) -> "_Fact":
        return _Fact(message, key or self.new_id(), sender)

    def _close(self, id: str, change: _Change, fact: "_Fact") -> None:
        # If an attempt was committed although it failed, its retry finds the fact in the log.
        self.retries.until_done(lambda: self._try_to_close(id, change, fact))

    def _try_to_close(self, id: str, change: _Change, fact: "_Fact") -> None:
        with self.store.begin() as transaction:
            recorded = transaction.find([fact.id]).get(fact.id)
            if recorded is not None and recorded.envelope.message != fact.message:
                raise IdReused(fact.id)
            if recorded is not None:
                return
            letter = self._dead(transaction, id)
            self._write(transaction, change(letter), fact)
            transaction.commit()

    def _write(self, transaction: Transaction, changed: Entry, fact: "_Fact") -> None:
        transaction.write(changed)
        envelope = changed.envelope.causing(fact.message, id=fact.id, at=self.clock())
        transaction.write(Entry(envelope._replace(sender=fact.sender), Status.HANDLED))

    def _normalized(self, id: str) -> str:
        if (normalized := self.normalize_id(id)) is None:
            raise UnknownDeadLetter(id)
        return normalized

    def _dead(self, transaction: Transaction, id: str) -> Entry:
        entry = transaction.find([id]).get(id)
        if entry is None or not self._is_letter(entry):
            raise UnknownDeadLetter(id)
        return entry

    def _is_letter(self, entry: Entry) -> bool:
        """Whether it is a dead letter whose message this version of the program has."""
        is_dead = entry.status is Status.DEAD
        return is_dead and type(entry.envelope.message) in self.registry.messages

    def _revived(self, letter: Entry) -> Entry:
        outbox = type(letter.envelope.message) in self.registry.outbox
        status = Status.OUTGOING if outbox else Status.PENDING
        return letter._replace(status=status, attempts=0, due=self.clock())

    def _discarded(self, letter: Entry) -> Entry:
        if type(letter.envelope.message) in self.registry.continuations:
            raise NotDiscardable(letter.envelope.id)
        return letter._replace(status=Status.DISCARDED)
