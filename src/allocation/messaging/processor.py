"""The processor: handles messages in groups, each with one commit."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from allocation.messaging.dry_runs import DryAnswer, DryRuns
from allocation.messaging.errors import Conflict, Locked, StoreUnavailable
from allocation.messaging.group import STORE_ERRORS, Group, ProcessorConfig
from allocation.messaging.log import Answer, Entry, Envelope, Precondition, storable
from allocation.messaging.ordering import (
    RECHECK_DELAY,
    BacklogTurn,
    HeldKeys,
    OrderingBarrier,
)
from allocation.messaging.ports import Store

RESUME_DELAY: Final = 0.05
"""Seconds between attempts to continue a stalled backlog."""

LONGEST_TITLE: Final = 100
"""The number of characters of a title that are part of the id of a submission."""

NO_TURN: Final = BacklogTurn()
"""The turn of a group that leaves the backlog alone."""


@dataclass(frozen=True, slots=True)
class GroupResult:
    """The result of one group.

    Attributes:
        answers: the answers to the first envelopes, up to the maximum group size. None stands
            for a message that was not handled: it is deferred, or the group was full.
        deferred: the ordering keys of the deferred messages, by message id.
        has_backlog: whether follow-ups are pending that the next group goes on with.
        stalled: whether none of them can be handled now: another server handles them, or they
            are held up. The next group should begin a little later.
        held_up: whether another transaction keeps locked what they concern.
        incomplete: the ids of the incoming messages to whose chains they belong.
        blocked_keys: the ordering keys of these follow-ups.
        outgoing: whether there are messages for the outbox relay.
    """

    answers: Sequence[Answer | None]
    deferred: Mapping[str, Collection[str]]
    has_backlog: bool
    stalled: bool
    held_up: bool
    incomplete: Collection[str]
    blocked_keys: Collection[str]
    outgoing: bool


class Processor:
    """Handles messages in groups; an answer is given once its group is committed.

    A process has one processor, which handles one group at a time.
    """

    def __init__(self, store: Store, config: ProcessorConfig) -> None:
        self._store = store
        self._config = config
        self._store_fails = False
        self._held = HeldKeys(config.retries.clock)
        self.max_group_size: Final = config.max_group_size
        """The maximum number of messages in a group."""
        self.dry_runs: Final = DryRuns(store, config, self._held)

    def envelope(
        self,
        message: object,
        id: str | None = None,
        submission: str | None = None,
        sender: str | None = None,
        precondition: Precondition | None = None,
    ) -> Envelope:
        """Wrap an incoming message, with the id that its sender gave or a new one."""
        return Envelope.root(
            message,
            id=id or self._config.new_id(),
            at=self._config.clock(),
            submission=submission,
            sender=sender,
            precondition=precondition,
        )

    def envelopes(
        self,
        messages: Iterable[object],
        submission: str | None = None,
        ids: Iterable[str] | None = None,
        sender: str | None = None,
    ) -> list[Envelope]:
        """Wrap incoming messages that arrived at the same time, with the ids given or new ones.

        Raises:
            ValueError: there are not as many ids as messages.
        """
        new_id, now = self._config.new_id, self._config.clock()
        if ids is None:
            return [
                Envelope.root(message, id=new_id(), at=now, submission=submission, sender=sender)
                for message in messages
            ]
        return [
            Envelope.root(message, id=id, at=now, submission=submission, sender=sender)
            for message, id in zip(messages, ids, strict=True)
        ]

    def new_submission(self, title: str) -> str:
        """A unique id for messages that are sent together in several parts, such as a file."""
        return f"{storable(title)[:LONGEST_TITLE]}:{self._config.new_id()}"

    def recover(self) -> None:
        """Handle the follow-ups that an earlier process left pending.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
        """
        result = self.process_group([], backlog=True)
        while result.has_backlog and not result.stalled:
            result = self.process_group([], backlog=True)

    def process(self, envelopes: Iterable[Envelope]) -> list[Answer]:
        """Handle messages in order, each with all of its follow-ups; return an answer for each."""
        return [answer for answers in self.work(envelopes) for answer in answers]

    def work(self, envelopes: Iterable[Envelope]) -> Iterator[list[Answer]]:
        """Handle messages in order, and yield their answers as their groups are committed.

        Each message is answered when all of its follow-ups are done, in order. If the store fails,
        the remaining messages are answered with its error.
        """
        rest, waiting, has_backlog = list(envelopes), list[Answer](), False
        while rest or waiting:
            try:
                result = self.process_group(
                    [] if waiting else rest,
                    backlog=has_backlog,
                    awaited=[answer.id for answer in waiting],
                    in_order=True,
                )
            except (Conflict, StoreUnavailable) as error:
                yield _unanswered(waiting, rest, error)
                return
            answers = [answer for answer in result.answers if answer is not None]
            rest, has_backlog = _not_handled(rest, result), result.has_backlog
            waiting += answers
            if result.held_up and waiting and waiting[0].id in result.incomplete:
                yield _unanswered(waiting, rest, Locked())
                return
            done = _count_complete(waiting, result)
            yield waiting[:done]
            waiting = waiting[done:]
            if result.stalled and not answers:
                self._config.retries.sleep(RESUME_DELAY)

    def recorded(self, ids: Collection[str]) -> dict[str, Answer]:
        """The recorded answers to those messages of these ids that were handled or refused.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """

        def find() -> dict[str, Entry]:
            with self._store.snapshot() as transaction:
                return transaction.find(ids)

        entries = self._config.retries.unless_unavailable(find)
        return {id: Answer.of(entry, repeated=True) for id, entry in entries.items()}

    def dry_run(self, envelopes: Sequence[Envelope]) -> list[DryAnswer]:
        """What messages would come to, in order; pending follow-ups are handled before.

        Raises:
            Locked: another transaction keeps locked what such follow-ups concern.
            Conflict: another writer was faster at every attempt.
            StoreUnavailable: the database cannot be reached or written.
        """
        while (answers := self.dry_runs.attempt(envelopes)) is None:
            result = self.process_group([], backlog=True)
            if result.held_up:
                raise Locked()
            if result.stalled:
                self._config.retries.sleep(RESUME_DELAY)
        return answers

    def process_group(
        self,
        envelopes: Sequence[Envelope],
        *,
        backlog: bool,
        awaited: Collection[str] = (),
        deferred: Collection[str] = (),
        in_order: bool = False,
    ) -> GroupResult:
        """Handle one group: with `backlog`, pending follow-ups first; then incoming messages.

        A message that shares an ordering key with pending follow-ups or with `deferred` is
        deferred; with `in_order`, the messages after it are not handled either. A message whose
        state another transaction keeps locked is answered with `Locked`, and so is every later
        message that shares an ordering key with it. The result's `incomplete` includes the
        messages among `awaited` whose chains were incomplete before this group.

        A group that fails is retried; messages that an earlier attempt has committed are found in
        the log.

        Raises:
            Conflict: another writer was faster at every attempt.
            Locked: another transaction holds a lock that belongs to no ordering key.
            StoreUnavailable: the database cannot be reached or written.
        """
        # Follow-ups leave half of the group to incoming messages.
        quota = max(1, self.max_group_size // 2) if envelopes else self.max_group_size
        work = _Work(
            envelopes[: self.max_group_size],
            quota if backlog else 0,
            awaited,
            deferred,
            in_order,
        )
        retries = self._config.retries
        # During an outage, only the first group is retried for as long as a restart takes.
        attempts = retries.unless_unavailable if self._store_fails else retries.until_done
        try:
            result = attempts(partial(self._attempt, work))
        except STORE_ERRORS as error:
            self._store_fails = isinstance(error, StoreUnavailable)
            raise
        self._store_fails = False
        if isinstance(result, Locked):
            raise result
        return result

    def _attempt(self, work: "_Work") -> GroupResult | Locked:
        """Handle the group; return the error if another attempt would not help."""
        is_explained = False
        with suppress(Locked):
            if self._held.keys and self._held.is_probe_due:
                with self._store.begin() as transaction:
                    self._held.probed(transaction.held(self._held.keys))
            return self._commit_group(work)
        try:
            is_explained = self._set_aside_locked(work)
            return self._commit_group(work)
        except Locked as error:
            if is_explained:
                raise
            # The lock belongs to no ordering key, so every further attempt would wait for it.
            return error

    def _set_aside_locked(self, work: "_Work") -> bool:
        """Set aside the keys of a group whose state others keep locked; whether any are locked.

        What another server keeps locked only while it waits for a lock itself is not set aside.
        """
        with self._store.begin() as transaction:
            barrier = OrderingBarrier(transaction, self._config.clock(), self._held.keys)
            _, envelopes = _take_backlog(barrier, work)
            keys = {key for envelope in envelopes for key in barrier.keys_of(envelope)}
            locks = transaction.held(keys - self._held.keys)
        is_explained = bool(locks) or not self._held.keys.isdisjoint(keys)
        if locks:
            self._config.retries.sleep(RECHECK_DELAY)
            with self._store.begin() as transaction:
                locks &= transaction.held({key for key, _ in locks})
        lasting = {lock for lock in locks if lock[1] is not None}
        if lasting:
            self._held.set_aside(lasting)
        return is_explained

    def _commit_group(self, work: "_Work") -> GroupResult:
        held = self._held.keys
        with self._store.begin() as transaction:
            now = self._config.clock()
            barrier = OrderingBarrier(transaction, now, held, work.deferred)
            group = Group(transaction, self._config, barrier, now)
            turn, envelopes = _take_backlog(barrier, work)
            transaction.prefetch([envelope.message for envelope in envelopes], held)
            if work.awaited:
                barrier.note_incomplete(work.awaited)
            if turn.entries:
                group.resume(turn)
            barrier.look_up(work.envelopes)
            answers = group.handle_incoming(work.envelopes, in_order=work.in_order)
            group.write_digests()
            transaction.commit()
        return _result(answers, group, barrier, turn)


def _take_backlog(barrier: OrderingBarrier, work: "_Work") -> tuple[BacklogTurn, list[Envelope]]:
    """The pending follow-ups that a group handles, and all envelopes that it tries to handle."""
    turn = barrier.take_backlog(work.quota) if work.quota else NO_TURN
    return turn, [*(entry.envelope for entry in turn.entries), *work.envelopes]


def _result(
    answers: Sequence[Answer | None], group: Group, barrier: OrderingBarrier, turn: BacklogTurn
) -> GroupResult:
    blocked = barrier.blocked_keys.difference(barrier.held)
    goes_on = group.has_backlog or bool(blocked) or turn.goes_on
    # Without its backlog, a group has finished no cascade that was incomplete before it.
    goes_on |= not turn.quota and bool(barrier.incomplete)
    stalled = not turn.is_ours or (turn.is_held_up and not goes_on)
    return GroupResult(
        answers,
        group.deferred,
        has_backlog=goes_on or stalled,
        stalled=stalled,
        held_up=turn.is_held_up and stalled,
        incomplete=barrier.incomplete if goes_on or stalled else (),
        blocked_keys=blocked,
        outgoing=group.outgoing,
    )


class _Work(NamedTuple):
    envelopes: Sequence[Envelope]
    quota: int
    """The maximum number of pending follow-ups to handle."""
    awaited: Collection[str]
    deferred: Collection[str]
    in_order: bool


def _unanswered(
    waiting: Sequence[Answer], rest: Sequence[Envelope], error: Exception
) -> list[Answer]:
    ids = [answer.id for answer in waiting] + [envelope.id for envelope in rest]
    return [Answer(id, error=error) for id in ids]


def _not_handled(envelopes: Sequence[Envelope], result: GroupResult) -> list[Envelope]:
    tried = zip(envelopes, result.answers, strict=False)
    return [e for e, answer in tried if answer is None] + list(envelopes[len(result.answers) :])


def _count_complete(answers: Sequence[Answer], result: GroupResult) -> int:
    """Count the answers before the first one whose chain is incomplete."""
    incomplete = (n for n, answer in enumerate(answers) if answer.id in result.incomplete)
    return next(incomplete, len(answers))
