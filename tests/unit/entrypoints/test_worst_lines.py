"""Of many lines, those that lose most are listed."""

from allocation.entrypoints.importing.worst_lines import WorstLines
from allocation.entrypoints.line_outcomes import moved_line
from allocation.views import Move
from tests.support.board_moves import LATER, SOON, TODAY, a_move


def worst(*moves: Move) -> WorstLines[str]:
    lines = WorstLines[str](2)
    for move in moves:
        lines.add(moved_line(move, TODAY), move.orderid)
    return lines


def test_lines_that_lose_more_replace_others_and_stay_in_their_order() -> None:
    moves = [a_move("same", "b2"), a_move("later", "b2", SOON), a_move("much later", "b2", LATER)]

    lines = worst(*moves, a_move("waits", None))

    assert lines.listed == ["much later", "waits"]
    assert lines.has_more
    assert lines.count == 4


def test_of_lines_that_lose_as_much_the_first_are_listed() -> None:
    assert worst(*(a_move(f"o{number}", "b2") for number in range(3))).listed == ["o0", "o1"]


def test_few_lines_are_all_listed() -> None:
    lines = worst(a_move("o1", "b2"), a_move("o2", None))

    assert lines.listed == ["o1", "o2"]
    assert not lines.has_more
