"""The processor: takes what has arrived through the bus, a group and a commit at a time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from allocation.messaging.envelope import Envelope
from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.group import Group, Rules
from allocation.messaging.log import Answer
from allocation.messaging.ports import Store


@dataclass(frozen=True, slots=True)
class Step:
    """What one group has achieved.

    `answers` are those to the first of the envelopes that were given; the others have not
    been taken. With `left_over` there are follow-ups in the log that go on in the next
    group; `going_on` has the ids of the messages that are not seen through without them.
    With `outgoing` there is work for the relay.
    """

    answers: Sequence[Answer]
    left_over: bool
    going_on: Collection[str]
    outgoing: bool


class Processor:
    """The single writer of a process. Nothing is answered that is not on disk."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules
        self._store_fails = False

    @property
    def bound(self) -> int:
        """How many messages a group handles at the most."""
        return self._rules.bound

    def envelope(self, message: object, id: str | None = None) -> Envelope:
        """Around a message from outside, with the sender's id or a new one."""
        return Envelope.root(message, id=id or self._rules.new_id(), at=self._rules.clock())

    def envelopes(self, messages: Iterable[object]) -> list[Envelope]:
        """Around many messages that have come at the same time."""
        new_id, now = self._rules.new_id, self._rules.clock()
        return [Envelope.root(message, id=new_id(), at=now) for message in messages]

    def recover(self) -> None:
        """Handle the follow-ups that a process which died has left behind.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        while self.step([], backlog=True).left_over:
            pass

    def process(self, envelopes: Iterable[Envelope]) -> list[Answer]:
        """Handle these messages and all that follows from them; one answer for each."""
        return [answer for answers in self.work(envelopes) for answer in answers]

    def work(self, envelopes: Iterable[Envelope]) -> Iterator[list[Answer]]:
        """The same, giving the answers as the groups are committed.

        Each message is seen through before the next one is taken, and answered then. When
        the store fails, what is not on disk with all that follows is answered with its error.
        """
        rest, held, left_over = list(envelopes), list[Answer](), False
        while rest or left_over:
            try:
                step = self.step([] if left_over else rest, backlog=left_over)
            except (Conflict, StoreUnavailable) as error:
                unanswered = [answer.id for answer in held] + [envelope.id for envelope in rest]
                yield [Answer(id, error=error) for id in unanswered]
                return
            rest, left_over = rest[len(step.answers) :], step.left_over
            held += step.answers
            done = 0 if left_over and not step.answers else _seen_through(held, step)
            yield held[:done]
            held = held[done:]

    def step(self, envelopes: Sequence[Envelope], *, backlog: bool) -> Step:
        """Handle one group: with `backlog`, some of what is left over; as many of these as fit.

        An attempt that fails is made again: it finds on record what it has achieved.

        Raises:
            Conflict: somebody else was faster, every time.
            StoreUnavailable: the database cannot be reached or written.
        """
        retries = self._rules.retries
        # Once it has had all the time to recover, nobody waits for it as long again.
        attempts = retries.unless_unavailable if self._store_fails else retries.until_done
        try:
            step = attempts(lambda: self._commit_group(envelopes[: self.bound], backlog))
        except StoreUnavailable:
            self._store_fails = True
            raise
        self._store_fails = False
        return step

    def _commit_group(self, envelopes: Sequence[Envelope], with_backlog: bool) -> Step:
        # Whoever has just come need not wait until a huge cascade is over.
        share = max(1, self.bound // 2) if envelopes else self.bound
        with self._store.begin() as transaction:
            group = Group(transaction, self._rules)
            backlog = transaction.pending(share, self._rules.clock()) if with_backlog else []
            in_hand = [*(entry.envelope for entry in backlog), *envelopes]
            transaction.expect([envelope.message for envelope in in_hand])
            group.go_on_with(backlog, share)
            answers = group.take_in(envelopes)
            transaction.commit()
        left_over = group.left_over or len(backlog) == share
        return Step(answers, left_over, group.going_on, group.outgoing)


def _seen_through(answers: Sequence[Answer], step: Step) -> int:
    """How many of the answers can be given: those before the first that goes on."""
    going_on = (n for n, answer in enumerate(answers) if answer.id in step.going_on)
    return next(going_on, len(answers))
