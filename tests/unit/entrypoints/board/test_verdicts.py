"""What a message would come to, in a sentence."""

import pytest

from allocation.entrypoints.board.verdicts import verdict
from allocation.entrypoints.importing.line_counts import LineCounts
from allocation.entrypoints.line_outcomes import moved_lines
from allocation.views import Move
from tests.support.board_moves import LATER, SOON, TODAY, a_move, gained


def counts_of(moves: list[Move]) -> LineCounts:
    return LineCounts.of(moved_lines(moves, TODAY))


@pytest.mark.parametrize(
    ("moves", "text"),
    [
        ([], "No promise changes."),
        ([a_move("o1", None)], "1 order line loses its date and waits."),
        (
            [a_move("o1", None), a_move("o2", "b2", SOON), a_move("o3", "b2", SOON)],
            "1 order line loses its date and waits, 2 order lines get a later date.",
        ),
        ([a_move("o1", "b2", of=None)], "1 waiting order line gets stock."),
        (
            [a_move("o1", "b2", SOON), a_move("o1", "b3", LATER), a_move("o1", "b4")],
            "1 order line gets a later date.",
        ),
        ([a_move("o1", "b2"), a_move("o2", "b2")], "2 order lines move without a delay."),
    ],
)
def test_the_verdict_counts_lines_by_what_becomes_of_them(moves: list[Move], text: str) -> None:
    assert verdict(counts_of(moves), complete=True) == text


@pytest.mark.parametrize(
    ("moves", "waits", "words"),
    [
        ([], True, "No batch has room: the units wait until one has."),
        ([gained("o1", 1, 0)], False, "1 new unit is promised."),
        ([gained("o1", 3, 0)], True, "3 new units are promised, the rest of the line waits."),
        ([gained("o1", 3, 5)], False, "3 new units are promised."),
        (
            [gained("o1", 3, 0), gained("o2", 1, None)],
            False,
            "3 new units are promised, 1 waiting order line gets stock.",
        ),
    ],
)
def test_new_units_are_told_from_waiting_ones(moves: list[Move], waits: bool, words: str) -> None:
    assert verdict(counts_of(moves), complete=True, waits=waits) == words


def test_a_verdict_says_if_there_are_more_lines() -> None:
    assert verdict(counts_of([a_move("o1", None)]), complete=False).endswith(
        ", and there are more."
    )
