"""The processor: takes what has arrived through the bus, a group and a commit at a time."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from allocation.messaging.envelope import Envelope
from allocation.messaging.errors import Conflict, Locked, StoreUnavailable
from allocation.messaging.group import STORE_TROUBLE, Group, ProcessorConfig
from allocation.messaging.held_keys import HeldKeys
from allocation.messaging.log import Answer
from allocation.messaging.ordering import OrderingBarrier
from allocation.messaging.ports import Store

RESUME_DELAY: Final = 0.05
"""Seconds between attempts to go on with a backlog that is stalled."""


@dataclass(frozen=True, slots=True)
class GroupResult:
    """What one group has achieved.

    `answers` are those to the first of the envelopes that were given, as many as a group
    may handle; None stands for one that has not been taken: it is `deferred`, with its ordering
    keys by its id, or the group was full.
    With `has_backlog` there are follow-ups in the log that go on in the next group; while they
    are `stalled`, another server has them in hand, or somebody has locked what they concern
    (`held_up`), and the next group is to begin a little later. `incomplete` has the ids of the
    messages that are not seen through without them, and `blocked_keys` their ordering keys. If
    the log holds none but those of this group, `backlog_known` says so.
    With `outgoing` there is work for the relay.
    """

    answers: Sequence[Answer | None]
    deferred: Mapping[str, Collection[str]]
    has_backlog: bool
    stalled: bool
    held_up: bool
    incomplete: Collection[str]
    blocked_keys: Collection[str]
    backlog_known: bool
    outgoing: bool

    @property
    def is_over(self) -> bool:
        """Whether no follow-up is left to be handled now, in the whole log."""
        return self.backlog_known and not self.has_backlog


class Processor:
    """The single writer of a process. Nothing is answered that is not on disk."""

    def __init__(self, store: Store, config: ProcessorConfig) -> None:
        self._store = store
        self._config = config
        self._store_fails = False
        self._held = HeldKeys(config.retries.clock)

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
        result = self.process_group([], backlog=True)
        while result.has_backlog and not result.stalled:
            result = self.process_group([], backlog=True)

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
                    [] if has_backlog else rest,
                    backlog=has_backlog,
                    awaited=[answer.id for answer in held[:1]],
                    in_order=True,
                )
            except (Conflict, StoreUnavailable) as error:
                yield _unanswered(held, rest, error)
                return
            answers = [answer for answer in result.answers if answer is not None]
            rest, has_backlog = _not_taken(rest, result), result.has_backlog
            held += answers
            if result.held_up and held and held[0].id in result.incomplete:
                yield _unanswered(held, rest, Locked())
                return
            if result.held_up:  # by what others have begun
                has_backlog = len(held) > 1
                yield held[:1]
                held = held[1:]
                continue
            if result.stalled:
                self._config.retries.sleep(RESUME_DELAY)
            done = 0 if has_backlog and not answers else _seen_through(held, result)
            yield held[:done]
            held = held[done:]

    def process_group(
        self,
        envelopes: Sequence[Envelope],
        *,
        backlog: bool,
        awaited: Collection[str] = (),
        deferred: Collection[str] = (),
        in_order: bool = False,
    ) -> GroupResult:
        """Handle one group: with `backlog`, some of what is left over; as many of these as fit.

        One that shares an ordering key with pending follow-ups, or with what was `deferred`
        before, is deferred; `in_order`, those after it are not taken either. One that concerns
        what somebody else keeps locked is answered with `Locked`; the others are handled.
        The result tells which of the messages that are `awaited` were not seen through before.
        An attempt that fails is made again: it finds on record what it has achieved.

        Raises:
            Conflict: somebody else was faster, every time.
            StoreUnavailable: the database cannot be reached or written.
        """
        work = _Work(envelopes[: self.max_group_size], backlog, awaited, deferred, in_order)
        retries = self._config.retries
        # Once it has had all the time to recover, nobody waits for it as long again.
        attempts = retries.unless_unavailable if self._store_fails else retries.until_done
        try:
            result = attempts(lambda: self._attempt(work))
        except STORE_TROUBLE as error:
            self._store_fails = isinstance(error, StoreUnavailable)
            raise
        self._store_fails = False
        return result

    def _attempt(self, work: "_Work") -> GroupResult:
        if self._held.is_probe_due:
            with self._store.begin() as transaction:
                self._held.probed(transaction.held(self._held.keys))
        try:
            return self._commit_group(work)
        except Locked:
            if not self._set_aside_what_is_locked(work):
                raise
        return self._commit_group(work)

    def _set_aside_what_is_locked(self, work: "_Work") -> bool:
        """Set aside what this group concerns and others keep locked; whether it is anything."""
        with self._store.begin() as transaction:
            barrier, quota = OrderingBarrier(transaction, self._config.clock()), self._quota(work)
            backlog = barrier.take_backlog(quota, self._held.keys) if work.backlog else ()
            concerned = [*(entry.envelope for entry in backlog), *work.envelopes]
            keys = {key for envelope in concerned for key in barrier.keys_of(envelope)}
            held = transaction.held(keys - self._held.keys)
        if held:
            self._held.set_aside(held)
        return bool(held)

    def _quota(self, work: "_Work") -> int:
        """Whoever has just come need not wait until a huge cascade of others is over."""
        return max(1, self.max_group_size // 2) if work.envelopes else self.max_group_size

    def _commit_group(self, work: "_Work") -> GroupResult:
        quota, held = self._quota(work), self._held.keys
        with self._store.begin() as transaction:
            now = self._config.clock()
            barrier = OrderingBarrier(transaction, now, work.deferred)
            group = Group(transaction, self._config, barrier, held)
            backlog = barrier.take_backlog(quota, held) if work.backlog else ()
            coming = [*(entry.envelope for entry in backlog), *work.envelopes]
            transaction.prefetch([envelope.message for envelope in coming], held)
            barrier.note_incomplete(work.awaited)
            group.resume(backlog, quota)
            held_up = work.backlog and bool(held) and bool(transaction.blocked(held, now))
            took_all = work.backlog and barrier.is_our_turn and len(backlog) < quota
            barrier.backlog_known = took_all and not held_up
            barrier.look_up(work.envelopes)
            answers = group.handle_incoming(work.envelopes, in_order=work.in_order)
            transaction.commit()
        blocked = barrier.blocked_keys.difference(held)
        goes_on = group.has_backlog or bool(blocked) or len(backlog) == quota
        goes_on |= held_up and bool(backlog)  # whether more than what is held is left, is seen then
        # Without its backlog, a group has finished no cascade that was incomplete before it.
        goes_on |= not work.backlog and bool(barrier.incomplete)
        stalled = not barrier.is_our_turn or (held_up and not goes_on)
        return GroupResult(
            answers,
            group.deferred,
            goes_on or stalled,
            stalled,
            held_up and stalled,
            barrier.incomplete if goes_on or stalled else (),
            blocked,
            barrier.backlog_known,
            group.outgoing,
        )


class _Work(NamedTuple):
    envelopes: Sequence[Envelope]
    backlog: bool
    awaited: Collection[str]
    deferred: Collection[str]
    in_order: bool


def _unanswered(held: Sequence[Answer], rest: Sequence[Envelope], error: Exception) -> list[Answer]:
    ids = [answer.id for answer in held] + [envelope.id for envelope in rest]
    return [Answer(id, error=error) for id in ids]


def _not_taken(envelopes: Sequence[Envelope], result: GroupResult) -> list[Envelope]:
    tried = zip(envelopes, result.answers, strict=False)
    return [e for e, answer in tried if answer is None] + list(envelopes[len(result.answers) :])


def _seen_through(answers: Sequence[Answer], result: GroupResult) -> int:
    """How many of the answers can be given: those before the first that goes on."""
    incomplete = (n for n, answer in enumerate(answers) if answer.id in result.incomplete)
    return next(incomplete, len(answers))
