"""The causal tree of a message is laid out from left to right, and from top to bottom."""

from allocation.entrypoints.board.causal_tree import (
    COLUMN,
    HEIGHT,
    MOST_CAUSES,
    ROW,
    WIDTH,
    CausalTree,
    causal_tree,
)
from allocation.views import ChainView, MessageView
from allocation.views.chains import Causes
from allocation.views.follow_ups import FollowUpPage
from tests.support.logged_messages import a_message


def tree_of(
    here: MessageView, causes: list[MessageView] | None = None, *follow_ups: MessageView
) -> CausalTree:
    return causal_tree(ChainView(here, Causes(causes or []), FollowUpPage([*follow_ups])))


def places(tree: CausalTree) -> dict[str, tuple[int, int]]:
    """The column and the row of each message."""
    return {box.message.id: (box.x // COLUMN, box.y // ROW) for box in tree.boxes}


A_TREE = tree_of(
    a_message("here"),
    None,
    a_message("a", "here"),
    a_message("b", "here"),
    a_message("a1", "a"),
    a_message("b1", "b"),
    a_message("b2", "b"),
)


def test_a_message_alone_is_one_box() -> None:
    tree = tree_of(a_message("here"))

    assert places(tree) == {"here": (0, 0)}
    assert (tree.lines, tree.width, tree.height) == ([], WIDTH, HEIGHT)


def test_the_first_follow_up_is_in_the_row_of_its_cause_and_each_further_one_in_a_new_row() -> None:
    assert places(A_TREE) == {
        "here": (0, 0),
        "a": (1, 0),
        "a1": (2, 0),
        "b": (1, 1),
        "b1": (2, 1),
        "b2": (2, 2),
    }
    assert (A_TREE.width, A_TREE.height) == (2 * COLUMN + WIDTH, 2 * ROW + HEIGHT)


def test_lines_lead_from_each_cause_to_its_follow_ups() -> None:
    half, middle = HEIGHT // 2, (WIDTH + COLUMN) // 2
    assert [line.path for line in A_TREE.lines][:3] == [
        f"M{WIDTH} {half}H{middle}V{half}H{COLUMN}",
        f"M{WIDTH + COLUMN} {half}H{middle + COLUMN}V{half}H{2 * COLUMN}",
        f"M{WIDTH} {half}H{middle}V{half + ROW}H{COLUMN}",
    ]
    assert not any(line.is_indirect for line in A_TREE.lines)


def test_the_order_of_boxes_makes_a_nested_list() -> None:
    steps = [(box.message.id, box.opens, box.closes) for box in A_TREE.boxes]
    assert steps == [
        ("here", True, 0),
        ("a", True, 0),
        ("a1", False, 1),
        ("b", True, 0),
        ("b1", False, 0),
        ("b2", False, 2),
    ]


def test_causes_come_before_the_message() -> None:
    causes = [a_message("root"), a_message("cause", "root")]
    tree = tree_of(a_message("here", "cause"), causes, a_message("after", "here"))

    assert places(tree) == {"root": (0, 0), "cause": (1, 0), "here": (2, 0), "after": (3, 0)}


def test_causes_between_the_first_one_and_the_last_ones_are_left_out() -> None:
    causes = [a_message("0"), *(a_message(str(n), str(n - 1)) for n in range(1, 20))]
    tree = tree_of(a_message("here", "19"), causes)

    shown = ["0", *(str(n) for n in range(20 - MOST_CAUSES, 20)), "here"]
    assert [box.message.id for box in tree.boxes] == shown
    assert [line.is_indirect for line in tree.lines] == [True] + [False] * MOST_CAUSES


def test_a_follow_up_whose_cause_is_on_another_page_is_connected_to_the_message() -> None:
    tree = tree_of(a_message("here"), None, a_message("late", "earlier"))

    assert places(tree) == {"here": (0, 0), "late": (1, 0)}
    [line] = tree.lines
    assert line.is_indirect


def test_a_very_long_chain_is_laid_out_too() -> None:
    chain = [a_message("0", "here"), *(a_message(str(n), str(n - 1)) for n in range(1, 5_000))]
    tree = tree_of(a_message("here"), None, *chain)

    assert tree.boxes[-1].depth == 5_000
    assert tree.boxes[-1].closes == 5_000
