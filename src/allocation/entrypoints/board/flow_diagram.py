"""Lays out the flow of messages: boxes of types in columns, and arrows with counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from allocation.bootstrap import Edge, Flow, MessageKind, MessageNode, Relation
from allocation.views import MessageCounts

COLUMN: Final = 270
WIDTH: Final = 190
LEAST_HEIGHT: Final = 44
GAP: Final = 10
"""The distance of columns, the size of boxes, and the gap between two, in pixels."""

PORT: Final = 15
"""The distance of the ends of two arrows at a box."""

TOP: Final = 30
"""The height of the titles of the columns."""

TITLES: Final = ("From outside", "Follow-ups", "Facts", "Deliveries", "Destinations")

Place = tuple[str, bool]
"""The name of a node, and whether it is a destination, which may have the name of a type."""


@dataclass(frozen=True, slots=True)
class FlowBox:
    """A message type or, without a `node`, a destination; its place and size are in pixels."""

    name: str
    node: MessageNode | None
    column: int
    x: int
    y: int
    height: int
    count: int


class Arrow(NamedTuple):
    """An arrow between two boxes, as the path of an SVG element.

    `count` is the number of the latest messages that have gone this way, and `x` and `y` are the
    place where it is written.
    """

    edge: Edge
    path: str
    count: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class FlowDiagram:
    """Boxes, and the arrows between them, those without messages first."""

    boxes: list[FlowBox]
    arrows: list[Arrow]
    width: int
    height: int


def flow_diagram(flow: Flow, counts: MessageCounts) -> FlowDiagram:
    """The diagram of a flow, with the counts of the latest messages."""
    numbers = {edge: count_of(edge, counts) for edge in flow.edges}
    boxes = _boxes(flow, counts, numbers)
    arrows = list(_arrows(flow.edges, boxes, numbers))
    columns = [box.column for box in boxes.values()]
    height = max(box.y + box.height for box in boxes.values()) + GAP
    return FlowDiagram(
        list(boxes.values()),
        sorted(arrows, key=lambda arrow: arrow.count),
        max(columns) * COLUMN + WIDTH + 2,
        height,
    )


def count_of(edge: Edge, counts: MessageCounts) -> int:
    """How many of the latest messages have gone along an edge."""
    match edge.relation:
        case Relation.RAISES:
            return counts.pairs[edge.source, edge.target]
        case Relation.NOTIFIES:
            return counts.of_type(edge.source)
        case Relation.DELIVERED_TO:
            return counts.pairs[edge.source, "MessageHandled"]


def _column(node: MessageNode, flow: Flow) -> int:
    match node.kind:
        case MessageKind.FACT:
            return 2
        case MessageKind.DELIVERY:
            return 3
    return 1 if set(flow.causes(node.name)) - {node.name} else 0


def _boxes(flow: Flow, counts: MessageCounts, numbers: Mapping[Edge, int]) -> dict[Place, FlowBox]:
    """The boxes in the order of the flow, each below the last one of its column."""
    nodes: list[tuple[str, MessageNode | None, int, int]] = [
        (node.name, node, _column(node, flow), counts.of_type(node.name)) for node in flow.messages
    ]
    for name in flow.destinations:
        delivered = sum(numbers[edge] for edge in flow.edges if _target(edge) == (name, True))
        nodes.append((name, None, len(TITLES) - 1, delivered))
    bottoms, boxes = [TOP] * len(TITLES), dict[Place, FlowBox]()
    for name, node, column, count in nodes:
        place = name, node is None
        height = _height(place, numbers)
        box = FlowBox(name, node, column, column * COLUMN + 1, bottoms[column], height, count)
        bottoms[column] += height + GAP
        boxes[place] = box
    return boxes


def _target(edge: Edge) -> Place:
    return edge.target, edge.relation is Relation.DELIVERED_TO


def _height(place: Place, numbers: Mapping[Edge, int]) -> int:
    """Room for the arrows with messages that begin or end at a box."""
    busy = [edge for edge, count in numbers.items() if count]
    begin = sum((edge.source, False) == place for edge in busy)
    end = sum(_target(edge) == place for edge in busy)
    return max(LEAST_HEIGHT, PORT * (1 + max(begin, end)))


def _arrows(
    edges: Sequence[Edge], boxes: Mapping[Place, FlowBox], numbers: Mapping[Edge, int]
) -> Iterator[Arrow]:
    for edge in edges:
        source, target = boxes[edge.source, False], boxes[_target(edge)]
        busy = [other for other in edges if numbers[other]]
        leaving = [other for other in busy if other.source == edge.source]
        coming = [other for other in busy if _target(other) == _target(edge)]
        leaving.sort(key=lambda other: _order(boxes[_target(other)]))
        coming.sort(key=lambda other: _order(boxes[other.source, False]))
        start, end = _port(source, edge, leaving), _port(target, edge, coming)
        x = source.x + WIDTH
        yield Arrow(edge, _curve(source, start, target, end), numbers[edge], x + 6, start - 3)


def _order(box: FlowBox) -> tuple[int, int]:
    return box.column, box.y


def _port(box: FlowBox, edge: Edge, ends: Sequence[Edge]) -> int:
    """The height at which an arrow begins or ends; in the middle of a box without messages."""
    if edge not in ends:
        return box.y + box.height // 2
    return box.y + box.height * (ends.index(edge) + 1) // (len(ends) + 1)


def _curve(source: FlowBox, start: int, target: FlowBox, end: int) -> str:
    x = source.x + WIDTH
    if target.column > source.column:
        return f"M{x} {start}C{x + 50} {start} {target.x - 50} {end} {target.x} {end}"
    right = target.x + WIDTH
    if source.name == target.name:
        start, end = start - 4, end + 4
    return f"M{x} {start}C{x + 50} {start} {right + 50} {end} {right} {end}"
