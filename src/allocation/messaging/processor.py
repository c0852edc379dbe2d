"""The processor: takes what has arrived through the bus, a group and a commit at a time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from allocation.messaging.envelope import Envelope
from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.group import STORE_TROUBLE, Group, Rules
from allocation.messaging.log import Answer
from allocation.messaging.ports import Store


@dataclass(frozen=True, slots=True)
class Step:
    """What one group has achieved.

    `answers` are those to the first of the envelopes that were given, as many as a group
    may handle; None stands for one that has not been taken. With `left_over` there are
    follow-ups in the log that go on in the next group; `going_on` has the ids of the messages
    that are not seen through without them. With `outgoing` there is work for the relay.
    Unless the group is `full`, those that have not been taken are kept in order with what is
    left over.
    """

    answers: Sequence[Answer | None]
    left_over: bool
    going_on: Collection[str]
    outgoing: bool
    full: bool


class Processor:
    """The single writer of a process. Nothing is answered that is not on disk."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules
        self._store_fails = False
        self._behind: Collection[str] = ()  # what the follow-ups that are left over belong to
        self._in_doubt = False  # whether there are such of which that is not known

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
                step = self.step([] if left_over else rest, backlog=left_over, in_turn=True)
            except (Conflict, StoreUnavailable) as error:
                unanswered = [answer.id for answer in held] + [envelope.id for envelope in rest]
                yield [Answer(id, error=error) for id in unanswered]
                return
            answers = [answer for answer in step.answers if answer is not None]
            rest, left_over = _not_taken(rest, step), step.left_over
            held += answers
            done = 0 if left_over and not answers else _seen_through(held, step)
            yield held[:done]
            held = held[done:]

    def step(
        self,
        envelopes: Sequence[Envelope],
        *,
        backlog: bool,
        awaited: Collection[str] = (),
        in_turn: bool = False,
    ) -> Step:
        """Handle one group: with `backlog`, some of what is left over; as many of these as fit.

        One that is to be kept in order with what is left over is not taken before that is done;
        `in_turn`, neither are those after it.
        The step tells which of the messages that are `awaited` were not seen through before.
        An attempt that fails is made again: it finds on record what it has achieved.

        Raises:
            Conflict: somebody else was faster, every time.
            StoreUnavailable: the database cannot be reached or written.
        """
        backlog = backlog or bool(self._behind) or self._in_doubt
        work = _Work(envelopes[: self.bound], backlog, awaited, in_turn)
        retries = self._rules.retries
        # Once it has had all the time to recover, nobody waits for it as long again.
        attempts = retries.unless_unavailable if self._store_fails else retries.until_done
        try:
            step = attempts(lambda: self._commit_group(work))
        except STORE_TROUBLE as error:
            self._store_fails = isinstance(error, StoreUnavailable)
            self._in_doubt = True
            raise
        self._store_fails = False
        return step

    def _commit_group(self, work: "_Work") -> Step:
        # Whoever has just come need not wait until a huge cascade of others is over.
        share = max(1, self.bound // 2) if work.envelopes else self.bound
        with self._store.begin() as transaction:
            group = Group(transaction, self._rules, self._behind)
            backlog = transaction.pending(share, self._rules.clock()) if work.backlog else []
            in_hand = [*(entry.envelope for entry in backlog), *work.envelopes]
            transaction.expect([envelope.message for envelope in in_hand])
            group.see_who_goes_on(work.awaited)
            group.go_on_with(backlog, share)
            there_may_be_more = len(backlog) == share
            if there_may_be_more:
                for entry in backlog:
                    group.leave_behind(entry.envelope)
            group.holds_all = there_may_be_more and self._in_doubt
            answers = group.take_in(work.envelopes, in_turn=work.in_turn)
            transaction.commit()
        left_over = group.left_over or there_may_be_more
        self._in_doubt &= there_may_be_more
        self._behind = group.behind if left_over else ()
        going_on = group.going_on if left_over else ()
        return Step(answers, left_over, going_on, group.outgoing, group.full)


class _Work(NamedTuple):
    envelopes: Sequence[Envelope]
    backlog: bool
    awaited: Collection[str]
    in_turn: bool


def _not_taken(envelopes: Sequence[Envelope], step: Step) -> list[Envelope]:
    tried = zip(envelopes, step.answers, strict=False)
    return [e for e, answer in tried if answer is None] + list(envelopes[len(step.answers) :])


def _seen_through(answers: Sequence[Answer], step: Step) -> int:
    """How many of the answers can be given: those before the first that goes on."""
    going_on = (n for n, answer in enumerate(answers) if answer.id in step.going_on)
    return next(going_on, len(answers))
