"""The message bus: queue -> handlers -> new events -> queue, until the queue is empty."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, ClassVar, Final, Protocol

from allocation.messaging.errors import UnrecordableResult


class CollectsEvents(Protocol):
    """The part of a unit of work that the bus uses."""

    def collect_new_events(self) -> Iterable[Any]:
        """Return the messages raised since the last call, each once."""


Handler = Callable[[Any, Any], object]
"""A function `(event, uow)`; its return value is a result."""

Handlers = Mapping[type[Any], Sequence[Handler]]
"""The handlers of each message type."""


class Results(list[object]):
    """The return values of the handlers, those of the first message first.

    Compared with anything but a list, it equals its first result, since the chapter uses both
    `results.pop(0)` and `handle(...) == "batch1"`.
    """

    __hash__ = None  # unhashable, like every list

    def __eq__(self, other: object) -> bool:
        if isinstance(other, list):
            return super().__eq__(other)
        return bool(self) and self[0] == other

    def __ne__(self, other: object) -> bool:
        return not self == other


_SIMPLE: Final = frozenset({type(None), bool, int, str})


def check_recordable(results: Sequence[object]) -> None:
    """Check that the log can store every result as JSON, and load it unchanged.

    The first answer to a message and the answers to its repetitions are then equal, whichever
    server gives them. JSON has no tuples, sets, dates or objects, and no NaN or infinity.

    Raises:
        UnrecordableResult: a result, or a value inside one, does not survive the round trip.
    """
    for result in results:
        if type(result) not in _SIMPLE:
            _check_value(result)


def _check_value(value: object) -> None:
    kind = type(value)
    if kind in _SIMPLE or (isinstance(value, float) and kind is float and isfinite(value)):
        return
    if isinstance(value, list) and kind is list:
        for item in value:
            _check_value(item)
    elif isinstance(value, dict) and kind is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise UnrecordableResult(value)
            _check_value(item)
    else:
        raise UnrecordableResult(value)


class AbstractMessageBus:
    """Dispatches a message to its handlers, then the raised messages to their handlers."""

    HANDLERS: ClassVar[Handlers] = {}

    def __init__(self, handlers: Handlers | None = None) -> None:
        self.handlers = self.HANDLERS if handlers is None else handlers

    def handle(self, event: object, uow: CollectsEvents) -> Results:
        """Handle a message and all of its follow-ups.

        If a handler fails, the remaining handlers and messages are still handled.

        Raises:
            Exception: a handler's error, once the queue is empty; an `ExceptionGroup` if
                several handlers failed.
        """
        results, queue = Results(), deque([event])
        errors: list[Exception] = []
        while queue:
            event = queue.popleft()
            for handler in self.handlers[type(event)]:
                try:
                    results.append(handler(event, uow))
                except Exception as error:
                    errors.append(error)
                queue.extend(uow.collect_new_events())
        if errors:
            raise errors[0] if len(errors) == 1 else ExceptionGroup("handlers failed", errors)
        return results


class MessageBus(AbstractMessageBus):
    """The bus of an application, with the application's table of handlers."""


class FakeMessageBus(AbstractMessageBus):
    """Runs the handlers of the first message only, and records the messages they raise.

    It is for testing handlers in isolation: `events_published` lists the messages that the
    real bus would have handled next.
    """

    def __init__(self, handlers: Handlers | None = None) -> None:
        super().__init__(handlers)
        self.events_published: list[object] = []

    def handle(self, event: object, uow: CollectsEvents) -> Results:
        """Handle this message only, without its follow-ups."""
        results = Results()
        for handler in self.handlers[type(event)]:
            results.append(handler(event, uow))
            self.events_published.extend(uow.collect_new_events())
        return results
