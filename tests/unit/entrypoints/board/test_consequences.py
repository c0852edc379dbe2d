"""What a message would come to, in words: who loses most comes first."""

from datetime import date, timedelta

import pytest

from allocation.entrypoints.board.consequences import moved_lines, verdict
from allocation.views import Move

TODAY = date(2026, 12, 1)
SOON, LATER, PAST = (TODAY + timedelta(days) for days in (5, 17, -3))


def a_move(
    orderid: str, to: str | None, to_eta: date | None = None, *, of: str | None = "b1", qty: int = 1
) -> Move:
    return Move(orderid, "LAMP", qty, of, to, to_eta=to_eta)


def gained(orderid: str, qty: int, grown_from: int | None) -> Move:
    """Units that a batch in the warehouse gains from none."""
    return Move(orderid, "LAMP", qty, None, "b1", grown_from=grown_from)


def test_lines_that_wait_come_first_and_then_those_with_the_longest_delay() -> None:
    moves = [
        a_move("same", "b2"),
        a_move("later", "b3", SOON),
        a_move("much later", "b4", LATER),
        a_move("waits", None),
        a_move("served", "b5", of=None),
    ]

    lines = moved_lines(moves, TODAY)

    assert [line.orderid for line in lines] == ["waits", "much later", "later", "same", "served"]
    assert [line.days for line in lines] == [None, 17, 5, 0, None]
    assert [line.loses for line in lines] == [True, True, True, False, False]


def test_an_overdue_batch_promises_no_day() -> None:
    [line] = moved_lines([a_move("o1", "b2", PAST)], TODAY)

    assert (line.new_day, line.days) == (None, None)
    assert line.loses


@pytest.mark.parametrize(
    ("moves", "text"),
    [
        ([], "No promise changes."),
        ([a_move("o1", None)], "1 line loses its day, 1 waits without a day."),
        (
            [a_move("o1", None), a_move("o2", "b2", SOON), a_move("o3", "b2", SOON)],
            "3 lines lose their day, 2 to a later one, 1 waits without a day.",
        ),
        ([a_move("o1", "b2", of=None)], "1 waiting line gets stock."),
        ([a_move("o1", "b2"), a_move("o2", "b2")], "2 lines move without a loss."),
    ],
)
def test_the_verdict_counts_lines_by_what_becomes_of_them(moves: list[Move], text: str) -> None:
    assert verdict(moved_lines(moves, TODAY), complete=True) == text


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
            "3 new units are promised, 1 waiting line gets stock.",
        ),
    ],
)
def test_new_units_are_told_from_waiting_ones(moves: list[Move], waits: bool, words: str) -> None:
    assert verdict(moved_lines(moves, TODAY), complete=True, waits=waits) == words


def test_a_verdict_says_if_there_are_more_lines() -> None:
    assert verdict(moved_lines([a_move("o1", None)], TODAY), complete=False).endswith(
        ", and there are more."
    )
