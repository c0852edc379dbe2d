"""Dead letters: what was given up after many attempts, until somebody sees to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from allocation.messaging.envelope import Clock, NewId
from allocation.messaging.errors import IdReused, UnknownDeadLetter
from allocation.messaging.log import Entry, Status
from allocation.messaging.ports import Store, Transaction
from allocation.messaging.registry import Registry
from allocation.messaging.retry import RetryPolicy

SOME: Final = 100
"""Of many, in one transaction: nobody has to wait for long."""


@dataclass(frozen=True, slots=True)
class DeadLetterReplayed:
    """Somebody has had a dead letter tried again; it keeps its id."""

    letter: str


@dataclass(frozen=True, slots=True)
class DeadLetterDiscarded:
    """Somebody has given up a dead letter for good."""

    letter: str


def _printable(id: str) -> str | None:
    return id if id.isprintable() else None


@dataclass(frozen=True)
class DeadLetters:
    """Has them tried again or discarded; the log tells which, and when.

    `known_as` gives the spelling in which an id is in the log, and None for one that cannot
    be there: not every store takes the question.
    """

    store: Store
    registry: Registry
    clock: Clock
    new_id: NewId
    retries: RetryPolicy
    known_as: Callable[[str], str | None] = _printable

    def replay(self, id: str, key: str | None = None) -> None:
        """Have it tried again, from the first attempt on, as the same message.

        With the sender's `key`, which becomes the id of the note in the log, it is done once.

        Raises:
            UnknownDeadLetter: there is none.
            IdReused: the key was used for something else.
        """
        letter = self._spelt(id)
        self._close(letter, self._revived, DeadLetterReplayed(letter), key or self.new_id())

    def discard(self, id: str, key: str | None = None) -> None:
        """Give it up for good; it stays in the log. As for `key`, see `replay`.

        Raises:
            UnknownDeadLetter: there is none.
            IdReused: the key was used for something else.
        """
        letter = self._spelt(id)
        self._close(letter, _discarded, DeadLetterDiscarded(letter), key or self.new_id())

    def replay_all(self) -> Iterator[int]:
        """Have all of them tried again, some in every step; how many these were."""
        while replayed := self.retries.until_done(self._replay_some):
            yield replayed

    def _replay_some(self) -> int:
        with self.store.begin() as transaction:
            dead_letters = transaction.dead(SOME)
            for letter in dead_letters:
                fact = DeadLetterReplayed(letter.envelope.id)
                self._write(transaction, self._revived(letter), fact, self.new_id())
            transaction.commit()
        return len(dead_letters)

    def _close(
        self, id: str, settled: Callable[[Entry], Entry], fact: object, note_id: str
    ) -> None:
        # By the note an attempt finds out that the one before it was committed after all.
        self.retries.until_done(lambda: self._try_to_close(id, settled, fact, note_id))

    def _try_to_close(
        self, id: str, settled: Callable[[Entry], Entry], fact: object, note_id: str
    ) -> None:
        with self.store.begin() as transaction:
            done = transaction.find([note_id]).get(note_id)
            if done is not None and done.envelope.message != fact:
                raise IdReused(note_id)
            if done is not None:
                return
            letter = self._dead(transaction, id)
            self._write(transaction, settled(letter), fact, note_id)
            transaction.commit()

    def _write(self, transaction: Transaction, settled: Entry, fact: object, note_id: str) -> None:
        transaction.write(settled)
        note = settled.envelope.causing(fact, id=note_id, at=self.clock())
        transaction.write(Entry(note, Status.HANDLED))

    def _spelt(self, id: str) -> str:
        if (spelt := self.known_as(id)) is None:
            raise UnknownDeadLetter(id)
        return spelt

    def _dead(self, transaction: Transaction, id: str) -> Entry:
        found = transaction.find([id]).get(id)
        if found is None or found.status is not Status.DEAD:
            raise UnknownDeadLetter(id)
        if type(found.envelope.message) not in self.registry.messages:
            raise UnknownDeadLetter(id)  # to this version of the program
        return found

    def _revived(self, letter: Entry) -> Entry:
        outbox = type(letter.envelope.message) in self.registry.outbox
        status = Status.OUTGOING if outbox else Status.PENDING
        return letter._replace(status=status, attempts=0, due=self.clock())


def _discarded(letter: Entry) -> Entry:
    return letter._replace(status=Status.DISCARDED)
