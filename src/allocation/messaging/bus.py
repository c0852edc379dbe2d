"""The message bus: queue -> handlers -> new events -> queue, until the queue is empty."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol


class CollectsEvents(Protocol):
    """What the bus needs of a unit of work."""

    def collect_new_events(self) -> Iterable[Any]:
        """Give the messages raised since this was asked last, each once."""


Handler = Callable[[Any, Any], object]
"""A function `(event, uow)`; what it returns is a result."""

Handlers = Mapping[type[Any], Sequence[Handler]]
"""The handlers of every type of message."""


class Results(list[object]):
    """What the handlers returned, the first message's first.

    Compared with anything that is no list, it stands for its first result: the chapter
    writes both `results.pop(0)` and `handle(...) == "batch1"`.
    """

    __hash__ = None  # as of every list

    def __eq__(self, other: object) -> bool:
        if isinstance(other, list):
            return super().__eq__(other)
        return bool(self) and self[0] == other

    def __ne__(self, other: object) -> bool:
        return not self == other


class AbstractMessageBus:
    """Takes a message to its handlers, and then what they raised to theirs."""

    HANDLERS: ClassVar[Handlers] = {}

    def __init__(self, handlers: Handlers | None = None) -> None:
        self.handlers = self.HANDLERS if handlers is None else handlers

    def handle(self, event: object, uow: CollectsEvents) -> Results:
        """Handle a message and all that follows from it.

        A handler that fails does not keep the others from their messages.

        Raises:
            Exception: what a handler raised, when the queue is empty; an
                `ExceptionGroup` if several did.
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
    """The bus of an application, bound to its table of handlers."""


class FakeMessageBus(AbstractMessageBus):
    """Runs the handlers of the first message only, and keeps what they raise.

    For testing handlers apart from each other: `events_published` is what the real bus
    would have gone on with.
    """

    def __init__(self, handlers: Handlers | None = None) -> None:
        super().__init__(handlers)
        self.events_published: list[object] = []

    def handle(self, event: object, uow: CollectsEvents) -> Results:
        """Handle this message alone."""
        results = Results()
        for handler in self.handlers[type(event)]:
            results.append(handler(event, uow))
            self.events_published.extend(uow.collect_new_events())
        return results
