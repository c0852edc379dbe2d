"""The destinations of the application: the adapter behind each name in the registry."""

from collections.abc import Callable
from typing import Any

from allocation.messaging.deliveries import DeliveryHandler, Destination
from allocation.messaging.errors import RegistryError
from allocation.messaging.registry import Registry

Connect = Callable[[Callable[[Any, Any], object]], DeliveryHandler]
"""Turns the handler of a registry entry into a delivery handler, as `DigestMails.handler` does."""


def destinations(registry: Registry, adapters: dict[str, Connect]) -> list[Destination]:
    """The destinations that the registry's entries name, each with its adapter.

    Raises:
        RegistryError: an entry names a destination that has no adapter.
    """
    for entry in registry.entries:
        for name in entry.destinations:
            if name not in adapters:
                raise RegistryError(
                    f"{entry.name} is delivered to {name!r}, which is not a destination of this "
                    f"application; its destinations are {', '.join(map(repr, adapters))}"
                )
    return [
        Destination(name, {type_: adapters[name](handle) for type_, handle in handlers.items()})
        for name, handlers in registry.destinations.items()
    ]
