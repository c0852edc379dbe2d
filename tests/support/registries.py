"""Registries that differ from another one in the handlers of one type of message."""

from dataclasses import replace

from allocation.messaging.bus import Handler
from allocation.messaging.registry import Registry


def handled_by(registry: Registry, kind: type, *handlers: Handler) -> Registry:
    """The registry, in which these handle the messages of a type."""
    return Registry(
        *(
            replace(entry, handlers=handlers) if entry.type is kind else entry
            for entry in registry.entries
        )
    )


def continued_by(registry: Registry, kind: type) -> Registry:
    """The registry, in which messages of a type continue their causes."""
    return Registry(
        *(
            replace(entry, continues=True) if entry.type is kind else entry
            for entry in registry.entries
        )
    )
