"""Those who handle messages of stock, by turns: a script with the bus, and processes."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.errors import Refusal
from allocation.domain.events import Event, OutOfStock
from allocation.messaging.log import Answer
from allocation.messaging.ports import Store
from allocation.messaging.processor import Processor
from allocation.messaging.retry import RetryPolicy
from allocation.service_layer import messagebus
from allocation.service_layer.unit_of_work import AbstractUnitOfWork
from tests.support.clock import Ids
from tests.support.processors import a_stock_processor

FEW, MANY = 2, 256
"""Messages in a group: so few that cascades are cut, and as many as usual."""

ONCE: Final = RetryPolicy(delays=())
"""One attempt: they take turns, and so nobody ever comes in anybody's way."""

Handle = Callable[[Sequence[Event]], list[object]]
"""Sees messages and their follow-ups through; what was returned, or the refusals."""


class Script:
    """A crew of one: the chapter's bus on a unit of work."""

    with_log: Sequence[int] = ()
    """The members that keep a log."""

    def __init__(self, uow: AbstractUnitOfWork) -> None:
        self.uow = uow
        self.members: Sequence[Handle] = [self.handle]
        self._shortages: list[Event] = []

    def handle(self, messages: Sequence[Event]) -> list[object]:
        handlers = {
            **messagebus.HANDLERS,
            OutOfStock: [lambda event, _: self._shortages.append(event)],
        }
        bus = messagebus.MessageBus(handlers)
        return [self._answer(bus, message) for message in messages]

    def _answer(self, bus: messagebus.MessageBus, message: Event) -> object:
        try:
            return bus.handle(message, self.uow).pop(0)
        except Refusal as refusal:
            return refusal

    def shortages(self) -> list[Event]:
        """Every OutOfStock that has been raised."""
        return self._shortages


class Everybody:
    """Processes with groups of few messages and of many, the first at times dying; a script."""

    with_log: Sequence[int] = (0, 1, 2)
    """The members that keep a log."""

    def __init__(self, stores: tuple[Store, Store], uow: StandaloneUnitOfWork) -> None:
        self._log = stores[0]
        self._ids = RecordedIds()
        self._script = Script(uow)
        self._shortages: list[Event] = []
        self.uow = uow
        """What sees no more than what is on record."""
        first, second = map(self._processor, stores, (FEW, MANY))
        self.members: Sequence[Handle] = [
            partial(_process, first),
            partial(_process, second),
            partial(_process_and_die, first, second),
            self._script.handle,
        ]
        """Those whose turn it can be."""

    def shortages(self) -> list[Event]:
        """Every OutOfStock that has been raised."""
        with self._log.begin() as transaction:
            entries = transaction.find(self._ids.take()).values()
        messages = [entry.envelope.message for entry in entries]
        self._shortages += [message for message in messages if isinstance(message, OutOfStock)]
        return [*self._shortages, *self._script.shortages()]

    def _processor(self, store: Store, max_group_size: int) -> Processor:
        return a_stock_processor(store, max_group_size=max_group_size, ids=self._ids, retries=ONCE)


Executor = Script | Everybody
"""Members who work on the same stock, and a unit of work to look at it with."""


def _process(processor: Processor, messages: Sequence[Event]) -> list[object]:
    return _outcomes(processor.process(processor.envelopes(messages)))


def _process_and_die(
    processor: Processor, heir: Processor, messages: Sequence[Event]
) -> list[object]:
    """As a process that dies of every cascade that does not fit, and leaves it to an heir."""
    rest, answers = processor.envelopes(messages), list[Answer]()
    while rest:
        step = processor.process_group(rest, backlog=False, in_order=True)
        if step.has_backlog:
            heir.recover()
        done = [answer for answer in step.answers if answer is not None]
        answers += done
        rest = rest[len(done) :]
    return _outcomes(answers)


def _outcomes(answers: Sequence[Answer]) -> list[object]:
    return [answer.error or answer.result for answer in answers]


class RecordedIds(Ids):
    """Remembers the ids that it has given."""

    def __init__(self) -> None:
        super().__init__()
        self._given: list[str] = []

    def __call__(self) -> str:
        self._given.append(super().__call__())
        return self._given[-1]

    def take(self) -> list[str]:
        """Those that have not been taken before."""
        given, self._given = self._given, []
        return given
