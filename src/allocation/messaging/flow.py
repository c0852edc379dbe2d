"""The flow of messages through an application: its registry as a graph."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from allocation.messaging.bus import Handler
from allocation.messaging.digests import Digest
from allocation.messaging.registry import MessageType, Registry


class MessageKind(StrEnum):
    """How messages of a type get into the log, and what becomes of them."""

    INCOMING = "incoming"
    """Sent by clients, and handled; handlers may raise such messages, too."""
    FOLLOW_UP = "follow-up"
    """Raised by handlers or jobs, and handled."""
    FACT = "fact"
    """Recorded, and not handled."""
    DELIVERY = "delivery"
    """Delivered to destinations after the commit."""


class Relation(StrEnum):
    """How one node of the graph leads to another one."""

    RAISES = "raises"
    """The handlers of a message type raise messages of the other type."""
    NOTIFIES = "notifies"
    """An audience is notified of the facts by a digest, which is the other type."""
    DELIVERED_TO = "delivered to"
    """Messages of the type are delivered to a destination."""


@dataclass(frozen=True, slots=True)
class MessageNode:
    """A message type in the graph.

    Attributes:
        name: the name on the wire and in the log.
        kind: what becomes of messages of this type.
        verb: the path of the HTTP route, without the slash, if clients may send such messages.
        handlers: the names of the functions that handle or deliver a message, in order.
        raises: the names of the message types that the handlers may raise.
        destinations: the names of the destinations that a message is delivered to.
        audience: the audience that is notified of such messages, if any.
    """

    name: str
    kind: MessageKind
    verb: str | None
    handlers: tuple[str, ...]
    raises: tuple[str, ...]
    destinations: tuple[str, ...]
    audience: str | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A directed edge, from a message type to another one or to a destination.

    Attributes:
        source: the name of a message type.
        target: the name of a message type, or, for `DELIVERED_TO`, of a destination.
        relation: what the edge means.
        label: the audience of an edge that `NOTIFIES`; empty for the others.
    """

    source: str
    target: str
    relation: Relation
    label: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """The graph: message types in the order of the registry, destinations, and edges."""

    messages: tuple[MessageNode, ...]
    destinations: tuple[str, ...]
    edges: tuple[Edge, ...]

    @classmethod
    def of(cls, registry: Registry) -> "Flow":
        """The graph of a registry.

        Raises:
            RegistryError: an entry raises a message type that has no entry.
        """
        nodes = tuple(_node(registry, entry) for entry in registry.entries)
        digests = [registry.name_of(Digest)] if Digest in registry.messages else []
        edges = tuple(edge for node in nodes for edge in _edges(node, digests))
        return cls(nodes, tuple(registry.destinations), edges)

    def causes(self, name: str) -> tuple[str, ...]:
        """The names of the message types whose handlers may raise the named one."""
        return tuple(node.name for node in self.messages if name in node.raises)


def _node(registry: Registry, entry: MessageType[Any]) -> MessageNode:
    return MessageNode(
        entry.name,
        _kind(entry),
        None if entry.incoming is None else entry.incoming.verb,
        tuple(map(_handler_name, (*entry.handlers, *entry.destinations.values()))),
        tuple(map(registry.name_of, dict.fromkeys(entry.raises))),
        tuple(entry.destinations),
        entry.audience,
    )


def _kind(entry: MessageType[Any]) -> MessageKind:
    if entry.incoming is not None:
        return MessageKind.INCOMING
    if entry.destinations:
        return MessageKind.DELIVERY
    return MessageKind.FACT if entry.recorded else MessageKind.FOLLOW_UP


def _handler_name(handler: Handler) -> str:
    return getattr(handler, "__name__", type(handler).__name__)


def _edges(node: MessageNode, digests: Sequence[str]) -> Iterator[Edge]:
    for name in node.raises:
        yield Edge(node.name, name, Relation.RAISES)
    if node.audience is not None:
        for digest in digests:
            yield Edge(node.name, digest, Relation.NOTIFIES, node.audience)
    for destination in node.destinations:
        yield Edge(node.name, destination, Relation.DELIVERED_TO)
