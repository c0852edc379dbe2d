"""What a message would come to, in a sentence: for units that are new, and those that wait."""

from datetime import date

import pytest

from allocation.entrypoints.board.consequences import moved_lines, verdict
from allocation.views import Move

TODAY = date(2030, 1, 10)


def gained(orderid: str, qty: int, grown_from: int | None) -> Move:
    """Units that a batch in the warehouse gains from none."""
    return Move(orderid, "LAMP", qty, None, "b1", grown_from=grown_from)


@pytest.mark.parametrize(
    ("moves", "waits", "words"),
    [
        ([], False, "No promise changes."),
        ([], True, "No batch has room: the units wait until one has."),
        ([gained("o1", 1, 0)], False, "1 new unit is promised."),
        ([gained("o1", 3, 0)], True, "3 new units are promised, the rest of the line waits."),
        ([gained("o1", 3, 5)], False, "3 new units are promised."),
        ([gained("o1", 3, None)], False, "1 waiting line gets stock."),
        (
            [gained("o1", 3, 0), gained("o2", 1, None)],
            False,
            "3 new units are promised, 1 waiting line gets stock.",
        ),
    ],
)
def test_new_units_are_told_from_waiting_ones(moves: list[Move], waits: bool, words: str) -> None:
    assert verdict(moved_lines(moves, TODAY), complete=True, waits=waits) == words
