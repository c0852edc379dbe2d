"""Lays out the flow of messages: boxes of types in columns, and arrows with counts."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from allocation.bootstrap import Edge, Flow, MessageKind, MessageNode, Relation
from allocation.views import MessageCounts

COLUMN: Final = 270
WIDTHS: Final = (204, 204, 204, 204, 98)
LEAST_HEIGHT: Final = 44
GAP: Final = 10
"""The distance of columns, the size of their boxes, and the gap between two, in pixels."""

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

    @property
    def width(self) -> int:
        """The width of the box."""
        return WIDTHS[self.column]

    @property
    def right(self) -> int:
        """The place of the right side."""
        return self.x + self.width


@dataclass(frozen=True, slots=True)
class Arrow:
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
    """Boxes, the arrows that messages have gone along, and the lines of the others as one path."""

    boxes: list[FlowBox]
    arrows: list[Arrow]
    idle: str
    width: int
    height: int


def flow_diagram(flow: Flow, counts: MessageCounts) -> FlowDiagram:
    """The diagram of a flow, with the counts of the latest messages."""
    numbers = {edge: count_of(edge, counts) for edge in flow.edges}
    boxes = _boxes(flow, counts, numbers)
    arrows = list(_arrows(flow.edges, boxes, numbers))
    height = max(box.y + box.height for box in boxes.values()) + GAP
    return FlowDiagram(
        list(boxes.values()),
        [arrow for arrow in arrows if arrow.count],
        "".join(arrow.path for arrow in arrows if not arrow.count),
        max(box.right for box in boxes.values()) + 1,
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


def _source(edge: Edge) -> Place:
    return edge.source, False


def _target(edge: Edge) -> Place:
    return edge.target, edge.relation is Relation.DELIVERED_TO


def _height(place: Place, numbers: Mapping[Edge, int]) -> int:
    """Room for the arrows with messages that begin or end at a box."""
    busy = [edge for edge, count in numbers.items() if count]
    begin = sum(_source(edge) == place for edge in busy)
    end = sum(_target(edge) == place for edge in busy)
    return max(LEAST_HEIGHT, PORT * (1 + max(begin, end)))


def _arrows(
    edges: Sequence[Edge], boxes: Mapping[Place, FlowBox], numbers: Mapping[Edge, int]
) -> Iterator[Arrow]:
    busy = [edge for edge in edges if numbers[edge]]
    starts = _ports(busy, boxes, _source, _target)
    ends = _ports(busy, boxes, _target, _source)
    for edge in edges:
        source, target = boxes[_source(edge)], boxes[_target(edge)]
        start, end = starts.get(edge, _middle(source)), ends.get(edge, _middle(target))
        curve = _curve(source, start, target, end)
        yield Arrow(edge, curve, numbers[edge], source.right + 6, start - 3)


def _ports(
    busy: Sequence[Edge],
    boxes: Mapping[Place, FlowBox],
    at: Callable[[Edge], Place],
    towards: Callable[[Edge], Place],
) -> dict[Edge, int]:
    """The heights at which arrows meet a box, in the order of the boxes at their other ends."""
    by_box = defaultdict[Place, list[Edge]](list)
    for edge in sorted(busy, key=lambda edge: _order(boxes[towards(edge)])):
        by_box[at(edge)].append(edge)
    return {
        edge: boxes[place].y + boxes[place].height * number // (len(some) + 1)
        for place, some in by_box.items()
        for number, edge in enumerate(some, start=1)
    }


def _order(box: FlowBox) -> tuple[int, int]:
    return box.column, box.y


def _middle(box: FlowBox) -> int:
    return box.y + box.height // 2


def _curve(source: FlowBox, start: int, target: FlowBox, end: int) -> str:
    x = source.right
    if target.column > source.column:
        return f"M{x} {start}C{x + 40} {start} {target.x - 40} {end} {target.x} {end}"
    right = target.right
    if source is target:
        start, end = start - 4, end + 4
    return f"M{x} {start}C{x + 50} {start} {right + 50} {end} {right} {end}"
