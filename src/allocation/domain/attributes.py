"""Attributes that may not simply be assigned; to read them costs no more than usual."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any


class _Identity(property):
    """An attribute that is never assigned; the getter of a property runs no Python code."""

    def __init__(self, attribute: str) -> None:
        super().__init__(attrgetter(attribute))
        self._name = attribute.removeprefix("_")

    def __set__(self, instance: object, value: object) -> None:
        kind = type(instance).__name__
        raise AttributeError(
            f"the {self._name} of a {kind} never changes: order lines, the log and other messages "
            "refer to it (docs/adding-a-message.md)"
        )


def identity(attribute: str) -> Any:
    """A name by which others refer to an object: the value of a private attribute, read-only."""
    return _Identity(attribute)


def observed(attribute: str, change: Callable[[Any, Any], None]) -> Any:
    """The value of a private attribute, which `change(instance, value)` sets."""
    return property(attrgetter(attribute), change)
