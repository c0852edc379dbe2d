"""The flow of messages as a diagram in Mermaid's language."""

from collections.abc import Iterator
from typing import Final

from allocation.bootstrap import Flow, MessageKind, MessageNode, Relation

TITLES: Final = {
    MessageKind.INCOMING: "Messages from outside",
    MessageKind.FOLLOW_UP: "Follow-ups",
    MessageKind.FACT: "Facts",
    MessageKind.DELIVERY: "Deliveries",
}
"""The title of the group of each kind of message."""

_ARROWS: Final = {Relation.RAISES: "-->", Relation.NOTIFIES: "-.->", Relation.DELIVERED_TO: "==>"}


def mermaid(flow: Flow) -> str:
    """A flowchart: a group for each kind of message, and arrows to what messages lead to."""
    lines = ["flowchart LR", *_groups(flow), *_destinations(flow), *_arrows(flow)]
    return "\n".join(lines) + "\n"


def _groups(flow: Flow) -> Iterator[str]:
    for kind, title in TITLES.items():
        nodes = [node for node in flow.messages if node.kind is kind]
        if nodes:
            yield f'    subgraph {kind.name.lower()}["{title}"]'
            for node in nodes:
                yield f'        {node.name}["{"<br/>".join(_label(node))}"]'
            yield "    end"


def _label(node: MessageNode) -> Iterator[str]:
    yield node.name
    yield from (f"{handler}()" for handler in node.handlers)


def _destinations(flow: Flow) -> Iterator[str]:
    for name in flow.destinations:
        yield f'    {_destination(name)}(["{name}"])'


def _arrows(flow: Flow) -> Iterator[str]:
    for edge in flow.edges:
        is_outside = edge.relation is Relation.DELIVERED_TO
        target = _destination(edge.target) if is_outside else edge.target
        label = f"|{edge.label}|" if edge.label else ""
        yield f"    {edge.source} {_ARROWS[edge.relation]}{label} {target}"


def _destination(name: str) -> str:
    """The id of a destination, which may have the name of a message type."""
    return f"to_{name}"
