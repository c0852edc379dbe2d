"""The processor: takes what has arrived through the bus, a group and a commit at a time."""

from collections.abc import Iterable, Iterator, Sequence

from allocation.messaging.envelope import Envelope
from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.group import Group, Rules
from allocation.messaging.log import Answer
from allocation.messaging.ports import Store
from allocation.messaging.retries import retrying


class Processor:
    """The single writer of a process. Nothing is answered that is not on disk."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    @property
    def bound(self) -> int:
        """How many messages a group handles at the most."""
        return self._rules.bound

    def envelope(self, message: object, id: str | None = None) -> Envelope:
        """Around a message from outside, with the sender's id or a new one."""
        return Envelope.root(message, id=id or self._rules.new_id(), at=self._rules.clock())

    def recover(self) -> None:
        """Handle the follow-ups that a process which died has left behind.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        while self.recover_a_group():
            pass

    def recover_a_group(self) -> bool:
        """Handle some of them, in one group.

        Returns:
            Whether there may be more.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        _, left_over = self._group_of([])
        return left_over

    def process(self, envelopes: Iterable[Envelope]) -> list[Answer]:
        """Handle these messages and all that follows from them; one answer for each."""
        return [answer for answers in self.work(envelopes) for answer in answers]

    def work(self, envelopes: Iterable[Envelope]) -> Iterator[list[Answer]]:
        """The same, giving the answers as the groups are committed.

        A message whose follow-ups go on in the next group is answered when they are
        done. When the store fails, what is not on disk is answered with its error.
        """
        rest, held, left_over = list(envelopes), list[Answer](), True
        while rest or left_over:
            try:
                answers, left_over = self._group_of(rest)
            except (Conflict, StoreUnavailable) as error:
                yield held + [Answer(envelope.id, error=error) for envelope in rest]
                return
            rest = rest[len(answers) :]
            held += answers
            still_going_on = held[-1:] if left_over else []
            yield held[: len(held) - len(still_going_on)]
            held = still_going_on

    def _group_of(self, envelopes: Sequence[Envelope]) -> tuple[list[Answer], bool]:
        # An attempt whose outcome is not known finds on record what it has achieved.
        return retrying(lambda: self._commit_group(envelopes))

    def _commit_group(self, envelopes: Sequence[Envelope]) -> tuple[list[Answer], bool]:
        with self._store.begin() as transaction:
            group = Group(transaction, self._rules)
            backlog = transaction.pending(self._rules.bound, self._rules.clock())
            at_most = envelopes[: self.bound]
            in_hand = [*(entry.envelope for entry in backlog), *at_most]
            transaction.expect([envelope.message for envelope in in_hand])
            transaction.find([envelope.id for envelope in at_most])  # all in one look-up
            group.go_on_with(backlog)
            answers = []
            for envelope in at_most:
                if group.full or group.left_over:
                    break
                answers.append(group.take_in(envelope))
            transaction.commit()
        return answers, group.left_over or len(backlog) == self._rules.bound
