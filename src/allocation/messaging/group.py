"""A group: the messages handled in one transaction."""

import logging
from asyncio import CancelledError
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from allocation.messaging.bus import AbstractMessageBus
from allocation.messaging.envelope import Clock, Envelope, NewId
from allocation.messaging.errors import (
    Conflict,
    Fatal,
    HandlerExited,
    IdReused,
    Locked,
    StoreUnavailable,
)
from allocation.messaging.log import Answer, Entry, Status
from allocation.messaging.ordering import OrderingBarrier
from allocation.messaging.ports import Transaction
from allocation.messaging.registry import Registry
from allocation.messaging.results import check_recordable
from allocation.messaging.retry import Backoff, RetryPolicy

logger = logging.getLogger(__name__)

MAX_DEPTH: Final = 100
"""A chain of the application's own is not half as deep; one that is goes on for ever."""

STORE_TROUBLE = (Conflict, StoreUnavailable)
"""Errors that concern the whole group, not the message during which they showed."""

ENDING = (Fatal, HandlerExited)
"""Errors after which there is no other group."""

OF_THE_GROUP = (*STORE_TROUBLE, *ENDING)

INTERRUPTIONS = (KeyboardInterrupt, CancelledError)
"""What somebody else sends, whoever is at work."""


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
    """Causes one after another that a message may have; what is deeper is a dead letter."""


class Group:
    """Takes messages through the bus, each in a unit of its own, and logs their status.

    A message is seen through with all that follows from it before the next one is
    taken, so that the effects are the same however messages are grouped. When the bound
    is reached, the follow-ups still to be handled are written to the log as pending.
    """

    def __init__(
        self,
        transaction: Transaction,
        config: ProcessorConfig,
        barrier: OrderingBarrier,
        held_keys: Collection[str] = (),
    ) -> None:
        self._transaction = transaction
        self._config = config
        self._barrier = barrier
        self._held_keys = held_keys
        self._now = config.clock()
        self._handled = 0
        self._max_group_size = config.max_group_size
        self.has_backlog = False
        """Whether there are follow-ups that go on in the next group."""
        self.outgoing = False
        """Whether there is something for the relay."""
        self.deferred: dict[str, Collection[str]] = {}
        """The ordering keys of the messages that have to wait for follow-ups, by their ids."""

    @property
    def full(self) -> bool:
        """Whether the bound has been reached."""
        return self._handled >= self._max_group_size

    def resume(self, backlog: Sequence[Entry], backlog_quota: int) -> None:
        """See pending follow-ups through, in the order of the log, as far as their share goes."""
        self._max_group_size = backlog_quota
        self._handle_follow_ups(
            [envelope for entry in backlog for envelope in self._handle_one(entry)[1]]
        )
        self._max_group_size = self._config.max_group_size

    def handle_incoming(
        self, envelopes: Sequence[Envelope], *, in_order: bool
    ) -> list[Answer | None]:
        """See messages from outside through, until the group is full; their answers.

        One whose id is known is not handled again. None stands for one that was not taken,
        because the group is full, or because it is deferred; `in_order`, none after it is taken
        either.

        Raises:
            Locked: a message that is to be handled in order concerns what somebody has locked.
        """
        recorded = self._transaction.find([envelope.id for envelope in envelopes])
        self._await([envelope.id for envelope in envelopes if envelope.id in recorded])
        answers: list[Answer | None] = []
        stopped = False
        for envelope in envelopes:
            if self.full or stopped:
                answers.append(None)
            elif envelope.id not in recorded and self._is_held(envelope):
                if in_order:
                    raise Locked()
                answers.append(Answer(envelope.id, error=Locked()))
            elif envelope.id not in recorded and (keys := self._barrier.defers(envelope)):
                self.deferred[envelope.id] = keys
                answers.append(None)
                stopped = in_order
            else:
                answers.append(self._answer(envelope, recorded))
        return answers

    def _is_held(self, envelope: Envelope) -> bool:
        held = self._held_keys
        return bool(held) and not self._barrier.keys_of(envelope).isdisjoint(held)

    def _await(self, repeated: Collection[str]) -> None:
        """A repeat is answered when all that followed the first time is done, like the first."""
        self.has_backlog |= bool(self._barrier.note_incomplete(set(repeated)))

    def _answer(self, envelope: Envelope, on_record: dict[str, Entry]) -> Answer:
        recorded = on_record.get(envelope.id)
        if recorded is not None and recorded.envelope.message == envelope.message:
            return Answer.of(recorded, repeated=True)
        if recorded is not None:
            return Answer(envelope.id, error=IdReused(envelope.id))
        try:
            entry = on_record[envelope.id] = self._handle_chain(Entry(envelope, Status.PENDING))
            return Answer.of(entry)
        except OF_THE_GROUP:
            raise
        except Exception as error:
            logger.exception("message failed", extra={"message_id": envelope.id})
            return Answer.failure(envelope.id, error)

    def _handle_chain(self, first: Entry) -> Entry:
        settled, follow_ups = self._handle_one(first)
        if self._handle_follow_ups(follow_ups):
            self._barrier.incomplete.add(first.envelope.id)
        return settled

    def _handle_follow_ups(self, follow_ups: Sequence[Envelope]) -> bool:
        """See them through, or as many as fit; whether some are left over."""
        queue, has_backlog = deque(follow_ups), False
        while queue:
            envelope = queue.popleft()
            entry = self._new_entry(envelope)
            if entry.status is Status.PENDING and self.full:
                self.has_backlog = has_backlog = True
                self._barrier.block(envelope)
            elif entry.status is Status.PENDING:
                queue.extend(self._handle_one(entry)[1])
                continue
            self.outgoing |= entry.status is Status.OUTGOING
            self._transaction.write(entry)
        return has_backlog

    def _new_entry(self, envelope: Envelope) -> Entry:
        kind, registry = type(envelope.message), self._config.registry
        if kind in registry.recorded:
            return Entry(envelope, Status.HANDLED)
        if kind in registry.outbox:
            return Entry(envelope, Status.OUTGOING, due=envelope.at)
        entry = Entry(envelope, Status.PENDING)
        if envelope.depth > self._config.max_depth:
            return entry.too_deep(self._config.max_depth)
        return entry

    def _handle_one(self, entry: Entry) -> tuple[Entry, Sequence[Envelope]]:
        """Handle one message in its unit, and write down its status; what follows from it.

        Raises:
            Exception: what a handler of a message from outside raised, if it broke.
            HandlerExited: a handler raised what ends a process.
        """
        self._handled += self._weight(entry)
        unit = self._transaction.unit()
        try:
            results = self._config.bus.handle(entry.envelope.message, unit)
            check_recordable(results)
        except (*OF_THE_GROUP, *INTERRUPTIONS):
            raise
        except Exception as error:
            _raise_trouble_among(error)
            unit.undo()
            settled, follow_ups = self._status_after(error, entry), list[Envelope]()
        except BaseException as error:
            raise HandlerExited(entry.envelope.id, error) from error
        else:
            changed = unit.release()
            settled = entry.done(results, changed=changed)
            follow_ups = self._envelopes(entry.envelope, unit.raised)
        self._transaction.write(settled)
        return settled, follow_ups

    def _weight(self, entry: Entry) -> int:
        """As how many messages it counts: a continuation does the work of half a group."""
        if type(entry.envelope.message) in self._config.registry.continuations:
            return max(1, self._config.max_group_size // 2)
        return 1

    def _status_after(self, error: Exception, entry: Entry) -> Entry:
        if entry.envelope.causation_id is not None:
            # Accepted already, so never dropped: it comes again, and in the end is set aside.
            logger.error("follow-up failed", exc_info=error, extra={"entry": entry})
            return entry.failed(error, self._now, self._config.backoff)
        if isinstance(error, self._config.refusals):
            return entry.refused(error)
        raise error

    def _envelopes(self, cause: Envelope, raised: Sequence[object]) -> list[Envelope]:
        new_id, continuations = self._config.new_id, self._config.registry.continuations
        return [
            cause.causing(
                message, id=new_id(), at=self._now, continues=type(message) in continuations
            )
            for message in raised
        ]


def _raise_trouble_among(error: Exception) -> None:
    """When several handlers have failed, one of them may have met trouble with the store."""
    if isinstance(error, ExceptionGroup):
        trouble, _ = error.split(OF_THE_GROUP)
        if trouble is not None:
            first: BaseException = trouble
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise first
