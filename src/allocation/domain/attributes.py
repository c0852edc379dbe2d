"""Read-only and observed attributes; reading one costs no more than a plain attribute."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any


class _Identity(property):
    """An attribute that is never assigned; the getter of a property runs no Python code."""

    def __init__(self, attribute: str, doc: str) -> None:
        super().__init__(attrgetter(attribute), doc=doc)
        self._name = attribute.removeprefix("_")

    def __set__(self, instance: object, value: object) -> None:
        kind = type(instance).__name__
        raise AttributeError(
            f"the {self._name} of a {kind} never changes: order lines, the log and other messages "
            "refer to it (docs/adding-a-message.md)"
        )


def identity(attribute: str, doc: str) -> Any:
    """A read-only attribute that identifies an object, stored in a private attribute."""
    return _Identity(attribute, doc)


def observed(attribute: str, change: Callable[[Any, Any], None], doc: str) -> Any:
    """An attribute stored in a private one; assigning it calls `change(instance, value)`."""
    return property(attrgetter(attribute), change, doc=doc)
