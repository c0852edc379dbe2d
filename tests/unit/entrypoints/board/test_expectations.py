"""What a waiting line can expect of batches that are blocked."""

from allocation.entrypoints.board.expectations import expectations
from allocation.views import BatchView, LineView


def a_line(orderid: str, qty: int) -> LineView:
    return LineView(orderid, "LAMP", "", qty, None, "waiting", None, None, None)


def a_blocked_batch(ref: str, free: int) -> BatchView:
    return BatchView(ref, "blocked", None, None, free, 0, 0, free)


def served(lines: list[LineView], batches: list[BatchView]) -> list[str | None]:
    return [each.batch.batchref if each.batch else None for each in expectations(lines, batches)]


def test_a_line_expects_nothing_if_no_batch_is_blocked() -> None:
    assert served([a_line("o1", 1)], []) == [None]


def test_the_oldest_lines_are_served_first_while_units_last() -> None:
    lines = [a_line("o1", 4), a_line("o2", 3), a_line("o3", 2)]

    assert served(lines, [a_blocked_batch("b1", 6)]) == ["b1", None, "b1"]


def test_the_preferred_batch_with_room_serves_a_line() -> None:
    assert served([a_line("o1", 4)], [a_blocked_batch("b1", 3), a_blocked_batch("b2", 9)]) == ["b2"]
