"""The processor: takes what has arrived through the bus, a group and a commit at a time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from allocation.messaging.envelope import Envelope
from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.group import STORE_TROUBLE, Group, ProcessorConfig
from allocation.messaging.log import Answer
from allocation.messaging.ports import Store


@dataclass(frozen=True, slots=True)
class GroupResult:
    """What one group has achieved.

    `answers` are those to the first of the envelopes that were given, as many as a group
    may handle; None stands for one that has not been taken. With `has_backlog` there are
    follow-ups in the log that go on in the next group; `incomplete` has the ids of the messages
    that are not seen through without them. With `outgoing` there is work for the relay.
    Unless the group is `full`, those that have not been taken are kept in order with what is
    left over.
    """

    answers: Sequence[Answer | None]
    has_backlog: bool
    incomplete: Collection[str]
    outgoing: bool
    full: bool


class Processor:
    """The single writer of a process. Nothing is answered that is not on disk."""

    def __init__(self, store: Store, config: ProcessorConfig) -> None:
        self._store = store
        self._config = config
        self._store_fails = False
        self._blocked_keys: Collection[str] = ()  # what the follow-ups that are left over belong to
        self._backlog_unknown = False  # whether there are such of which that is not known

    @property
    def max_group_size(self) -> int:
        """How many messages a group handles at the most."""
        return self._config.max_group_size

    def envelope(self, message: object, id: str | None = None) -> Envelope:
        """Around a message from outside, with the sender's id or a new one."""
        return Envelope.root(message, id=id or self._config.new_id(), at=self._config.clock())

    def envelopes(self, messages: Iterable[object]) -> list[Envelope]:
        """Around many messages that have come at the same time."""
        new_id, now = self._config.new_id, self._config.clock()
        return [Envelope.root(message, id=new_id(), at=now) for message in messages]

    def recover(self) -> None:
        """Handle the follow-ups that a process which died has left behind.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        while self.process_group([], backlog=True).has_backlog:
            pass

    def process(self, envelopes: Iterable[Envelope]) -> list[Answer]:
        """Handle these messages and all that follows from them; one answer for each."""
        return [answer for answers in self.work(envelopes) for answer in answers]

    def work(self, envelopes: Iterable[Envelope]) -> Iterator[list[Answer]]:
        """The same, giving the answers as the groups are committed.

        Each message is seen through before the next one is taken, and answered then. When
        the store fails, what is not on disk with all that follows is answered with its error.
        """
        rest, held, has_backlog = list(envelopes), list[Answer](), False
        while rest or has_backlog:
            try:
                result = self.process_group(
                    [] if has_backlog else rest, backlog=has_backlog, in_order=True
                )
            except (Conflict, StoreUnavailable) as error:
                unanswered = [answer.id for answer in held] + [envelope.id for envelope in rest]
                yield [Answer(id, error=error) for id in unanswered]
                return
            answers = [answer for answer in result.answers if answer is not None]
            rest, has_backlog = _not_taken(rest, result), result.has_backlog
            held += answers
            done = 0 if has_backlog and not answers else _seen_through(held, result)
            yield held[:done]
            held = held[done:]

    def process_group(
        self,
        envelopes: Sequence[Envelope],
        *,
        backlog: bool,
        awaited: Collection[str] = (),
        in_order: bool = False,
    ) -> GroupResult:
        """Handle one group: with `backlog`, some of what is left over; as many of these as fit.

        One that is to be kept in order with what is left over is not taken before that is done;
        `in_order`, neither are those after it.
        The step tells which of the messages that are `awaited` were not seen through before.
        An attempt that fails is made again: it finds on record what it has achieved.

        Raises:
            Conflict: somebody else was faster, every time.
            StoreUnavailable: the database cannot be reached or written.
        """
        backlog = backlog or bool(self._blocked_keys) or self._backlog_unknown
        work = _Work(envelopes[: self.max_group_size], backlog, awaited, in_order)
        retries = self._config.retries
        # Once it has had all the time to recover, nobody waits for it as long again.
        attempts = retries.unless_unavailable if self._store_fails else retries.until_done
        try:
            result = attempts(lambda: self._commit_group(work))
        except STORE_TROUBLE as error:
            self._store_fails = isinstance(error, StoreUnavailable)
            self._backlog_unknown = True
            raise
        self._store_fails = False
        return result

    def _commit_group(self, work: "_Work") -> GroupResult:
        # Whoever has just come need not wait until a huge cascade of others is over.
        backlog_quota = max(1, self.max_group_size // 2) if work.envelopes else self.max_group_size
        with self._store.begin() as transaction:
            group = Group(transaction, self._config, self._blocked_keys)
            backlog = (
                transaction.pending(backlog_quota, self._config.clock()) if work.backlog else []
            )
            current_entry = [*(entry.envelope for entry in backlog), *work.envelopes]
            transaction.prefetch([envelope.message for envelope in current_entry])
            group.note_incomplete(work.awaited)
            group.resume(backlog, backlog_quota)
            there_may_be_more = len(backlog) == backlog_quota
            if there_may_be_more:
                for entry in backlog:
                    group.block(entry.envelope)
            group.blocks_all = there_may_be_more and self._backlog_unknown
            answers = group.handle_incoming(work.envelopes, in_order=work.in_order)
            transaction.commit()
        has_backlog = group.has_backlog or there_may_be_more
        self._backlog_unknown &= there_may_be_more
        self._blocked_keys = group.blocked_keys if has_backlog else ()
        incomplete = group.incomplete if has_backlog else ()
        return GroupResult(answers, has_backlog, incomplete, group.outgoing, group.full)


class _Work(NamedTuple):
    envelopes: Sequence[Envelope]
    backlog: bool
    awaited: Collection[str]
    in_order: bool


def _not_taken(envelopes: Sequence[Envelope], result: GroupResult) -> list[Envelope]:
    tried = zip(envelopes, result.answers, strict=False)
    return [e for e, answer in tried if answer is None] + list(envelopes[len(result.answers) :])


def _seen_through(answers: Sequence[Answer], result: GroupResult) -> int:
    """How many of the answers can be given: those before the first that goes on."""
    incomplete = (n for n, answer in enumerate(answers) if answer.id in result.incomplete)
    return next(incomplete, len(answers))
