"""A group: the messages handled in one transaction."""

import logging
from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from allocation.messaging.bus import AbstractMessageBus, check_recordable
from allocation.messaging.digests import GroupDigests
from allocation.messaging.errors import (
    Conflict,
    Fatal,
    HandlerExited,
    IdReused,
    Locked,
    StoreUnavailable,
)
from allocation.messaging.log import Answer, Clock, Entry, Envelope, NewId, Precondition, Status
from allocation.messaging.ordering import BacklogTurn, OrderingBarrier
from allocation.messaging.ports import Transaction
from allocation.messaging.registry import Registry
from allocation.messaging.retry import Backoff, RetryPolicy
from allocation.messaging.status_facts import STATUS_FACTS, status_entry

logger = logging.getLogger(__name__)

MAX_DEPTH: Final = 100
"""The default limit on the depth of a message: more than twice what an allocation needs."""

STORE_ERRORS = (Conflict, StoreUnavailable)
"""Errors of the store, which concern the whole group, whichever message was being handled."""

ENDING_ERRORS = (Fatal, HandlerExited)
"""Errors after which the processor handles no further group."""

GROUP_ERRORS = (*STORE_ERRORS, *ENDING_ERRORS)
"""Errors that fail the whole group instead of a single message."""

INTERRUPTIONS = (KeyboardInterrupt, CancelledError)
"""Exceptions raised from outside, independently of the running code."""


@dataclass(frozen=True)
class ProcessorConfig:
    """How messages are handled; the same for every group of a processor."""

    registry: Registry
    bus: AbstractMessageBus
    refusals: tuple[type[Exception], ...]
    clock: Clock
    new_id: NewId
    max_group_size: int = 256
    backoff: Backoff = field(default_factory=Backoff)
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    max_depth: int = MAX_DEPTH
    """The maximum depth of a message; a deeper one becomes a dead letter."""


class Group:
    """Handles messages through the bus, each in its own unit of work, and logs their status.

    A message is handled with all of its follow-ups before the next one, so that the grouping of
    messages does not change their effects. When the group is full, the remaining follow-ups are
    written to the log as pending.
    """

    def __init__(
        self,
        transaction: Transaction,
        config: ProcessorConfig,
        barrier: OrderingBarrier,
        now: datetime,
    ) -> None:
        self._transaction = transaction
        self._write: Callable[[Entry], None] = transaction.write
        self._config = config
        self._barrier = barrier
        self._now = now
        self._handled = 0
        self._max_group_size = config.max_group_size
        self._digests = GroupDigests(config.registry)
        self._records_status = config.registry.recorded.issuperset(STATUS_FACTS)
        self.has_backlog = False
        """Whether pending follow-ups remain for the next group."""
        self.outgoing = False
        """Whether there are messages for the outbox relay."""
        self.deferred: dict[str, Collection[str]] = {}
        """The ordering keys of the deferred messages, by message id."""

    @property
    def full(self) -> bool:
        """Whether the group has handled as many messages as it may."""
        return self._handled >= self._max_group_size

    def resume(self, backlog: BacklogTurn) -> None:
        """Handle pending follow-ups in log order, and theirs, up to the quota of the turn."""
        self._max_group_size = backlog.quota
        follow_ups: list[Envelope] = []
        for entry in backlog.entries:
            if self.full:
                self._leave_pending(entry.envelope)
            else:
                follow_ups += self._handle_one(entry.envelope, entry)[1]
        self._handle_follow_ups(follow_ups)
        self._max_group_size = self._config.max_group_size

    def handle_incoming(
        self, envelopes: Sequence[Envelope], *, in_order: bool
    ) -> list[Answer | None]:
        """Handle incoming messages until the group is full; return an answer for each.

        A message whose id is in the log is not handled again, but answered with the first answer.
        The answer is None for a message that was not handled because the group is full or the
        message is deferred; with `in_order`, no message after a deferred one is handled. A message
        that the barrier refuses is answered with `Locked`.

        Raises:
            Locked: with `in_order`, the barrier refuses a message.
        """
        recorded = self._transaction.find([envelope.id for envelope in envelopes])
        if recorded:
            self._await_chains([e.id for e in envelopes if e.id in recorded])
        answers: list[Answer | None] = []
        refused_keys, stopped = self._barrier.refused_keys, False
        for envelope in envelopes:
            if stopped or self.full:
                answers.append(None)
            elif envelope.id in recorded:
                answers.append(_repeated(envelope, recorded[envelope.id]))
            elif refused_keys and self._barrier.refuses(envelope):
                if in_order:
                    raise Locked()
                answers.append(Answer(envelope.id, error=Locked()))
            elif keys := self._barrier.defers(envelope):
                self.deferred[envelope.id] = keys
                answers.append(None)
                stopped = in_order
            elif envelope.precondition and (unmet := self._unmet(envelope.precondition)):
                answers.append(Answer(envelope.id, error=unmet))
            else:
                answers.append(self._answer(envelope, recorded))
        return answers

    def _unmet(self, precondition: Precondition) -> Exception | None:
        """The refusal of a precondition that does not hold: its message is not even logged."""
        unit = self._transaction.unit(self._now)
        try:
            precondition(unit)
        except self._config.refusals as refusal:
            return refusal
        finally:
            unit.undo()
        return None

    def write_digests(self) -> None:
        """Write the digests of the group's facts to the log, before the commit."""
        for entry in self._digests.entries(self._config.new_id, self._now):
            self.outgoing = True
            self._write(entry)

    def _await_chains(self, ids: Collection[str]) -> None:
        """Delay the answers to repeated messages until all of their follow-ups are done."""
        self.has_backlog |= bool(self._barrier.note_incomplete(set(ids)))

    def _answer(self, envelope: Envelope, recorded: dict[str, Entry]) -> Answer:
        try:
            entry, follow_ups = self._handle_one(envelope)
            recorded[envelope.id] = entry
            if follow_ups and self._handle_follow_ups(follow_ups):
                self._barrier.incomplete.add(envelope.id)
            return Answer.of(entry)
        except GROUP_ERRORS:
            raise
        except Exception as error:
            logger.exception("message failed", extra={"message_id": envelope.id})
            return Answer.failure(envelope.id, error)

    def _handle_follow_ups(self, follow_ups: Sequence[Envelope]) -> bool:
        """Handle follow-ups, recursively, until the group is full; return whether any remain."""
        queue, has_backlog, registry = deque(follow_ups), False, self._config.registry
        while queue:
            envelope = queue.popleft()
            kind = type(envelope.message)
            if kind in registry.recorded:
                if kind in registry.audiences:
                    self._digests.note(envelope)
                self._write(Entry(envelope, Status.HANDLED))
            elif kind in registry.outbox:
                self.outgoing = True
                self._write(Entry(envelope, Status.OUTGOING, due=envelope.at))
            elif envelope.depth > self._config.max_depth:
                dead = Entry(envelope, Status.PENDING).too_deep(self._config.max_depth)
                self._write(dead)
                self._record_status(dead)
            elif self.full:
                has_backlog = True
                self._leave_pending(envelope)
                self._write(Entry(envelope, Status.PENDING))
            else:
                queue.extend(self._handle_one(envelope)[1])
        return has_backlog

    def _leave_pending(self, envelope: Envelope) -> None:
        self.has_backlog = True
        self._barrier.block(envelope)

    def _handle_one(
        self, envelope: Envelope, entry: Entry | None = None
    ) -> tuple[Entry, Sequence[Envelope]]:
        """Handle one message in a unit of work; return its new log entry and its follow-ups.

        A message that was tried before has an `entry`.

        Raises:
            Exception: the error of a handler that failed on an incoming message.
            HandlerExited: a handler raised SystemExit or the like.
        """
        is_continuation = type(envelope.message) in self._config.registry.continuations
        # A continuation counts as half a group, since it handles many order lines.
        self._handled += max(1, self._config.max_group_size // 2) if is_continuation else 1
        unit = self._transaction.unit(self._now)
        try:
            results = self._config.bus.handle(envelope.message, unit)
            check_recordable(results)
        except (*GROUP_ERRORS, *INTERRUPTIONS):
            raise
        except Exception as error:
            _raise_group_error_in(error)
            unit.undo()
            settled = self._status_after(error, entry or Entry(envelope, Status.PENDING))
            follow_ups: Sequence[Envelope] = ()
        except BaseException as error:
            raise HandlerExited(envelope.id, error) from error
        else:
            # What is about several products changes them by its follow-ups alone.
            changed = unit.release() or bool(unit.raised)
            status, attempts = Status.HANDLED, 0 if entry is None else entry.attempts
            settled = Entry(envelope, status, tuple(results), None, attempts, changed=changed)
            follow_ups = self._envelopes(envelope, unit.raised)
            if type(envelope.message) in self._config.registry.audiences:
                self._digests.note(envelope)
        self._write(settled)
        if entry is not None:
            self._record_status(settled)
        return settled, follow_ups

    def _record_status(self, entry: Entry) -> None:
        """Record what became of a message that was stored before, or is dead at once."""
        if self._records_status:
            fact = status_entry(entry, new_id=self._config.new_id, now=self._now)
            if fact is not None:
                self._write(fact)

    def _status_after(self, error: Exception, entry: Entry) -> Entry:
        if entry.envelope.causation_id is not None:
            # A follow-up is never dropped: it is retried, and finally becomes a dead letter.
            logger.error("follow-up failed", exc_info=error, extra={"entry": entry})
            return entry.failed(error, self._now, self._config.backoff)
        if isinstance(error, self._config.refusals):
            return entry.refused(error)
        raise error

    def _envelopes(self, cause: Envelope, raised: Sequence[object]) -> list[Envelope]:
        if not raised:
            return []
        new_id, continuations = self._config.new_id, self._config.registry.continuations
        return [
            cause.causing(
                message, id=new_id(), at=self._now, continues=type(message) in continuations
            )
            for message in raised
        ]


def _repeated(envelope: Envelope, entry: Entry) -> Answer:
    """The answer to a message whose id is in the log."""
    if entry.envelope.message == envelope.message:
        return Answer.of(entry, repeated=True)
    return Answer(envelope.id, error=IdReused(envelope.id))


def _raise_group_error_in(error: Exception) -> None:
    """If several handlers failed, raise the first error that concerns the whole group."""
    if isinstance(error, ExceptionGroup):
        group_errors, _ = error.split(GROUP_ERRORS)
        if group_errors is not None:
            first: BaseException = group_errors
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise first
