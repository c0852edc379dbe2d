"""A group: the messages handled in one transaction."""

import logging
from asyncio import CancelledError
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from allocation.messaging.backoff import Backoff
from allocation.messaging.bus import AbstractMessageBus
from allocation.messaging.catalogue import Catalogue
from allocation.messaging.envelope import Clock, Envelope, NewId
from allocation.messaging.errors import (
    Conflict,
    Fatal,
    HandlerExited,
    IdReused,
    StoreUnavailable,
)
from allocation.messaging.log import Answer, Entry, Fate
from allocation.messaging.ports import Transaction
from allocation.messaging.results import check_recordable
from allocation.messaging.retries import Retries

logger = logging.getLogger(__name__)

STORE_TROUBLE = (Conflict, StoreUnavailable)
"""Errors that concern the whole group, not the message during which they showed."""

ENDING = (Fatal, HandlerExited)
"""Errors after which there is no other group."""

OF_THE_GROUP = (*STORE_TROUBLE, *ENDING)

INTERRUPTIONS = (KeyboardInterrupt, CancelledError)
"""What somebody else sends, whoever is at work."""


@dataclass(frozen=True)
class Rules:
    """How messages are handled; the same for every group of a processor."""

    catalogue: Catalogue
    bus: AbstractMessageBus
    refusals: tuple[type[Exception], ...]
    clock: Clock
    new_id: NewId
    bound: int = 256
    backoff: Backoff = field(default_factory=Backoff)
    retries: Retries = field(default_factory=Retries)


class Group:
    """Takes messages through the bus, each in a unit of its own, and logs their fate.

    A message is seen through with all that follows from it before the next one is
    taken, so that the effects are the same however messages are grouped. When the bound
    is reached, the follow-ups still to be handled are written to the log as pending.
    """

    def __init__(
        self, transaction: Transaction, rules: Rules, behind: Collection[str] = ()
    ) -> None:
        self._transaction = transaction
        self._rules = rules
        self._now = rules.clock()
        self._handled = 0
        self._bound = rules.bound
        self.left_over = False
        """Whether there are follow-ups that go on in the next group."""
        self.outgoing = False
        """Whether there is something for the relay."""
        self.going_on: set[str] = set()
        """The messages from outside, by their ids, that those belong to."""
        self.behind = set(behind)
        """What those, and the ones left over before, are kept in order with."""
        self.holds_all = False
        """Whether all is held back: there may be such of which that is not known."""

    @property
    def full(self) -> bool:
        """Whether the bound has been reached."""
        return self._handled >= self._bound

    def go_on_with(self, backlog: Sequence[Entry], share: int) -> None:
        """See pending follow-ups through, in the order of the log, as far as their share goes."""
        self._bound = share
        self._follow([envelope for entry in backlog for envelope in self._settle(entry)[1]])
        self._bound = self._rules.bound

    def take_in(self, envelopes: Sequence[Envelope], *, in_turn: bool) -> list[Answer | None]:
        """See messages from outside through, until the group is full; their answers.

        One whose id is known is not handled again. None stands for one that was not taken,
        because the group is full, or because it belongs `behind` what is left over; `in_turn`,
        those after it are not taken either.
        """
        known = self._transaction.find([envelope.id for envelope in envelopes])
        self._await([envelope for envelope in envelopes if envelope.id in known])
        answers: list[Answer | None] = []
        stopped = False
        for envelope in envelopes:
            waits = self.full or stopped or self._is_held_back(envelope, known)
            answers.append(None if waits else self._answer(envelope, known))
            stopped = in_turn and waits
        return answers

    def leave_behind(self, envelope: Envelope) -> None:
        """Let nothing be taken that is kept in order with this, as long as something is left."""
        self.behind.update(self._transaction.belongs_to(envelope.message))

    def _is_held_back(self, envelope: Envelope, known: Collection[str]) -> bool:
        """Whether it belongs behind what is left over; then others belong behind it, too."""
        if envelope.id in known or not (self.behind or self.holds_all):
            return False
        names = self._transaction.belongs_to(envelope.message)
        if self.behind.isdisjoint(names) and not self.holds_all:
            return False
        self.behind.update(names)
        return True

    def see_who_goes_on(self, ids: Collection[str]) -> set[str]:
        """Those of these messages from outside whose follow-ups are not done before this group."""
        going_on = self._transaction.going_on(ids, self._now) if ids else set()
        self.going_on |= going_on
        return going_on

    def _await(self, repeated: Sequence[Envelope]) -> None:
        """A repeat is answered when all that followed the first time is done, like the first."""
        going_on = self.see_who_goes_on({envelope.id for envelope in repeated})
        self.left_over |= bool(going_on)
        for envelope in repeated:
            if envelope.id in going_on:
                self.leave_behind(envelope)

    def _answer(self, envelope: Envelope, on_record: dict[str, Entry]) -> Answer:
        known = on_record.get(envelope.id)
        if known is not None and known.envelope.message == envelope.message:
            return Answer.of(known, repeated=True)
        if known is not None:
            return Answer(envelope.id, error=IdReused(envelope.id))
        try:
            entry = on_record[envelope.id] = self._see_through(Entry(envelope, Fate.PENDING))
            return Answer.of(entry)
        except OF_THE_GROUP:
            raise
        except Exception as error:
            logger.exception("message failed", extra={"message_id": envelope.id})
            return Answer.failure(envelope.id, error)

    def _see_through(self, first: Entry) -> Entry:
        settled, follow_ups = self._settle(first)
        if self._follow(follow_ups):
            self.going_on.add(first.envelope.id)
        return settled

    def _follow(self, follow_ups: Sequence[Envelope]) -> bool:
        """See them through, or as many as fit; whether some are left over."""
        queue, left_over = deque(follow_ups), False
        while queue:
            envelope = queue.popleft()
            entry = self._new_entry(envelope)
            if entry.fate is Fate.PENDING and self.full:
                self.left_over = left_over = True
                self.leave_behind(envelope)
            elif entry.fate is Fate.PENDING:
                queue.extend(self._settle(entry)[1])
                continue
            self.outgoing |= entry.fate is Fate.OUTGOING
            self._transaction.write(entry)
        return left_over

    def _new_entry(self, envelope: Envelope) -> Entry:
        kind, catalogue = type(envelope.message), self._rules.catalogue
        if kind in catalogue.facts:
            return Entry(envelope, Fate.HANDLED)
        if kind in catalogue.outside:
            return Entry(envelope, Fate.OUTGOING, due=envelope.at)
        return Entry(envelope, Fate.PENDING)

    def _settle(self, entry: Entry) -> tuple[Entry, Sequence[Envelope]]:
        """Handle one message in its unit, and write down its fate; what follows from it.

        Raises:
            Exception: what a handler of a message from outside raised, if it broke.
            HandlerExited: a handler raised what ends a process.
        """
        self._handled += 1
        unit = self._transaction.unit()
        try:
            results = self._rules.bus.handle(entry.envelope.message, unit)
            check_recordable(results)
        except (*OF_THE_GROUP, *INTERRUPTIONS):
            raise
        except Exception as error:
            _raise_trouble_among(error)
            unit.discard()
            settled, follow_ups = self._fate_after(error, entry), list[Envelope]()
        except BaseException as error:
            raise HandlerExited(entry.envelope.id, error) from error
        else:
            changed = unit.accept()
            settled = entry.done(results, changed=changed)
            follow_ups = self._envelopes(entry.envelope, unit.raised)
        self._transaction.write(settled)
        return settled, follow_ups

    def _fate_after(self, error: Exception, entry: Entry) -> Entry:
        if entry.envelope.causation_id is not None:
            # Accepted already, so never dropped: it comes again, and in the end is set aside.
            logger.error("follow-up failed", exc_info=error, extra={"entry": entry})
            return entry.failed(error, self._now, self._rules.backoff)
        if isinstance(error, self._rules.refusals):
            return entry.refused(error)
        raise error

    def _envelopes(self, cause: Envelope, raised: Sequence[object]) -> list[Envelope]:
        new_id = self._rules.new_id
        return [cause.causing(message, id=new_id(), at=self._now) for message in raised]


def _raise_trouble_among(error: Exception) -> None:
    """When several handlers have failed, one of them may have met trouble with the store."""
    if isinstance(error, ExceptionGroup):
        trouble, _ = error.split(OF_THE_GROUP)
        if trouble is not None:
            first: BaseException = trouble
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise first
