"""The flow of messages is laid out in columns, with the counts of messages on its arrows."""

from collections import Counter
from itertools import pairwise

import pytest

from allocation.bootstrap import REGISTRY, Edge, Flow, Relation
from allocation.entrypoints.board.flow_diagram import (
    GAP,
    LEAST_HEIGHT,
    FlowBox,
    FlowDiagram,
    flow_diagram,
)
from allocation.views import MessageCounts

FLOW = Flow.of(REGISTRY)
NONE = MessageCounts(Counter(), None)
SOME = MessageCounts(
    Counter(
        {
            (None, "BatchQuantityChanged"): 2,
            ("BatchQuantityChanged", "Deallocated"): 7,
            ("BatchQuantityChanged", "AllocationRequired"): 5,
            ("BatchQuantityChanged", "BatchQuantityAdjusted"): 2,
            ("AllocationRequired", "OutOfStock"): 1,
            ("AllocationRequired", "PromiseChanged"): 3,
            ("Digest", "MessageHandled"): 4,
            ("OrderShipped", "BatchCreated"): 9,
        }
    ),
    None,
)


def box_of(diagram: FlowDiagram, name: str) -> FlowBox:
    [box] = [box for box in diagram.boxes if box.name == name]
    return box


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("BatchCreated", 0),
        ("SupplyOverdue", 0),
        ("AllocationRequired", 1),
        ("FillContinued", 1),
        ("OutOfStock", 2),
        ("MessageHandled", 2),
        ("Digest", 3),
        ("mail", 4),
    ],
)
def test_the_columns_are_messages_from_outside_follow_ups_facts_deliveries_and_destinations(
    name: str, column: int
) -> None:
    assert box_of(flow_diagram(FLOW, NONE), name).column == column


@pytest.mark.parametrize("counts", [NONE, SOME])
def test_no_two_boxes_overlap_and_all_are_in_the_picture(counts: MessageCounts) -> None:
    diagram = flow_diagram(FLOW, counts)
    assert len(diagram.boxes) == len(FLOW.messages) + len(FLOW.destinations)
    by_column = dict[int, int]()
    for box in diagram.boxes:
        assert box.y >= by_column.get(box.column, 0)
        by_column[box.column] = box.y + box.height + GAP
        assert box.right <= diagram.width
        assert box.y + box.height <= diagram.height


def test_without_messages_every_way_is_a_thin_line() -> None:
    diagram = flow_diagram(FLOW, NONE)
    assert diagram.arrows == []
    assert diagram.idle.count("M") == len(FLOW.edges)
    assert {box.height for box in diagram.boxes} == {LEAST_HEIGHT}


def test_ways_that_messages_have_gone_are_arrows_with_their_counts() -> None:
    diagram = flow_diagram(FLOW, SOME)

    numbers = {(arrow.edge.source, arrow.edge.target): arrow.count for arrow in diagram.arrows}
    assert numbers == {
        ("BatchQuantityChanged", "Deallocated"): 7,
        ("BatchQuantityChanged", "AllocationRequired"): 5,
        ("BatchQuantityChanged", "BatchQuantityAdjusted"): 2,
        ("AllocationRequired", "OutOfStock"): 1,
        ("AllocationRequired", "PromiseChanged"): 3,
        ("OutOfStock", "Digest"): 1,
        ("PromiseChanged", "Digest"): 3,
        ("Digest", "mail"): 4,
    }
    assert diagram.idle.count("M") == len(FLOW.edges) - len(numbers)
    assert (box_of(diagram, "mail").count, box_of(diagram, "Deallocated").count) == (4, 7)


def test_arrows_leave_a_box_in_the_order_of_their_targets_and_apart() -> None:
    diagram = flow_diagram(FLOW, SOME)

    box = box_of(diagram, "BatchQuantityChanged")
    leaving = [arrow for arrow in diagram.arrows if arrow.edge.source == box.name]
    leaving.sort(key=lambda arrow: arrow.y)
    assert [arrow.edge.target for arrow in leaving] == [
        *("AllocationRequired", "BatchQuantityAdjusted", "Deallocated"),
    ]
    heights = [arrow.y for arrow in leaving]
    assert all(after - before >= 12 for before, after in pairwise(heights))
    assert box.height > LEAST_HEIGHT


def test_an_arrow_to_the_same_column_stays_on_its_right() -> None:
    counts = MessageCounts(Counter({("AllocationRequired", "AllocationRequired"): 1}), None)
    diagram = flow_diagram(FLOW, counts)

    [arrow] = diagram.arrows
    assert arrow.edge == Edge("AllocationRequired", "AllocationRequired", Relation.RAISES)
    right = box_of(diagram, "AllocationRequired").right
    assert arrow.path.startswith(f"M{right} ")
    assert f" {right} " in arrow.path[1:]
