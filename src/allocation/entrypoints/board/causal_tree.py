"""Lays out the causal tree of a message: its causes, itself, and its follow-ups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from allocation.views import ChainView, MessageView

COLUMN: Final = 262
ROW: Final = 74
WIDTH: Final = 230
HEIGHT: Final = 60
"""The distances of boxes, and their size, in pixels."""

MOST_CAUSES: Final = 10
"""The number of direct causes in a tree; the incoming message is shown as well."""


@dataclass(frozen=True, slots=True)
class Box:
    """A message in the tree.

    Attributes:
        message: the message.
        cause: the message to which the tree connects it; None for the first one.
        depth: the number of connections between it and the first message.
        x, y: the place of the upper left corner, in pixels.
        is_indirect: whether messages between it and `cause` are left out.
        opens: whether the next box in the order of the tree is connected to this one.
        closes: how many levels end with this box in a nested list.
    """

    message: MessageView
    cause: MessageView | None
    depth: int
    x: int
    y: int
    is_indirect: bool
    opens: bool
    closes: int


class Line(NamedTuple):
    """The line from a box to one that it is connected to, as the path of an SVG element."""

    path: str
    is_indirect: bool


@dataclass(frozen=True, slots=True)
class CausalTree:
    """Boxes in the order of the tree, from the top to the bottom, and the lines between them."""

    boxes: list[Box]
    lines: list[Line]
    width: int
    height: int


_NEW_ROW: Final = -1


class _Place(NamedTuple):
    node: int
    depth: int
    row: int


def causal_tree(chain: ChainView) -> CausalTree:
    """The tree of a message, its causes, and a page of its follow-ups."""
    causes = _shown(chain.causes.messages)
    messages = [*causes, chain.message, *chain.page.follow_ups]
    parents = _parents(messages, here=len(causes))
    boxes = _boxes(messages, parents)
    columns = max(box.depth for box in boxes) + 1
    height = max(box.y for box in boxes) + HEIGHT
    return CausalTree(boxes, list(_lines(boxes)), (columns - 1) * COLUMN + WIDTH, height)


def _shown(causes: list[MessageView]) -> list[MessageView]:
    """The incoming message, and the last causes."""
    return causes if len(causes) <= MOST_CAUSES + 1 else [causes[0], *causes[-MOST_CAUSES:]]


def _parents(messages: Sequence[MessageView], here: int) -> list[int | None]:
    """The index to which each message is connected: that of its cause, if it is in the tree.

    Otherwise the cause is left out: it is between the message and the nearest one on the way.
    """
    indexes = {message.id: index for index, message in enumerate(messages)}
    parents: list[int | None] = [None]
    for index, message in enumerate(messages[1:], start=1):
        nearest = index - 1 if index <= here else here
        parents.append(indexes.get(message.caused_by or "", nearest))
    return parents


def _boxes(messages: Sequence[MessageView], parents: Sequence[int | None]) -> list[Box]:
    places = _places(parents)
    depths = [place.depth for place in places[1:]] + [0]
    boxes = list[Box]()
    for place, next_depth in zip(places, depths, strict=True):
        message, parent = messages[place.node], parents[place.node]
        cause = None if parent is None else messages[parent]
        opens = next_depth > place.depth
        boxes.append(
            Box(
                message=message,
                cause=cause,
                depth=place.depth,
                x=place.depth * COLUMN,
                y=place.row * ROW,
                is_indirect=cause is not None and cause.id != message.caused_by,
                opens=opens,
                closes=0 if opens else place.depth - next_depth,
            )
        )
    return boxes


def _places(parents: Sequence[int | None]) -> list[_Place]:
    """Where the boxes are: the first one after a box in its row, each further one in a new row."""
    children: list[list[int]] = [[] for _ in parents]
    for index, parent in enumerate(parents):
        if parent is not None:
            children[parent].append(index)
    places, last_row, waiting = list[_Place](), 0, [_Place(0, 0, 0)]
    while waiting:
        node, depth, row = waiting.pop()
        if row == _NEW_ROW:
            last_row = row = last_row + 1
        places.append(_Place(node, depth, row))
        first, others = children[node][:1], children[node][1:]
        waiting += [_Place(child, depth + 1, _NEW_ROW) for child in reversed(others)]
        waiting += [_Place(child, depth + 1, row) for child in first]
    return places


def _lines(boxes: Sequence[Box]) -> Iterator[Line]:
    by_id = {box.message.id: box for box in boxes}
    for box in boxes:
        if box.cause is not None:
            yield Line(_elbow(by_id[box.cause.id], box), box.is_indirect)


def _elbow(cause: Box, box: Box) -> str:
    start, end = cause.x + WIDTH, box.x
    middle = (start + end) // 2
    half = HEIGHT // 2
    return f"M{start} {cause.y + half}H{middle}V{box.y + half}H{end}"
