"""What a message would come to: who loses most comes first."""

from dataclasses import replace

from allocation.entrypoints.line_outcomes import moved_lines
from allocation.views import ChangedPromise
from tests.support.board_moves import LATER, PAST, SOON, TODAY, a_move


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


def test_a_line_that_moves_from_a_batch_that_is_late_is_compared_with_its_promise() -> None:
    move = replace(a_move("o1", "b2", SOON), from_eta=LATER)
    promise = ChangedPromise("o1", "LAMP", None, 1, "b1", TODAY, "b2", SOON, None, late=True)

    [line] = moved_lines([move], TODAY, [promise])

    assert (line.old_day, line.outcome, line.days) == (TODAY, "later", 5)
