"""The destinations of the application: the adapter behind each name in the registry."""

from collections.abc import Callable
from typing import Any

from allocation.messaging.deliveries import DeliveryHandler, Destination
from allocation.messaging.errors import RegistryError
from allocation.messaging.registry import Registry

Connect = Callable[[Callable[[Any, Any], object]], DeliveryHandler]
"""Makes the handler of a delivery from the handler of a registry entry, such as
`Mailer.handler`, which lets `email.send` send a mail."""


def destinations(registry: Registry, adapters: dict[str, Connect]) -> list[Destination]:
    """The destinations that the registry's entries name, each delivered to by its adapter.

    Raises:
        RegistryError: an entry names a destination that has no adapter.
    """
    for entry in registry.entries:
        for name in entry.destinations:
            if name not in adapters:
                raise RegistryError(
                    f"{entry.name} is delivered to {name!r}, which is no destination of this "
                    f"application: there is {', '.join(map(repr, adapters))}"
                )
    return [
        Destination(name, {type_: adapters[name](handle) for type_, handle in handlers.items()})
        for name, handlers in registry.destinations.items()
    ]
